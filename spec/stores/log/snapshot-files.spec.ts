// Files of snapshots: made without copying where that can be, and never taken for what they are not.

import { rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { SnapshotBytes } from '#protocols/broker/broker'
import { FileDamaged, SnapshotFiles } from '#stores/log/snapshot-files'
import { tempDir } from '../../kit/temp-dir.ts'

const BLOCK_BYTES = 4 * 1024 * 1024
const STATE = Buffer.alloc(2 * BLOCK_BYTES + 5, 'state')

const asFile = (path: string, bytes: () => AsyncGenerator<Uint8Array>): SnapshotBytes => ({
  file: { path, prove: async () => {} },
  [Symbol.asyncIterator]: bytes,
})

async function* inPieces(): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < STATE.length; at += 1_000_003) yield STATE.subarray(at, at + 1_000_003)
}

/** Everything that is handed out, and what ended it. */
async function taken(bytes: AsyncIterable<Uint8Array>): Promise<{ got: Buffer; why: string }> {
  const all: Uint8Array[] = []
  let why = ''
  try {
    for await (const block of bytes) all.push(Uint8Array.from(block))
  } catch (error) {
    if (!(error instanceof FileDamaged)) throw error
    why = error.message
  }
  return { got: Buffer.concat(all), why }
}

const fresh = (): SnapshotFiles => new SnapshotFiles(tempDir(), false)

test('a file that can be linked is not read to be copied, and outlives the name it had', async () => {
  const files = fresh()
  const path = join(tempDir(), 'data')
  writeFileSync(path, STATE)
  let isRead = false
  const source = asFile(path, () => {
    isRead = true
    return inPieces()
  })
  const facts = await files.store('a', source)
  assert.is(isRead, false)
  assert.is(statSync(path).ino, statSync(files.path('a')).ino)
  rmSync(path)
  assert.ok((await taken(files.read('a', facts))).got.equals(STATE))
})

test('one that cannot be linked is read, with the same facts', async () => {
  const files = fresh()
  const linked = join(tempDir(), 'data')
  writeFileSync(linked, STATE)
  const facts = await files.store('a', asFile('/nowhere', inPieces))
  assert.equal(facts, await files.store('b', asFile(linked, inPieces)))
  assert.equal(facts, await new SnapshotFiles(tempDir(), true).store('c', inPieces()))
  assert.is(facts.bytes, STATE.length)
})

test('of a file that changed or was cut nothing is handed out from there on, and a copy is not proved', async () => {
  const changed = Buffer.from(STATE)
  changed[BLOCK_BYTES + 9] = 0
  const spoiled: readonly [Buffer | null, number, string][] = [
    [changed, BLOCK_BYTES, `block at byte ${BLOCK_BYTES} is not what was stored`],
    [STATE.subarray(0, STATE.length - 1), 2 * BLOCK_BYTES, 'is not what was stored'],
    [STATE.subarray(0, BLOCK_BYTES), BLOCK_BYTES, `has ${BLOCK_BYTES} bytes of ${STATE.length}`],
    [null, 0, 'its file is gone'],
  ]
  for (const [bytes, good, reason] of spoiled) {
    const files = fresh()
    const facts = await files.store('a', inPieces())
    await files.remove('a')
    if (bytes !== null) writeFileSync(files.path('a'), bytes)
    for (const found of [files.read('a', facts), files.prove(files.path('a'), facts)]) {
      const { got, why } = await taken(found)
      assert.is(got.length, good)
      assert.match(why, reason)
    }
  }
})

test('where none was ever stored there are none', async () => {
  const files = fresh()
  assert.equal([await files.names(), files.sizeOf('a')], [[], null])
  await files.remove('a')
})

test.run()
