// A copy is a file like any other: it takes large writes from its first transaction on. Of a store it has
// no free pages, and LMDB, as lmdb-js has it, ends the process when a large transaction is the first to
// write to such a file: a free list that is empty. The copy is made so that its own is not.

import { readFileSync, statSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { utf8 } from '#protocols/core/bytes'
import type { Engine } from '#stores/engine/engine'
import { openLmdb } from '#stores/engine/lmdb'
import { inspectFile } from '#stores/engine/lmdb-file'
import { tempDir } from '../../kit/temp-dir.ts'

const ROWS = 30_000
const PAGE_BYTES = 4096
/** Where a head has the number of the last page (lmdb-file.ts). */
const LAST_PAGE_AT = 24 + 120

const storeIn = (directory: string): Engine =>
  openLmdb({ directory, kind: 'store', durability: 'rebuildable' })

/** Scattered, as hashes are. */
const key = (n: number): Uint8Array => utf8(String((n * 2_654_435_761) % 2 ** 32))

function fill(engine: Engine, rows: number, value: string): void {
  const table = engine.table('rows')
  engine.transact(() => {
    for (let n = 0; n < rows; n++) table.put(key(n), utf8(value.padEnd(100)))
  })
}

test('the first transaction of a copy may be a large one, and so may the next', async () => {
  const original = storeIn(tempDir())
  fill(original, ROWS, 'old')
  const directory = tempDir()
  await original.copy(directory)
  assert.equal(inspectFile(`${directory}/data.mdb`, { isDeep: true }).damage, [])
  const copy = storeIn(directory)
  for (const rows of [500, 5_000, ROWS, 1]) fill(copy, rows, `new ${rows}`)
  assert.is(copy.table('rows').count(), ROWS)
  await copy.close()
  await original.close()
})

test('a copy of a store has the pages that hold something, and no others', async () => {
  const original = storeIn(tempDir())
  for (let n = 0; n < 5; n++) fill(original, ROWS, `round ${n}`)
  const directory = tempDir()
  await original.copy(directory)
  const { usedBytes } = original.usage()
  const { size } = statSync(`${directory}/data.mdb`)
  assert.ok(size < usedBytes * 1.05, `${size} of ${usedBytes} bytes`)
  await original.close()
})

test('of a store that lost track of a page a copy is made all the same', async () => {
  const directory = tempDir()
  const first = storeIn(directory)
  fill(first, 1_000, 'old')
  await first.close()
  loseLastPage(`${directory}/data.mdb`)
  const original = storeIn(directory)
  const target = tempDir()
  await original.copy(target)
  const copy = storeIn(target)
  for (const rows of [ROWS, 1]) fill(copy, rows, 'new')
  assert.is(copy.table('rows').count(), ROWS)
  await Promise.all([copy.close(), original.close()])
})

/** One page more, that the heads count and nothing refers to. */
function loseLastPage(path: string): void {
  const bytes = readFileSync(path)
  for (const head of [0, PAGE_BYTES]) {
    const at = head + LAST_PAGE_AT
    bytes.writeBigUInt64LE(bytes.readBigUInt64LE(at) + 1n, at)
  }
  const { lastPage } = inspectFile(path, { isDeep: false }).meta ?? { lastPage: 0 }
  const whole = Buffer.alloc((lastPage + 2) * PAGE_BYTES)
  bytes.copy(whole)
  writeFileSync(path, whole)
}

/** What may be done to a store before it is copied, and to the copy. */
const write = fc.record({
  rows: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 2_000, max: 20_000 })),
  bytes: fc.constantFrom(1, 100, 3_000),
  isRemoval: fc.boolean(),
})

test('whatever was written before, and whatever is written first, a copy takes it, and a copy of it', async () => {
  const writes = fc.array(write, { maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(fc.array(writes, { minLength: 2, maxLength: 4 }), async (lives) => {
      let engine = storeIn(tempDir())
      const model = new Map<number, number>()
      for (const life of lives) {
        for (const { rows, bytes, isRemoval } of life) {
          const table = engine.table('rows')
          engine.transact(() => {
            for (let n = 0; n < Math.min(rows, 4e6 / bytes); n++) {
              if (isRemoval) table.delete(key(n))
              else table.put(key(n), new Uint8Array(bytes))
              if (isRemoval) model.delete(n)
              else model.set(n, bytes)
            }
          })
        }
        const directory = tempDir()
        await engine.copy(directory)
        await engine.close()
        engine = storeIn(directory)
        assert.equal(inspectFile(`${directory}/data.mdb`, { isDeep: true }).damage, [])
        const found = [...engine.table('rows').range()].map(({ value }) => value.length)
        assert.equal(found.sort(), [...model.values()].sort())
      }
      await engine.close()
    }),
    { numRuns: 10 },
  )
})

test('a copy that is made while others write is of one transaction', async () => {
  const original = storeIn(tempDir())
  const table = original.table('rows')
  const round = (n: number): void =>
    original.transact(() => {
      for (let row = 0; row < 2_000; row++) table.put(key(row), utf8(String(n).padEnd(100)))
    })
  round(0)
  for (let n = 1; n <= 5; n++) {
    const directory = tempDir()
    const copying = original.copy(directory)
    for (let more = 1; more <= 5; more++) round(n * 10 + more)
    await copying
    const copy = storeIn(directory)
    const values = new Set([...copy.table('rows').range()].map(({ value }) => String(value)))
    assert.is(values.size, 1, 'all rows are of one round')
    await copy.close()
  }
  await original.close()
})

test.run()
