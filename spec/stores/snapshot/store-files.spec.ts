// A store as a file: what was copied and sent is what is opened elsewhere, and what was cut off on the
// way left the place as it was.

import { readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fromUtf8, utf8 } from '#protocols/core/bytes'
import type { Engine } from '#stores/engine/engine'
import { openLmdb } from '#stores/engine/lmdb'
import { clearRemains, copyStore, installStore, storeFile } from '#stores/snapshot/store-files'
import { codeOf } from '../../actors/host/host-world.ts'
import { smallDisk } from '../../kit/small-disk.ts'
import { tempDir } from '../../kit/temp-dir.ts'

const storeIn = (directory: string): Engine =>
  openLmdb({ directory, kind: 'store', durability: 'rebuildable' })

/** A directory that a store may be made in, as tasks have theirs. */
const place = (): string => join(tempDir(), 'counts', '3')

async function filled(directory: string, value: string): Promise<Engine> {
  const engine = storeIn(directory)
  const table = engine.table('rows')
  engine.transact(() => {
    for (let n = 0; n < 5_000; n++) table.put(utf8(`k${n}`), utf8(value.padEnd(1_000)))
  })
  return engine
}

async function valueIn(directory: string): Promise<string> {
  const engine = storeIn(directory)
  const found = engine.table('rows').get(utf8('k4999'))
  await engine.close()
  return found === undefined ? 'nothing' : fromUtf8(found).trim()
}

const besides = (directory: string): string[] =>
  readdirSync(dirname(directory)).filter((name) => name !== basename(directory))

test('a copy of an open store is opened elsewhere, as it was then', async () => {
  const [from, to] = [place(), place()]
  const engine = await filled(from, 'then')
  const copied = await copyStore(engine, from)
  engine.transact(() => engine.table('rows').put(utf8('k4999'), utf8('later')))
  await installStore(to, storeFile(copied))
  assert.is(await valueIn(to), 'then')
  await engine.close()
  assert.is(await valueIn(from), 'later')
})

test('a store that comes takes the place of the one that is there', async () => {
  const [from, to] = [place(), place()]
  await (await filled(to, 'old')).close()
  const engine = await filled(from, 'new')
  await installStore(to, storeFile(await copyStore(engine, from)))
  await engine.close()
  assert.is(await valueIn(to), 'new')
  assert.equal(besides(to), [])
})

test('bytes that end early, or are no store, leave the place as it was', async () => {
  const [from, to] = [place(), place()]
  await (await filled(to, 'old')).close()
  const engine = await filled(from, 'new')
  const copied = await copyStore(engine, from)
  await engine.close()
  async function* broken(): AsyncGenerator<Uint8Array> {
    for await (const bytes of storeFile(copied)) {
      yield bytes
      throw new Error('the source is gone')
    }
  }
  async function* cut(): AsyncGenerator<Uint8Array> {
    for await (const bytes of storeFile(copied)) {
      yield bytes.subarray(0, 100_000)
      return
    }
  }
  async function* strange(): AsyncGenerator<Uint8Array> {
    yield utf8('no store at all'.padEnd(20_000))
  }
  const outcome = await installStore(to, broken()).catch((error: Error) => error.message)
  assert.is(outcome, 'the source is gone')
  for (const bytes of [cut(), strange()]) {
    assert.is(await codeOf(installStore(to, bytes)), 'LOG_DAMAGED')
  }
  assert.is(await valueIn(to), 'old')
  assert.equal(besides(to), [])
})

test('bytes that are a file whose blocks cannot be shared are read, and proved as they are', async () => {
  const [from, to] = [place(), place()]
  const engine = await filled(from, 'then')
  const copied = await copyStore(engine, from)
  await engine.close()
  const prove = (): Promise<void> => Promise.reject(new Error('there is no copy to prove'))
  const file = { path: '/proc/self/status', prove }
  await installStore(to, { file, [Symbol.asyncIterator]: () => read(copied) })
  assert.is(await valueIn(to), 'then')
})

async function* read(copied: string): AsyncGenerator<Uint8Array> {
  yield* storeFile(copied)
}

const disk = smallDisk(8)
const FULL = 'a store that has no room is refused as weather, and leaves the place as it was'
if (disk === null) test.skip(`${FULL} (no right to mount)`)
else {
  test(FULL, async () => {
    const to = join(disk.directory, 'counts', '3')
    async function* large(): AsyncGenerator<Uint8Array> {
      for (let n = 0; n < 16; n++) yield new Uint8Array(1024 * 1024)
    }
    assert.is(await codeOf(installStore(to, large())), 'DISK_FULL')
    assert.equal(readdirSync(dirname(to)), [])
  })
  test.after(() => disk.release())
}

test('what a process that died left beside a store goes, and nothing of its neighbours', async () => {
  const directory = place()
  const engine = await filled(directory, 'old')
  await (await filled(join(dirname(directory), '30'), 'neighbour')).close()
  await copyStore(engine, directory)
  assert.is(besides(directory).length, 2)
  clearRemains(directory)
  assert.equal(besides(directory), ['30'])
  await engine.close()
  clearRemains(place())
})

test.run()
