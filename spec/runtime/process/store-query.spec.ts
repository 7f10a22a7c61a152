// A store is asked as one map, and a part that is on its way is waited for.

import { serde } from 'millrace'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { MillraceError } from '#protocols/core/errors'
import { encoded } from '#protocols/serdes/whole'
import type { Group } from '#runtime/process/group'
import { storeQuery } from '#runtime/process/store-query'
import { SimulatedClock } from '#runtime/testkit/simulated-clock'
import { codeOf } from '../../actors/host/host-world.ts'
import { wordcount } from '../../examples/wordcount/wordcount.ts'

const PARTS = 3
const deployment = {
  ...{ topology: 'wordcount', module: null, topicPartitions: {}, stateful: ['counts'] },
  tasks: { lines: PARTS, counts: PARTS },
}
const planned = { definition: wordcount, plan: wordcount.plan('app'), deployment }

/** A group that answers every part with the same rows, after so many refusals. */
function group(rows: readonly (readonly [string, number])[], refusals: MillraceError[] = []) {
  const asked: string[] = []
  const lags: (number | undefined)[] = []
  const answer = {
    async rows({ task, maxLag }: { task: string; maxLag?: number }) {
      asked.push(task)
      lags.push(maxLag)
      const refusal = refusals.shift()
      if (refusal !== undefined) throw refusal
      const found = rows.map(([key, count]) => ({
        key: encoded(serde.string(), key),
        value: encoded(serde.int64(), count),
      }))
      return { rows: found, lag: maxLag ?? 0, ageMs: null, positions: [] }
    },
  }
  return { asked, lags, group: answer as unknown as Group } // all that a query asks of one
}

const query = (parts: { group: Group }, clock = new SimulatedClock(), patienceMs = 1000) =>
  storeQuery<string, number>('counts', { ...parts, clock, patienceMs, topologies: () => [planned] })

const away = (retry: 'soon' | 'never') => new MillraceError({ code: 'TASK_AWAY', what: 'x', retry })

test('a key asks one part, a range asks all and merges them in order', async () => {
  const one = group([['b', 2]])
  assert.is(await query(one).get('b'), 2)
  assert.is(one.asked.length, 1)
  const all = group([
    ['a', 1],
    ['c', 3],
  ])
  const rows = await query(all).range({ limit: 5 })
  assert.equal(
    rows.map(([key]) => key),
    ['a', 'a', 'a', 'c', 'c'],
  )
  assert.is(new Set(all.asked).size, PARTS)
})

test('a key that is not there has no value', async () => {
  assert.is(await query(group([])).get('none'), undefined)
})

test('who allows for a lag is told how far behind the answer was', async () => {
  const one = group([['b', 2]])
  const fresh = { ageMs: null, positions: [] }
  assert.equal(await query(one).read('b', { maxLag: 5 }), { value: 2, lag: 5, ...fresh })
  assert.equal(await query(one).read('b'), { value: 2, lag: 0, ...fresh })
  assert.equal(one.lags, [5, undefined])
  const [row] = await query(one).rows({ maxLag: 7 })
  assert.equal(row, { key: 'b', value: 2, time: undefined, lag: 7 })
  const [strict] = await query(one).rows()
  assert.equal(strict, { key: 'b', value: 2, time: undefined })
})

test('a part that is on its way is asked again', async () => {
  const clock = new SimulatedClock()
  const late = group([['a', 1]], [away('soon'), away('soon'), away('soon')])
  const asked = query(late, clock).get('a')
  await clock.advance(100)
  assert.is(await asked, 1)
  assert.is(late.asked.length, 4)
})

test('patience ends, and what cannot come is not waited for', async () => {
  const clock = new SimulatedClock()
  const never = group(
    [],
    Array.from({ length: 1000 }, () => away('soon')),
  )
  const code = codeOf(query(never, clock).get('a'))
  await clock.advance(1100)
  assert.is(await code, 'TASK_AWAY')
  const refused = group([], [away('never')])
  assert.is(await codeOf(query(refused, clock).get('a')), 'TASK_AWAY')
  assert.is(refused.asked.length, 1)
})

test('a store there is not is refused, with those there are', () => {
  const parts = { ...group([]), clock: new SimulatedClock(), patienceMs: 0 }
  const topologies = () => [planned]
  assert.throws(() => storeQuery('count', { ...parts, topologies }), /Stores here: counts/)
})

test.run()
