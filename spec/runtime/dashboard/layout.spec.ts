// Tables as wide as there is room.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { headLine, layoutOf, rowLine } from '#runtime/dashboard/layout'
import { type Column, cell, type Row } from '#runtime/dashboard/tab'

const COLUMNS: readonly Column[] = [
  { title: 'NAME' },
  { title: 'LAG', align: 'right' },
  { title: 'PID', align: 'right', isExtra: true },
]
const row = (name: string, lag: number): Row => ({
  ...{ id: name, cells: [cell(name), cell(lag), cell(12_345)], tone: 'plain', details: null },
})
const ROWS = [row('one', 7), row('a-long-name', 1000)]

const lines = (width: number): string[] => {
  const layout = layoutOf(COLUMNS, ROWS, width)
  const rows = ROWS.map((it, at) => rowLine(COLUMNS, layout, it, at === 0, width))
  const text = rows.map((line) => line.map((it) => it.text).join(''))
  return [headLine(COLUMNS, layout, { column: 1, isDown: true }), ...text].map((it) => it.trimEnd())
}

test('columns are as wide as what is in them', () => {
  assert.equal(lines(80), [
    '  NAME         LAG▼    PID',
    '> one             7  12345',
    '  a-long-name  1000  12345',
  ])
})

test('where there is no room extra columns go first, then the widest is cut', () => {
  assert.equal(lines(20), ['  NAME         LAG▼', '> one             7', '  a-long-name  1000'])
  assert.equal(lines(15), ['  NAME     LAG▼', '> one         7', '  a-long…  1000'])
})

test('a row that is not well has a sign that is no colour', () => {
  const layout = layoutOf(COLUMNS, ROWS, 80)
  const signs = (['bad', 'warn', 'plain'] as const).map((tone) =>
    rowLine(COLUMNS, layout, { ...row('x', 1), tone }, false, 80)[0]?.text.slice(0, 3),
  )
  assert.equal(signs, [' !x', ' ~x', '  x'])
})

test.run()
