// Rates are what came between two looks.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  added,
  LOOKS_MAX,
  type Look,
  newestOf,
  rateNow,
  ratesOf,
  type Sight,
  taskRate,
} from '#runtime/dashboard/looks'
import { aLook, aTask, given, looksOf, NOW, type Task } from './a-look.ts'

const counted = (at: number, ...tasks: readonly Partial<Task>[]): Sight =>
  aLook({ at: NOW + at, tasks: { tasks: tasks.map((task) => aTask(task)) } })

test('records a second are what tasks took and gave in between, over the time between', () => {
  const looks = looksOf(
    counted(0, { records: 10, meter: given(5) }),
    counted(500, { records: 20, meter: given(25) }),
    counted(2500, { records: 20, meter: given(25) }),
  )
  assert.equal(ratesOf(looks), [
    { in: 20, out: 40 },
    { in: 0, out: 0 },
  ])
  // Over two seconds where there are that many.
  assert.equal(rateNow(looks), { in: 0, out: 0 })
  assert.equal(rateNow(looks.slice(0, 2)), { in: 20, out: 40 })
  assert.equal(rateNow([]), { in: 0, out: 0 })
})

test('a task that began elsewhere, or anew, adds nothing until the next look', () => {
  const looks = looksOf(
    counted(0, { records: 90 }, { id: 'b', records: 5 }),
    counted(1000, { records: 3 }, { id: 'b', records: 50, host: 'two' }),
  )
  assert.is(rateNow(looks).in, 0)
})

test('of one task, on the host it is on', () => {
  const looks = looksOf(counted(0, { restored: 100 }), counted(1000, { restored: 350 }))
  const restored = (task: Task): number => task.restored
  assert.is(taskRate(looks, aTask(), restored), 250)
  assert.is(taskRate(looks, aTask({ host: 'two' }), restored), 0)
  assert.is(taskRate(looks, aTask({ role: 'standby' }), restored), 0)
  assert.is(taskRate(looks.slice(0, 1), aTask(), restored), 0)
})

test('as many looks are kept as are drawn, and of documents the newest there is', () => {
  let looks: readonly Look[] = []
  const tree = { hosts: [], unanswered: [] }
  looks = added(looks, aLook({ tree }))
  for (let n = 1; n < LOOKS_MAX; n++) looks = added(looks, aLook({ at: NOW + n }))
  assert.is(looks.length, LOOKS_MAX)
  assert.is(newestOf(looks, 'tree'), tree)
  looks = added(looks, aLook({ at: NOW + 99 }))
  assert.equal([looks.length, looks.at(-1)?.at], [LOOKS_MAX, NOW + 99])
  assert.is(newestOf(looks, 'tree'), undefined)
})

test.run()
