// Values in pieces: whole again for whoever reads them, and one page a piece for LMDB.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openLmdb } from '#stores/engine/lmdb'
import { LmdbTable } from '#stores/engine/lmdb-table'
import { memoryEngine } from '#stores/engine/memory'
import { PIECE_BYTES, PiecedTable } from '#stores/log/pieced-table'
import { tempDir } from '../../kit/temp-dir.ts'

const PAGE_BYTES = 4096

const keyOf = (n: number): Uint8Array => Uint8Array.of(0, n)
const bytesOf = (bytes: number, seed: number): Uint8Array =>
  Uint8Array.from({ length: bytes }, (_, at) => (at * 7 + seed) % 251)

/** Around whole numbers of pieces, where mistakes would be. */
const length = fc
  .tuple(fc.nat(4), fc.integer({ min: -2, max: 2 }))
  .map(([pieces, more]) => Math.max(0, pieces * PIECE_BYTES + more))
const deed = fc.tuple(fc.nat(5), fc.option(length), fc.nat(250))

test('whatever is put and deleted, values are read as they were put, by key and in order', () => {
  const property = fc.property(fc.array(deed, { maxLength: 20 }), (deeds) => {
    const raw = memoryEngine().table('values')
    const table = new PiecedTable(raw, 2)
    const model = new Map<number, Uint8Array>()
    for (const [key, bytes, seed] of deeds) {
      assert.is(table.delete(keyOf(key)), model.delete(key))
      if (bytes === null) continue
      const value = bytesOf(bytes, seed)
      table.put(keyOf(key), value)
      model.set(key, value)
    }
    const rows = [...model].sort(([a], [b]) => a - b)
    for (let from = 0; from <= 6; from++) {
      const read = [...table.range({ from: keyOf(from), to: keyOf(5) })]
      const expected = rows.filter(([key]) => key >= from && key < 5)
      assert.equal(
        read.map(({ key, value }) => [[...key], Buffer.from(value)]),
        expected.map(([key, value]) => [[...keyOf(key)], Buffer.from(value)]),
      )
    }
    for (let key = 0; key <= 5; key++) {
      const [found, value] = [table.get(keyOf(key)), model.get(key)]
      assert.equal(found && Buffer.from(found), value && Buffer.from(value))
    }
    for (const key of model.keys()) table.delete(keyOf(key))
    assert.is(raw.count(), 0, 'nothing is left of what was deleted')
  })
  fc.assert(property)
})

test('a value of a log before pieces is read and deleted whole', () => {
  const raw = memoryEngine().table('values')
  const table = new PiecedTable(raw, 2)
  const value = bytesOf(PIECE_BYTES * 3 + 5, 1)
  raw.put(keyOf(1), value)
  table.put(keyOf(2), value)
  assert.equal(Buffer.from(table.get(keyOf(1)) ?? []), Buffer.from(value))
  assert.equal(
    [...table.range({})].map((entry) => entry.value.length),
    [value.length, value.length],
  )
  assert.ok(table.delete(keyOf(1)))
  assert.is([...table.range({})].length, 1)
})

test('a value that lost a piece is shorter, and what followed comes under keys of its own', () => {
  const raw = memoryEngine().table('values')
  const table = new PiecedTable(raw, 2)
  table.put(keyOf(1), bytesOf(PIECE_BYTES * 3 + 5, 1))
  raw.delete(Uint8Array.of(0, 1, 0, 2))
  assert.equal(
    [...table.range({})].map(({ key, value }) => [[...key], value.length]),
    [
      [[0, 1], PIECE_BYTES * 2],
      [[0, 1, 0, 3], 5],
    ],
  )
})

test('a piece takes one page of LMDB, so that any free page will do', async () => {
  const engine = openLmdb({ directory: tempDir(), kind: 'log', durability: 'os' })
  const raw = engine.table('values')
  assert.ok(raw instanceof LmdbTable)
  const table = new PiecedTable(raw, 2)
  let whole = 0
  for (let key = 0; key < 20; key++) {
    const value = bytesOf(key * 5000, key)
    table.put(keyOf(key), value)
    whole += Math.floor(value.length / PIECE_BYTES)
  }
  const { pageSize, overflowPages } = raw.stat()
  // Where pages are larger they take several pieces, and none follow one another at all.
  if (pageSize > PAGE_BYTES) assert.is(overflowPages, 0)
  else assert.ok(overflowPages >= whole && overflowPages <= raw.count(), `${overflowPages} pages`)
  await engine.close()
})

test.run()
