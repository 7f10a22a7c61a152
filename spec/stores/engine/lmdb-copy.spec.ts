// A copy is a file like any other: it takes large writes from its first transaction on. A compacted copy
// does not: LMDB, as lmdb-js has it, ends the process there with an assertion about its free pages.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { utf8 } from '#protocols/core/bytes'
import type { Engine } from '#stores/engine/engine'
import { openLmdb } from '#stores/engine/lmdb'
import { inspectFile } from '#stores/engine/lmdb-file'
import { tempDir } from '../../kit/temp-dir.ts'

const ROWS = 30_000

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
