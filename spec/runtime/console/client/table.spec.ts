// Tables: what is found, in which order, and what a reader who sees no colours learns.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as tables from '../../../../runtime/console/client/table.mjs'
import { seen } from './a-state.ts'

const { filtered, pressed, sorted, state, table } = tables

interface Row {
  readonly name: string
  readonly size: number
}

const columns: readonly tables.Column<Row>[] = [
  { id: 'name', title: 'Name', show: (row) => row.name, by: (row) => row.name },
  { id: 'size', title: 'Size', isNumber: true, show: (row) => row.size, by: (row) => row.size },
]
const row = (name: string, size: number): Row => ({ name, size })
const rows = [row('t/10', 1), row('t/9', 3), row('u/1', 3)]
const names = (of: readonly Row[]) => of.map(({ name }) => name)

test('names with numbers are in the order of the numbers, and equal rows stay as they were', () => {
  assert.equal(names(sorted(rows, columns, { column: 'name', isDown: false })), [
    't/9',
    't/10',
    'u/1',
  ])
  assert.equal(names(sorted(rows, columns, { column: 'size', isDown: true })), [
    't/9',
    'u/1',
    't/10',
  ])
  assert.equal(names(sorted(rows, columns, { column: 'none', isDown: true })), names(rows))
  assert.equal(names(sorted(rows, columns, undefined)), names(rows))
})

test('numbers sort as numbers, whichever they are', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (sizes) => {
      const found = sorted(
        sizes.map((it) => row('', it)),
        columns,
        { column: 'size', isDown: false },
      )
      assert.equal(
        found.map(({ size }) => size),
        [...sizes].sort((a, b) => a - b),
      )
    }),
  )
})

test('every word of a filter is somewhere in the row', () => {
  assert.equal(names(filtered(rows, columns, 'T/ 3')), ['t/9'])
  assert.equal(names(filtered(rows, columns, '  ')), names(rows))
  const shown = table({
    label: '',
    columns,
    rows,
    key: ({ name }) => name,
    sort: undefined,
    filter: '<z>',
    empty: '',
  })
  assert.is(seen(shown), 'Nothing has “&lt;z&gt;” in it.')
})

test('a press sorts numbers from the largest on, and again turns round', () => {
  const once = pressed(undefined, 'size', true)
  assert.equal(once, { column: 'size', isDown: true })
  assert.equal(pressed(once, 'size', true), { column: 'size', isDown: false })
  assert.equal(pressed(once, 'name', false), { column: 'name', isDown: false })
})

test('the order is said to who does not see the arrow', () => {
  const sort = { column: 'size', isDown: true }
  const { text } = table({ label: 'Rows', columns, rows, key: ({ name }) => name, sort, empty: '' })
  assert.equal(
    [...text.matchAll(/aria-sort="(\w+)"/g)].map(([, it]) => it),
    ['none', 'descending'],
  )
  assert.is(
    seen(table({ label: '', columns, rows: [], key: () => '', sort, empty: 'None.' })),
    'None.',
  )
})

test('each kind of state has a shape of its own beside its word', () => {
  const of = ['running.idle', 'quarantined', 'paused', 'backoff', 'restoring']
  assert.equal(
    of.map((it) => seen(state(it))),
    of.map((it, n) => `${'●▲■◆◐'[n]}${it}`),
  )
})

test.run()
