// Topologies as a graph, with what goes through.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { describePlan } from '#runtime/plan/describe'
import { edgeOf } from '../../../../runtime/console/client/looks.mjs'
import {
  loadOf,
  ranks,
  shortened,
  topologyPage,
} from '../../../../runtime/console/client/topology.mjs'
import { wordcount } from '../../../examples/wordcount/wordcount.ts'
import { aTask } from '../../dashboard/a-look.ts'
import { aState, seen } from './a-state.ts'

const rates = (change: { readonly in?: number; readonly busy?: number }) =>
  new Map([['active one words/counts/0', { in: 0, out: 0, busy: 0, replayed: 0, ...change }]])

test('what a sub-topology can take is said: idle, working, at its limit, stalled, or nowhere', () => {
  const pressure = (task: Parameters<typeof aTask>[0], change: Parameters<typeof rates>[0]) =>
    loadOf([aTask(task)], rates(change), 'words/counts/').pressure
  assert.is(pressure({}, {}), 'idle')
  assert.is(pressure({}, { in: 5 }), 'working')
  assert.is(pressure({}, { in: 5, busy: 0.9 }), 'full')
  assert.is(pressure({ state: 'running.stalled' }, { in: 5 }), 'stalled')
  assert.is(loadOf([aTask()], rates({}), 'other/').pressure, 'absent')
})

test('each is further than what leads to it, and a way back moves nothing', () => {
  const ways = [
    ['a', 'b'],
    ['b', 'c'],
    ['a', 'c'],
    ['c', 'b'],
  ]
  const found = ranks(['c', 'b', 'a'], ways)
  assert.is(found.get('a'), 0)
  for (const to of ['b', 'c']) assert.ok((found.get(to) ?? 0) > 0)
  assert.equal(
    [
      ...ranks(
        ['x', 'y'],
        [
          ['x', 'y'],
          ['y', 'x'],
        ],
      ).values(),
    ].length,
    2,
  )
})

test('every topic, operator and store of a topology is drawn', () => {
  const plan = describePlan(wordcount.plan('app'))
  const tasks = { lines: 2, counts: 2 }
  const page = topologyPage(aState({ topology: { topologies: [{ ...plan, tasks }] } }))
  for (const name of ['lines', 'word-counts', 'flatMapValues', 'count', '▤ counts', '2 tasks']) {
    assert.match(page.text, `>${name}<`)
  }
  assert.match(page.text, '<title>app.wordcount.counts.repartition</title>')
  assert.match(seen(page), /lines: absent, 0\/s in, 0\/s out, lag 0/)
})

test('each way has its rate: from a source, through a repartition topic, and into a sink', () => {
  const plan = describePlan(wordcount.plan('app'))
  const state = aState({ topology: { topologies: [{ ...plan, tasks: { lines: 2, counts: 2 } }] } })
  const between = 'app.wordcount.counts.repartition'
  const edges = new Map([
    [edgeOf('in', 'wordcount/lines', 'lines'), 12],
    [edgeOf('out', 'wordcount/lines', between), 120],
    [edgeOf('in', 'wordcount/counts', between), 90],
    [edgeOf('out', 'wordcount/counts', 'word-counts'), 0],
  ])
  const { text } = topologyPage({ ...state, history: { ...state.history, edges } })
  const said = [...text.matchAll(/class="rate"[^>]*>([^<]*)</g)].map(([, rate]) => rate)
  assert.equal(said.sort(), ['12/s', '120/s', '90/s'], 'nothing where nothing goes')
})

test('a long name keeps its beginning and its end', () => {
  assert.is(shortened('short', 100), 'short')
  const cut = shortened('a-very-long-name-of-a-topic-indeed', 100)
  assert.match(cut, /^a-very-…-?indeed$/)
})

test.run()
