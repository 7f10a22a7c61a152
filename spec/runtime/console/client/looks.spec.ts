// Rates are there between two looks at the same task, and nowhere else.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as looks from '../../../../runtime/console/client/looks.mjs'
import { aLook, aTask, given, NOW } from '../../dashboard/a-look.ts'

const { added, edgeOf, GAP_MS, nameOf, NOTHING_SEEN, SPAN_MS, spanOf } = looks

const tasks = (records: number, recordsOut = 0, host = 'one') =>
  aLook({ tasks: { tasks: [aTask({ records, meter: given(recordsOut), lag: 5, host })] } }).tasks

test('a rate is what was counted, by the time between', () => {
  const first = added(NOTHING_SEEN, tasks(10), NOW)
  assert.equal(first.samples, [{ at: NOW, lag: 5, rates: null }])
  const second = added(first, tasks(30, 10), NOW + 2000)
  assert.equal(second.samples.at(-1), {
    at: NOW + 2000,
    lag: 5,
    rates: { in: 10, out: 5, busy: 0, replayed: 0 },
  })
  assert.equal(second.rates.get(nameOf(aTask())), { in: 10, out: 5, busy: 0, replayed: 0 })
})

test('along an edge goes what the tasks of a sub-topology took from a topic, or wrote to it', () => {
  const at = (n: number, position: number, written: number) =>
    aTask({
      ...{ id: `words/counts/${n}`, meter: { ...given(0), recordsTo: { out: written } } },
      positions: [{ topic: 'in', partition: n, position, committed: 0, lag: 0 }],
    })
  const look = (...all: readonly ReturnType<typeof aTask>[]) =>
    aLook({ tasks: { tasks: all } }).tasks
  const first = added(NOTHING_SEEN, look(at(0, 10, 4), at(1, 0, 0)), NOW)
  assert.is(first.edges.size, 0)
  const { edges } = added(first, look(at(0, 30, 4), at(1, 10, 8), at(2, 99, 99)), NOW + 2000)
  assert.equal(
    [...edges],
    [
      [edgeOf('in', 'words/counts', 'in'), 15],
      [edgeOf('out', 'words/counts', 'out'), 4],
    ],
    'a task that was not here before has no rate',
  )
  const back = added(first, look(at(0, 2, 0)), NOW + 2000)
  assert.equal([...back.edges.values()], [0, 0])
  assert.is(added(first, look(at(0, 30, 4)), NOW + GAP_MS + 1).edges.size, 0)
})

test('a task that came here anew, or counts anew, has no rate and takes none away', () => {
  const first = added(NOTHING_SEEN, tasks(1000), NOW)
  for (const next of [tasks(2000, 0, 'two'), tasks(10)]) {
    assert.equal(added(first, next, NOW + 1000).samples.at(-1)?.rates, {
      in: 0,
      out: 0,
      busy: 0,
      replayed: 0,
    })
  }
})

test('looks far apart, and those of a clock that went back, say nothing of the time between', () => {
  const first = added(NOTHING_SEEN, tasks(0), NOW)
  for (const at of [NOW + GAP_MS + 1, NOW, NOW - 5000]) {
    const { samples } = added(first, tasks(99), at)
    assert.is(samples.at(-1)?.rates, null)
    assert.equal(
      samples.map((it) => it.at),
      [...new Set(at > NOW ? [NOW, at] : [at])],
    )
  }
})

test('what is older than the longest chart is forgotten', () => {
  let history = NOTHING_SEEN
  for (let at = 0; at < 2 * SPAN_MS; at += 1000) history = added(history, tasks(at), NOW + at)
  assert.is(history.samples.length, SPAN_MS / 1000)
  assert.is(spanOf(history.samples), SPAN_MS)
  assert.is(spanOf(history.samples.slice(-61)), 60_000)
  assert.is(spanOf([]), 60_000)
})

test('states that a task went through are remembered with when they began, but not what is within one', () => {
  const states = ['opening', 'running.idle', 'running.working', 'paused', 'running.idle']
  const history = states.reduce((before, state, n) => {
    const { tasks } = aLook({ tasks: { tasks: [aTask({ state })] } })
    return added(before, tasks, NOW + n * 1000)
  }, NOTHING_SEEN)
  assert.equal(history.lives.get(nameOf(aTask())), [
    { state: 'opening', at: NOW },
    { state: 'running', at: NOW + 1000 },
    { state: 'paused', at: NOW + 3000 },
    { state: 'running', at: NOW + 4000 },
  ])
})

test.run()
