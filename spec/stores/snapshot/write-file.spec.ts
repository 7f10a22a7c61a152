// A file out of pieces of any size is their bytes, in order.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { writeFile } from '#stores/snapshot/write-file'
import { tempDir } from '../../kit/temp-dir.ts'

const SOME = Buffer.from(Array.from({ length: 400_000 }, (_, n) => (n * 7) % 251))

async function* pieces(sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (const [n, size] of sizes.entries()) yield SOME.subarray(n, n + size)
}

test('whatever the pieces, a file has their bytes in order, and nothing of one that was longer', async () => {
  const path = join(tempDir(), 'file')
  const size = fc.oneof(
    fc.integer({ min: 0, max: 300_000 }),
    fc.constantFrom(0, 1, 131_071, 131_072, 131_073),
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
