// A condition is one thing in Prometheus' language and in a judgement of samples.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { METRICS } from '#runtime/telemetry/metrics'
import { type Condition, exprOf, holding, valuesOf } from '#runtime/telemetry/rules'
import type { Series } from '#runtime/telemetry/series'
import { askedIn } from './asked.ts'

const NOW = { at: 600_000, wallMs: 1_700_000_600_000 }
const { taskLag, taskRestarts, taskState, taskLastCommit, taskCommit, taskDropped } = METRICS

/** One point a minute, the last one now. */
const series = (
  metric: Series['metric'],
  labels: Series['labels'],
  ...values: readonly Series['points'][number]['value'][]
): Series => ({
  ...{ metric, labels },
  points: values.map((value, n) => ({ at: NOW.at - (values.length - 1 - n) * 60_000, value })),
})

const held = (all: readonly Series[], ...conditions: readonly Condition[]): unknown[] => {
  assert.ok(askedIn(exprOf([conditions])).length > 0)
  return holding([conditions], all, NOW).map(({ labels, value }) => [labels['task'], value])
}

test('a condition without more compares the newest value of each series', () => {
  const all = [series(taskLag, { task: 'a' }, 1, 9), series(taskLag, { task: 'b' }, 9, 1)]
  assert.equal(held(all, { metric: taskLag, is: '>', than: 5 }), [['a', 9]])
  assert.equal(held(all, { metric: taskLag, is: '<', than: 5 }), [['b', 1]])
  assert.equal(held(all, { metric: taskLag, is: '>=', than: 9 }), [['a', 9]])
  assert.equal(held(all, { metric: taskLag, is: '==', than: 1 }), [['b', 1]])
  assert.equal(held(all, { metric: taskRestarts, is: '>=', than: 0 }), [])
})

test('only series with one of the values of a label are meant', () => {
  const all = ['quarantined', 'running'].map((state) =>
    series(taskState, { task: state, state }, 1),
  )
  const condition = { metric: taskState, is: '==', than: 1 } as const
  const one = { ...condition, where: { state: ['quarantined'] } }
  const both = { ...condition, where: { state: ['quarantined', 'running'] } }
  assert.equal([held(all, one).length, held(all, both).length], [1, 2])
  assert.match(exprOf([[one]]), '{state="quarantined"}')
  assert.match(exprOf([[both]]), '{state=~"quarantined|running"}')
})

test('of several ways one is enough, and one that holds of the same labels says nothing new', () => {
  const more = (metric: Condition['metric'], than: number) => [{ metric, is: '>', than } as const]
  const rule = [more(taskLag, 5), more(taskRestarts, 1)]
  const all = [
    ...[series(taskLag, { task: 'a' }, 7), series(taskLag, { task: 'b' }, 2)],
    ...[series(taskRestarts, { task: 'a' }, 3), series(taskRestarts, { task: 'b' }, 4)],
  ]
  assert.equal(
    holding(rule, all, NOW).map(({ labels, value }) => [labels['task'], value]),
    [
      ['a', 7],
      ['b', 4],
    ],
  )
  assert.is(exprOf(rule), 'millrace_task_lag_records > 5 or millrace_task_restarts_total > 1')
  assert.is(askedIn(exprOf(rule)).length, 2)
})

test('a fold leaves the labels it names', () => {
  const all = [
    series(taskLag, { task: 'a', partition: '0' }, 2),
    series(taskLag, { task: 'a', partition: '1' }, 3),
    series(taskLag, { task: 'b', partition: '0' }, 4),
  ]
  const by = { metric: taskLag, by: ['task'], is: '>', than: 0 } as const
  assert.equal(held(all, { ...by, fold: 'sum' }), [
    ['a', 5],
    ['b', 4],
  ])
  assert.equal(held(all, { ...by, fold: 'max' }), [
    ['a', 3],
    ['b', 4],
  ])
})

test('all conditions hold of the same labels', () => {
  const all = [
    series(taskLag, { task: 'a', topic: 't' }, 7),
    series(taskLag, { topic: 't', task: 'b' }, 7),
    series(taskRestarts, { topic: 't', task: 'a' }, 1),
  ]
  const both = [taskLag, taskRestarts].map((metric) => ({ metric, is: '>', than: 0 }) as const)
  assert.equal(held(all, ...both), [['a', 7]])
})

test('what grew is counted over a window alone, and on where a counter began anew', () => {
  const over = (minutes: number) =>
    ({ metric: taskRestarts, over: ['increase', minutes], is: '>=', than: 0 }) as const
  const all = [series(taskRestarts, { task: 'a' }, 5, 6, 8, 1, 2)]
  assert.equal(held(all, over(10)), [['a', 5]])
  assert.equal(held(all, over(2)), [['a', 1]])
  assert.equal(held(all, over(1)), [], 'one point says nothing')
})

test('a slope is that of the nearest line, a difference that of the ends', () => {
  const all = [
    series(taskLag, { task: 'a' }, 0, 60, 120, 180),
    series(taskLag, { task: 'b' }, 9, 9),
  ]
  const over = (kind: 'deriv' | 'delta' | 'rate') =>
    ({ metric: taskLag, over: [kind, 10], is: '>=', than: 0 }) as const
  assert.equal(held(all, over('deriv')), [
    ['a', 1],
    ['b', 0],
  ])
  assert.equal(held(all, over('delta')), [
    ['a', 180],
    ['b', 0],
  ])
  assert.equal(held(all, over('rate'))[0], ['a', 1])
})

test('an age is from then to now, by the wall clock', () => {
  const all = [series(taskLastCommit, { task: 'a' }, NOW.wallMs / 1000 - 61)]
  const condition = { metric: taskLastCommit, isAge: true, is: '>', than: 60 } as const
  assert.equal(held(all, condition), [['a', 61]])
  assert.equal(held(all, { ...condition, than: 61 }), [])
})

test('a quantile is of what came within the window, of all series that are one', () => {
  const { length } = taskCommit.bounds
  const counts = (...filled: readonly (readonly [index: number, count: number])[]) => {
    const row = new Array<number>(length + 1).fill(0)
    for (const [index, count] of filled) row[index] = count
    return { counts: row, sum: 0 }
  }
  const commits = (quantile: number, ...all: readonly Series[]) =>
    valuesOf({ metric: taskCommit, over: ['rate', 5], by: [], quantile }, all, NOW)[0]?.value
  const one = series(taskCommit, { task: 'a' }, counts([3, 100]), counts([3, 100], [4, 10]))
  const other = series(taskCommit, { task: 'b' }, counts(), counts([length, 10]))
  const [below = 0, bound = 0] = taskCommit.bounds.slice(3, 5)
  assert.is(commits(0.5, one), below + (bound - below) / 2)
  assert.is(commits(0.99, one, other), taskCommit.bounds.at(-1))
  assert.is(commits(0.5, series(taskCommit, { task: 'c' }, counts([3, 7]))), undefined)
  assert.is(commits(0.5, series(taskDropped, { task: 'c' }, 1, 2)), undefined)
})

test.run()
