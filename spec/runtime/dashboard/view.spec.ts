// Keys change what is looked at: a function, without a terminal.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Seen } from '#runtime/dashboard/looks'
import { TABS } from '#runtime/dashboard/tabs'
import { firstView, type Pressed, press, rowsOf, tabOf, type View } from '#runtime/dashboard/view'
import { aHost, aLook, aTask, seenOf } from './a-look.ts'

const LAGS = [5, 900, 30, 0, 7]
const tasks = LAGS.map((lag, n) =>
  aTask({ id: `words/counts/${n}`, lag, host: n < 2 ? 'one' : 'two' }),
)
const SEEN = seenOf(aLook({ tasks: { tasks } }))

const pressed = (keys: readonly string[], from = firstView(), seen: Seen = SEEN): Pressed =>
  keys.reduce<Pressed>(({ view }, name) => press(view, { name }, { seen, rows: 3 }), { view: from })

const after = (...keys: readonly string[]): View => pressed(keys).view
const chosen = (view: View, seen = SEEN): string | undefined => {
  const { rows, at } = rowsOf(view, seen)
  return rows[at]?.id.split(' ')[0]
}
const ids = (view: View): string[] => rowsOf(view, SEEN).rows.map(({ id }) => id.slice(13, 14))

test('digits open tabs, Tab and arrows the next one, around the ends', () => {
  const names = TABS.map((_, n) => tabOf(after(String(n + 1))).name)
  assert.equal(names, ['Hosts', 'Tasks', 'Tree', 'Moves', 'Stores', 'Errors', 'Events'])
  assert.is(tabOf(after('tab')).name, 'Tasks')
  assert.is(tabOf(after('7', 'right')).name, 'Hosts')
  assert.is(tabOf(after('left')).name, 'Events')
  assert.is(tabOf(after('9')).name, 'Hosts')
})

test('the cursor moves by rows and pages, and stays in the list', () => {
  const at = (...keys: readonly string[]): string | undefined => chosen(after('2', ...keys))
  assert.is(at(), 'words/counts/0')
  assert.is(at('up'), 'words/counts/0')
  assert.is(at('down', 'down'), 'words/counts/2')
  assert.is(at('pagedown', 'up'), 'words/counts/2')
  assert.is(at('end'), 'words/counts/4')
  assert.is(at('end', 'pagedown', 'home'), 'words/counts/0')
})

test('the cursor stays on its row when rows change their order, and near it when it goes', () => {
  const view = after('2', 'down', 'down')
  const fewer = seenOf(aLook({ tasks: { tasks: tasks.slice(1).reverse() } }))
  assert.is(chosen(view, fewer), 'words/counts/2')
  const gone = seenOf(aLook({ tasks: { tasks: tasks.filter((_, n) => n !== 2) } }))
  assert.is(chosen(view, gone), 'words/counts/3')
})

test('a filter keeps rows that have it in them, letter by letter; Esc gives back what was', () => {
  assert.equal(ids(after('2', '/', ...'TWO')), ['2', '3', '4'])
  assert.equal(ids(after('2', '/', ...'counts/1', 'return')), ['1'])
  assert.equal(ids(after('2', '/', ...'twx', 'backspace', 'return')), ['2', '3', '4'])
  assert.equal(ids(after('2', '/', ...'two', 'escape')).length, 5)
  assert.equal(ids(after('2', '/', ...'two', 'return', '/', ...'zzz', 'escape')), ['2', '3', '4'])
  assert.equal(ids(after('2', '/', ...'two', 'return', 'escape')).length, 5)
})

test('while a filter is typed, keys are letters', () => {
  const { view, isOver } = pressed(['2', '/', 'q', '3', '?', 'space'])
  assert.equal([isOver, tabOf(view).name, view.lists[1]?.filter], [undefined, 'Tasks', 'q3? '])
})

test('each tab has its own filter', () => {
  const view = after('2', '/', ...'two', 'return', '1')
  assert.is(rowsOf(view, SEEN).rows.length, 1)
})

test('s sorts by one column after another, numbers from the largest, and then not at all', () => {
  assert.equal(ids(after('2')), ['0', '1', '2', '3', '4'])
  assert.equal(ids(after('2', 's', 'S')), ['4', '3', '2', '1', '0'])
  const lag = ['2', ...'sssss']
  assert.equal(ids(after(...lag)), ['1', '2', '4', '0', '3'])
  assert.equal(ids(after(...lag, 'S')), ['3', '0', '4', '2', '1'])
  const columns = TABS[1]?.columns.length ?? 0
  assert.equal(ids(after('2', ...'s'.repeat(columns + 1))), ['0', '1', '2', '3', '4'])
})

