// A store is a line, with dashes where nobody answers for it.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { GlobalRow, StoreRow } from '#runtime/admin/documents'
import { globalCells, storeCells } from '#runtime/cli/stores'

const store: StoreRow = {
  ...{ store: 'counts', task: 't/a/1', role: 'active', host: 'one', isLogged: true },
  ...{ kind: 'timestamped', medium: 'lmdb' },
  usage: { rows: 12_345, bytes: 1_500_000, pending: 7 },
}

test('rows, size and what is pending are short enough for a screen', () => {
  assert.equal(storeCells(store), [
    ...['counts', 'timestamped', '12.3 k', '1.50 MB', '7', 't/a/1', 'active', 'one'],
  ])
})

test('a store in memory says so, and one that is not served shows no numbers', () => {
  assert.equal(storeCells({ ...store, medium: 'memory', usage: null }), [
    ...['counts', 'timestamped, memory', '-', '-', '-', 't/a/1', 'active', 'one'],
  ])
})

test('a copy of a global table says what it has not read and all that it passed over', () => {
  const copy: GlobalRow = {
    ...{ topology: 't', store: 'known', topic: 'names', worker: 1, host: 'one', medium: 'lmdb' },
    ...{ usage: store.usage as never, lag: 3, positions: [], error: null },
    dropped: { 'null-key': 2, unreadable: 1 },
  }
  assert.equal(globalCells(copy), ['known', 'names', '12.3 k', '1.50 MB', '3', '3', '1', 'one'])
})

test.run()
