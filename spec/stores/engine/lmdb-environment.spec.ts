// Two engines of one thread on one file are one to LMDB: neither may wait for the other in a way that
// keeps this thread from answering.

import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { utf8 } from '#protocols/core/bytes'
import type { Engine } from '#stores/engine/engine'
import { type Durability, openLmdb } from '#stores/engine/lmdb'
import { tempDir } from '../../kit/temp-dir.ts'

const opened = (directory: string, durability: Durability = 'fsync'): Engine =>
  openLmdb({ directory, kind: 'log', durability })

/** Lets so many turns pass, then blocks this thread for long enough that the write thread has the lock. */
async function standStillAfter(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
}

const put = (engine: Engine, key: string): Promise<void> => {
  const table = engine.table('t')
  return engine.commit(() => table.put(utf8(key), utf8('x')))
}

const has = (engine: Engine, key: string): boolean => engine.table('t').get(utf8(key)) !== undefined

for (const turns of [0, 1, 2, 3]) {
  test(`a file is opened and written while another engine of the thread commits, ${turns} turns on`, async () => {
    const directory = tempDir()
    const one = opened(directory)
    const committed = put(one, 'a')
    await standStillAfter(turns)
    const two = opened(directory)
    const table = two.table('t')
    two.transact(() => table.put(utf8('b'), utf8('x')))
    await committed
    two.refresh()
    assert.ok(has(two, 'a') && has(two, 'b'))
    await one.close()
    await two.close()
  })
}

test('an engine goes on when another on its file is closed, and the last one closes the file', async () => {
  const directory = tempDir()
  const one = opened(directory)
  const two = opened(directory, 'os')
  const late = put(one, 'a')
  await Promise.all([one.close(), one.close()])
  await late
  await put(two, 'b')
  assert.ok(has(two, 'a') && has(two, 'b'))
  await two.close()
  const again = opened(directory)
  assert.ok(has(again, 'a') && has(again, 'b'))
  await again.close()
})

test('a closed engine takes nothing, though its file is open for another', async () => {
  const directory = tempDir()
  const one = opened(directory)
  const two = opened(directory)
  await one.close()
  let code = ''
  await one
    .commit(() => {})
    .catch((error: Error) => {
      code = error.message
    })
  assert.is(code, 'the engine is closed')
  await two.close()
})

test('a directory is one whatever it is called', async () => {
  const directory = tempDir()
  mkdirSync(join(directory, 'log'))
  symlinkSync(join(directory, 'log'), join(directory, 'alias'))
  const one = opened(join(directory, 'log'))
  const committed = put(one, 'a')
  await standStillAfter(1)
  const two = opened(join(directory, 'alias'))
  await committed
  two.refresh()
  assert.ok(has(two, 'a'))
  await two.close()
  await one.close()
})

test.run()