test('Enter opens everything known of a row; Esc, Enter and q close it', () => {
  const view = after('2', 'down', 'return')
  assert.equal(view.mode, { name: 'details', row: 'words/counts/1 one active', scroll: 0 })
  for (const key of ['escape', 'return', 'q'])
    assert.is(pressed([key], view).view.mode.name, 'list')
  assert.is(after('4', 'return').mode.name, 'list')
})

test('an order is given after y, and after nothing else', () => {
  const asked = pressed(['2', 'down', 'x'])
  assert.is(asked.order, undefined)
  assert.is(asked.view.mode.name, 'confirm')
  const { order } = pressed(['y'], asked.view)
  assert.equal(
    [order?.path, order?.body],
    ['/v1/orders', { task: 'words/counts/1', order: 'skip' }],
  )
  for (const key of ['n', 'escape', 'return', 'x', 'q']) {
    const { order: none, view, isOver } = pressed([key], asked.view)
    assert.equal([none, view.mode.name, isOver], [undefined, 'list', undefined])
  }
})

test('a move asks for a host, by letters or arrows, then whether; Esc ends it', () => {
  const hosts = ['one', 'two', 'three'].map(aHost)
  const seen = seenOf(aLook({ status: { hosts }, tasks: { tasks } }))
  const asked = pressed(['2', 'm'], undefined, seen)
  assert.is(asked.view.mode.name, 'choose')
  const given = (...keys: string[]) =>
    pressed([...keys, 'return', 'y'], asked.view, seen).order?.body
  const to = (host: string) => ({ wish: 'move', task: 'words/counts/0', host })
  assert.equal(given(), to('two'))
  assert.equal(given('down'), to('three'))
  assert.equal(given('down', 'right'), to('two'))
  assert.equal(given('up'), to('three'))
  assert.equal(given('h', 'r'), to('three'))
  assert.equal(given('h', 'r', 'backspace', 'backspace'), to('two'))
  assert.is(given('x'), undefined)
  assert.is(pressed(['escape'], asked.view, seen).view.mode.name, 'list')
  const { order, view } = pressed(['return', 'n'], asked.view, seen)
  assert.equal([order, view.mode.name], [undefined, 'list'])
})

test('the order that was asked about is given, wherever the cursor is by then', () => {
  const asked = pressed(['2', 'r'])
  const other = seenOf(aLook({ tasks: { tasks: tasks.slice(2) } }))
  const { order } = pressed(['y'], asked.view, other)
  assert.equal(order?.body, { task: 'words/counts/0', order: 'restart' })
})

test('space makes the screen stand still, and go on', () => {
  const view = after('2', 'space')
  assert.is(view.frozen, SEEN)
  assert.is(pressed(['space'], view).view.frozen, null)
})

test('q leaves a list, and Ctrl-C leaves everything', () => {
  assert.is(pressed(['q']).isOver, true)
  for (const keys of [[], ['/'], ['?'], ['2', 'return'], ['2', 'p']]) {
    const view = after(...keys)
    const page = { seen: SEEN, rows: 3 }
    assert.is(press(view, { name: 'c', isControl: true }, page).isOver, true)
  }
})

test('whatever is typed, the view is one that can be shown', () => {
  const names = [
    ...'12345qsS/?pruxynjkgGh',
    'tab',
    'backtab',
    'left',
    'right',
    'up',
    'down',
    'space',
  ]
  const more = ['pageup', 'pagedown', 'home', 'end', 'return', 'escape', 'backspace', 'f1', '字']
  const keys = fc.array(fc.constantFrom(...names, ...more), { maxLength: 30 })
  const worlds = fc.constantFrom(SEEN, seenOf(), seenOf(aLook({ tasks: { tasks: [] } })))
  fc.assert(
    fc.property(keys, worlds, worlds, (typed, world, next) => {
      const { view } = pressed(typed, firstView(), world)
      const { rows, at } = rowsOf(view, view.frozen ?? next)
      assert.ok(at >= -1 && at < Math.max(1, rows.length))
      assert.ok(tabOf(view) !== undefined)
    }),
  )
})

test.run()
