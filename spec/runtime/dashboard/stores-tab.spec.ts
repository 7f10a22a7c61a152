// Stores in the dashboard.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { aLook, aStore, seenOf, shown } from './a-look.ts'

test('each store with its rows and its size, and a question mark where nobody answers for it', () => {
  const stores = [
    aStore({ usage: { rows: 12_300, bytes: 4096, pending: 3 } }),
    aStore({ task: 'words/counts/1', usage: null }),
  ]
  const screen = shown(seenOf(aLook({ stores: { stores, unanswered: [] } })), '5')
  assert.match(screen[6] ?? '', /^> +counts +words\/counts\/0 +active +one +12\.3 k +4\.1 kB /)
  assert.match(screen[7] ?? '', /^ ~ ?counts +words\/counts\/1 +active +one +\?/)
})

test('a copy of a global table is its worker’s, and its details say what it passed over', () => {
  const copy = {
    ...{ topology: 'words', store: 'known', topic: 'names', worker: 1, host: 'one', lag: 0 },
    ...{ medium: 'lmdb' as const, usage: { rows: 8, bytes: 4096, pending: 0 }, error: null },
    ...{ dropped: { 'null-key': 2 }, positions: [] },
  }
  const seen = seenOf(aLook({ stores: { stores: [], globals: [copy], unanswered: [] } }))
  assert.match(shown(seen, '5')[6] ?? '', /^> +known +words, worker 1 +global +one +8 +4\.1 kB /)
})

test.run()
