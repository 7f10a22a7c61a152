// A process that opens the file at the wrong moment makes LMDB forget the newest commits. Here the
// moment is made: another process puts the shared number of the newest transaction back, as such an
// opening does. (In this process, closing the lock file would give up its locks.)

import { execFileSync } from 'node:child_process'
import { cpSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { EMPTY, utf8 } from '#protocols/core/bytes'
import type { Engine } from '#stores/engine/engine'
import { openLmdb } from '#stores/engine/lmdb'
import { codeOf } from '../../actors/host/host-world.ts'
import { tempDir } from '../../kit/temp-dir.ts'

const FORGET = `
  const { openSync, readSync, writeSync } = require('node:fs')
  const file = openSync(process.argv[1], 'r+')
  const number = Buffer.alloc(8)
  readSync(file, number, 0, 8, 8)
  number.writeBigUInt64LE(number.readBigUInt64LE(0) - BigInt(process.argv[2]))
  writeSync(file, number, 0, 8, 8)`

const forget = (directory: string, commits: number): void =>
  void execFileSync(process.execPath, ['-e', FORGET, join(directory, 'lock.mdb'), String(commits)])

const opened = (directory: string): Engine =>
  openLmdb({ directory, kind: 'log', durability: 'fsync' })

const names = (engine: Engine): string[] =>
  [...engine.table('t').range()].map(({ key }) => Buffer.from(key).toString())

async function filled(): Promise<{ directory: string; engine: Engine }> {
  const directory = tempDir()
  const engine = opened(directory)
  const table = engine.table('t')
  for (const name of ['a', 'b', 'c']) {
    await engine.commit(() => table.put(utf8(name), new Uint8Array(5000)))
  }
  return { directory, engine }
}

for (const commits of [1, 2, 3]) {
  test(`a commit that follows ${commits} forgotten ones loses none of them`, async () => {
    const { directory, engine } = await filled()
    forget(directory, commits)
    let runs = 0
    await engine.commit(() => {
      runs++
      engine.table('t').put(utf8('d'), new Uint8Array(5000))
    })
    assert.is(runs, 1, 'a body runs once')
    assert.equal(names(engine), ['a', 'b', 'c', 'd'])
    await engine.close()
    const again = opened(directory)
    assert.equal(names(again), ['a', 'b', 'c', 'd'])
    await again.close()
  })
}

test('a body that is run at once, and a table that is made, follow the forgotten commit as well', async () => {
  const { directory, engine } = await filled()
  forget(directory, 1)
  engine.transact(() => engine.table('t').put(utf8('d'), utf8('now')))
  forget(directory, 1)
  engine.table('made')
  engine.refresh()
  assert.equal(names(engine), ['a', 'b', 'c', 'd'])
  await engine.close()
})

test('whoever opens the file next puts right what was forgotten', async () => {
  const { directory, engine } = await filled()
  forget(directory, 1)
  const reader = opened(directory)
  assert.equal(names(reader), ['a', 'b', 'c'])
  await reader.close()
  await engine.close()
})

test('bodies that come while the number is put right all run, each once', async () => {
  const { directory, engine } = await filled()
  forget(directory, 1)
  const ran: number[] = []
  const all = Array.from({ length: 20 }, (_, n) =>
    engine.commit(() => {
      ran.push(n)
      engine.table('t').put(utf8(`n${n}`), utf8('x'))
    }),
  )
  await Promise.all(all)
  assert.equal(
    ran,
    Array.from({ length: 20 }, (_, n) => n),
  )
  assert.is(names(engine).length, 23)
  await engine.close()
})

const GONE: Readonly<Record<string, (directory: string) => void>> = {
  'was removed': (directory) => rmSync(directory, { recursive: true }),
  'was moved': (directory) => renameSync(directory, `${directory}.old`),
  'has another log in it': (directory) => {
    renameSync(directory, `${directory}.old`)
    cpSync(`${directory}.old`, directory, { recursive: true })
  },
}

for (const [what, act] of Object.entries(GONE)) {
  test(`a log whose directory ${what} takes nothing more, and can be read and closed`, async () => {
    const { directory, engine } = await filled()
    const table = engine.table('t')
    act(directory)
    const put = (): void => table.put(utf8('d'), EMPTY)
    const refused = await Promise.all([
      codeOf(engine.commit(put)),
      codeOf(engine.commit(put)),
      codeOf((async () => engine.transact(put))()),
    ])
    assert.equal(refused, Array(3).fill('DIRECTORY_REPLACED'))
    assert.equal(names(engine), ['a', 'b', 'c'])
    await engine.close()
  })
}

test.run()
