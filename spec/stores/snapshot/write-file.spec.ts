// A file out of pieces of any size is their bytes, in order.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { writeFile } from '#stores/snapshot/write-file'
import { tempDir } from '../../kit/temp-dir.ts'

/** More than what is on its way to the disk at once. */
const SOME = Buffer.alloc(
  3_000_000,
  Buffer.from(Array.from({ length: 251 }, (_, n) => (n * 7) % 251)),
)

async function* pieces(sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (const [n, size] of sizes.entries()) yield SOME.subarray(n, n + size)
}

test('whatever the pieces, a file has their bytes in order, and nothing of one that was longer', async () => {
  const path = join(tempDir(), 'file')
  const size = fc.oneof(
    fc.integer({ min: 0, max: 300_000 }),
    fc.constantFrom(0, 1, 524_287, 524_288, 524_289, 2_900_000),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(size, { maxLength: 5 }), async (sizes) => {
      const given: Uint8Array[] = []
      for await (const piece of pieces(sizes)) given.push(piece)
      await writeFile(path, pieces(sizes))
      assert.ok(readFileSync(path).equals(Buffer.concat(given)))
    }),
    { numRuns: 30 },
  )
})

test('a piece may be used again as soon as the next is asked for', async () => {
  const path = join(tempDir(), 'file')
  async function* reused(): AsyncGenerator<Uint8Array> {
    const piece = Buffer.alloc(100_000)
    for (let at = 0; at < SOME.length; at += piece.length) {
      SOME.copy(piece, 0, at)
      yield piece
    }
  }
  await writeFile(path, reused())
  assert.ok(readFileSync(path).equals(SOME))
})

test('what ends the pieces ends the writing', async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield SOME
    throw new Error('the source is gone')
  }
  const path = join(tempDir(), 'file')
  const outcome = await writeFile(path, broken()).catch((error: Error) => error.message)
  assert.is(outcome, 'the source is gone')
})

test.run()
