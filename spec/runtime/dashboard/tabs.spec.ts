// All tabs, as what they have in common.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { TABS } from '#runtime/dashboard/tabs'
import { aCopy, aHost, aLook, anEvent, aStore, aTask, NOW, seenOf } from './a-look.ts'

const error = { code: 'X', what: 'x' }
const actor = {
  ...{ path: 'one', kind: 'system', state: 'running' as const, status: null, note: null },
  ...{ restarts: 0, control: 0, data: 0, lastError: null, children: [] },
}
const full = seenOf(
  aLook({
    status: { hosts: [aHost('one'), aHost('two')] },
    tasks: {
      tasks: [aTask({ state: 'restoring', error }), aTask({ id: 'b' })],
      standbys: [aCopy({ lag: 2 })],
      moves: [{ task: 'b', from: null, to: 'two', waitsFor: 'opening' }],
    },
    tree: { hosts: [{ host: 'one', trees: [actor] }], unanswered: [] },
    quarantine: {
      keys: [{ actor: 'cart', key: 'k', error: 'x', atMs: NOW, waiting: 0, message: null }],
    },
    stores: { stores: [aStore(), aStore({ role: 'standby', host: 'two' })], unanswered: [] },
    events: { application: 'words', events: [anEvent(), anEvent()] },
  }),
)

test('every row has a cell for every column, and an id of its own', () => {
  for (const tab of TABS) {
    const rows = tab.rows(full)
    assert.ok(rows.length > 0, tab.name)
    for (const { cells, id } of rows)
      assert.is(cells.length, tab.columns.length, `${tab.name} ${id}`)
    assert.is(new Set(rows.map(({ id }) => id)).size, rows.length, tab.name)
  }
})

test('no order has a key that does something else', () => {
  const taken = [...'123456789sS/?hqjkgG ', 'return', 'escape', 'tab']
  for (const row of TABS.flatMap((tab) => tab.rows(full))) {
    for (const { key } of row.orders ?? []) assert.not.ok(taken.includes(key), key)
  }
})

test('a tab has something to say where nothing was seen', () => {
  for (const tab of TABS) {
    assert.equal(tab.rows(seenOf()), [])
    assert.match(tab.empty, /\.$/)
  }
})

test.run()
