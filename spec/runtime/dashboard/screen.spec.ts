// The screen as a whole: it says what there is to say, and never leaves the terminal.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Sight } from '#runtime/dashboard/looks'
import { pageOf, render } from '#runtime/dashboard/screen'
import {
  aCopy,
  after,
  aHost,
  aLook,
  aTask,
  looksOf,
  NOW,
  SIZE,
  seenOf,
  shown,
  textOf,
  widest,
} from './a-look.ts'

test('a screen has as many lines as the terminal, a head, a table and a foot', () => {
  const screen = shown(seenOf(aLook({})))
  assert.is(screen.length, 24)
  assert.match(
    screen[0] ?? '',
    /^ words {2}well {2}placement 3 {2}coordinator one {2}\d\d:\d\d:\d\d$/,
  )
  assert.is(screen[1], ' hosts 1  tasks 2 running')
  assert.match(screen[4] ?? '', ' [1 Hosts] 2 Tasks  3 Tree  4 Moves  5 Stores  6 Errors')
  assert.match(screen[5] ?? '', /^ {2}HOST .* TASKS .* LAG .* UP$/)
  assert.match(screen[6] ?? '', /^> one +active, leads +2 .* 60 s$/)
  assert.match(screen.at(-1) ?? '', /^ 1\/1 {2}\? help {2}q quit/)
})

test('at 80 columns the foot has every order to a task; wider, the other keys as well', () => {
  const seen = seenOf(aLook({}))
  const orders = 'p pause  u resume  r restart  x skip  Q quarantine  R reset  m move'
  const view = after(['2'], seen)
  const [narrow, wide] = [80, 120].map((width) =>
    textOf(render({ seen, view, note: null }, { width, height: 24 }))
      .at(-1)
      ?.trimEnd(),
  )
  assert.is(narrow, ` 1/2  ?  ${orders}`)
  assert.is(wide, ` 1/2  ? help  q quit  / filter  ⏎ more  ${orders}`)
})

test('everything known of a row is a page, with the path to each value', () => {
  const positions = [{ topic: 'lines', partition: 0, position: 4, committed: 4, lag: 2 }]
  const seen = seenOf(aLook({ tasks: { tasks: [aTask({ dropped: { late: 3 }, positions })] } }))
  const page = shown(seen, '2', 'return').join('\n')
  for (const line of ['dropped.late +3', 'positions\\[0\\].topic +lines', 'epoch +1']) {
    assert.match(page, new RegExp(`\n  ${line}\n`))
  }
  assert.match(shown(seen, '2', 'return', 'end').at(-2) ?? '', 'host')
})

test('long lists turn by pages, with the row in sight', () => {
  const tasks = Array.from({ length: 50 }, (_, n) => aTask({ id: `t/${n}` }))
  const seen = seenOf(aLook({ tasks: { tasks } }))
  const screen = shown(seen, '2', ...Array(20).fill('down'))
  assert.match(screen[6] ?? '', /^ {2}t\/17 /)
  assert.match(screen[9] ?? '', /^> t\/20 /)
  assert.match(screen.at(-1) ?? '', /^ 21\/50 /)
})

test('a frozen screen says so and keeps what it showed', () => {
  const before = seenOf(aLook({ at: NOW - 30_000 }))
  const view = after(['2', 'space'], before)
  const now = seenOf(aLook({ tasks: { tasks: [] } }))
  const screen = textOf(render({ seen: now, view, note: null }, SIZE))
  assert.match(screen[0] ?? '', 'FROZEN')
  assert.match(screen[3] ?? '', 'frozen 30 s ago')
  assert.match(screen[7] ?? '', 'words/counts/1')
})

test('a filter is seen while it is typed, and when it leaves nothing', () => {
  const screen = shown(seenOf(aLook({})), '2', '/', ...'zz')
  assert.match(screen.at(-1) ?? '', /^ \/zz_ /)
  assert.match(screen[6] ?? '', "No row has 'zz' in it.")
})

const anyText = fc.string({ unit: 'binary', maxLength: 30 })
const number = fc.oneof(fc.nat(), fc.constantFrom(0, 9_007_199_254_740_991))
const anError = fc.option(fc.record({ code: anyText, what: anyText }))
const taskOf = fc.record({
  ...{
    id: anyText,
    state: fc.oneof(anyText, fc.constantFrom('running.idle', 'restoring', 'quarantined')),
  },
  ...{ host: anyText, records: number, lag: number, restored: number, restoreEnd: number },
  error: anError,
})
const anyLook: fc.Arbitrary<Sight> = fc
  .record({
    ...{ tasks: fc.array(taskOf, { maxLength: 40 }), copies: fc.array(taskOf, { maxLength: 5 }) },
    ...{
      hosts: fc.array(anyText, { maxLength: 30 }),
      coordinator: fc.option(anyText),
      name: anyText,
    },
    ...{
      lag: number,
      silent: fc.array(fc.record({ host: anyText, error: anyText }), { maxLength: 3 }),
    },
    states: fc.dictionary(anyText, number, { maxKeys: 4 }),
  })
  .map((it) =>
    aLook({
      status: {
        ...{ application: it.name, coordinator: it.coordinator, hosts: it.hosts.map(aHost) },
        ...{ lag: it.lag, unanswered: it.silent, tasks: it.states, standbys: it.states },
      },
      tasks: { tasks: it.tasks.map(aTask), standbys: it.copies.map(aCopy) },
    }),
  )
const KEYS = [...'12345sS/?aprxy', 'down', 'end', 'pagedown', 'return', 'escape', 'space']

test('a screen is never wider or taller than its terminal', () => {
  fc.assert(
    fc.property(
      fc.array(anyLook, { maxLength: 3 }),
      fc.option(anyText),
      fc.array(fc.constantFrom(...KEYS), { maxLength: 8 }),
      fc.record({
        width: fc.integer({ min: 1, max: 300 }),
        height: fc.integer({ min: 1, max: 90 }),
      }),
      (looks, text, keys, size) => {
        const seen = { looks: looksOf(...looks), now: NOW, trouble: text }
        const lines = render({ seen, view: after(keys, seen, pageOf(size)), note: text }, size)
        assert.ok(lines.length <= size.height, `${lines.length} lines of ${size.height}`)
        assert.ok(widest(lines) <= size.width, `${widest(lines)} columns of ${size.width}`)
        // A foot, whatever else there is no room for.
        if (size.height >= 10) assert.is(lines.length, size.height)
      },
    ),
    { numRuns: 200 },
  )
})

test.run()
