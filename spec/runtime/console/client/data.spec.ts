// Stores and topics.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { GlobalRow, StoreRow } from '#runtime/admin/documents'
import { storesPage, topicsPage } from '../../../../runtime/console/client/data.mjs'
import { aState, seen } from './a-state.ts'

const row: StoreRow = {
  ...{ task: 'a/b/0', role: 'active', store: 'counts', kind: 'timestamped', medium: 'lmdb' },
  ...{ isLogged: true, usage: { rows: 1200, bytes: 4096, pending: 3 }, host: 'one' },
}
const stores = { stores: [row, { ...row, task: 'a/b/1', usage: null }], unanswered: [] }

test('a store says what it takes, and nothing is made up where nobody said', () => {
  const text = seen(storesPage(aState({ stores })))
  assert.match(text, /counts a\/b\/0 active one timestamped, lmdb 1 200 4\.0 KiB 3/)
  assert.match(text, /counts a\/b\/1 active one timestamped, lmdb – – –/)
})

test('copies of global tables follow: whose they are, what they hold, and what they passed over', () => {
  const copy: GlobalRow = {
    ...{ topology: 'a', store: 'known', topic: 'names', worker: 1, host: 'one', medium: 'lmdb' },
    ...{ usage: { rows: 8, bytes: 512, pending: 0 }, lag: 5, positions: [], error: null },
    dropped: { 'null-key': 2, unreadable: 1 },
  }
  assert.not.match(seen(storesPage(aState({ stores }))), /Global tables/)
  const failed = { ...copy, worker: 2, error: { code: 'RECORD_UNREADABLE', what: 'it is not' } }
  const text = seen(storesPage(aState({ stores: { ...stores, globals: [copy, failed] } })))
  assert.match(text, /Global tables .* known names one, 1 ●following 8 512 B 5 3/)
  assert.match(text, /known names one, 2 ▲failed/)
})

test('a store can be looked into where there is one; its rows are shown with how old they are', () => {
  assert.not.match(storesPage(aState({ stores: { stores: [], unanswered: [] } })).text, /<form/)
  const state = aState({ stores })
  assert.match(seen(storesPage(state)), /is for those who have the token/)
  const answer = {
    ...{ store: 'counts', lag: 7, ageMs: null, positions: [] },
    rows: [{ key: 'be', value: { n: 1 } }],
  }
  const text = seen(storesPage({ ...state, lookup: { ...state.lookup, answer } }))
  assert.match(text, /1 rows of counts, a copy answered that is 7 changes behind/)
  assert.match(text, /be {"n":1}/)
})

test('every partition has its end and its lag, and what is not known is not nought', () => {
  const at = { topic: 'orders', task: 'a/b/0', host: 'one', state: 'running.idle' }
  const partitions = [
    { ...at, partition: 0, end: 1500, committed: 1490, lag: 10 },
    { ...at, partition: 1, host: null, state: 'absent', end: null, committed: null, lag: null },
  ]
  const lag = { partitions, lag: 10, unknown: 1, unanswered: [] }
  const text = seen(topicsPage(aState({ lag })))
  assert.match(text, /Lag 10 in 2 partitions, 1 unknown/)
  assert.match(text, /orders 0 1 500 1 490 10 a\/b\/0 ●running\.idle one/)
  assert.match(text, /orders 1 – – – a\/b\/0 ▲absent –/)
})

test.run()
