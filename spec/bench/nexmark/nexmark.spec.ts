// Every query on the testkit, over the first 5,000 events in four partitions: it comes to what its loop
// comes to, and both to what is known.

import { type Testkit, testkit } from 'millrace/testkit'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { expected } from '../contest.ts'
import { fillByKey, type KeyedInput } from '../keyed-input.ts'
import { outcomeIn } from '../outcome.ts'
import { contestOf } from './contest-of.ts'
import { makeEvents } from './events.ts'
import { missed } from './golden.ts'
import { queries } from './queries.ts'
import { side } from './schema.ts'

const EVENTS = 5000

const events = makeEvents(EVENTS)

for (const [name, query] of Object.entries(queries)) {
  test(`${name}: the topology and the loop come to the same, and to what is known`, async () => {
    const contest = contestOf(name, query, events)
    const right = expected(contest)
    await using t = await testkit(query.topology)
    // What is only looked up must be there first; all else at once, as tasks order it by time.
    const isSide = ({ topic }: KeyedInput): boolean => topic === side.name
    await fill(t, contest.inputs.filter(isSide))
    await fill(
      t,
      contest.inputs.filter((input) => !isSide(input)),
    )
    const found = outcomeIn(t.broker, query.output, query.counts)
    assert.equal(found.tally(), right.tally())
    assert.is(missed(name, EVENTS, query.tally(found.rows(query.output))), '')
  })
}

async function fill(t: Testkit, inputs: readonly KeyedInput[]): Promise<void> {
  const filled = Promise.all(inputs.map((input) => fillByKey(t.broker, input)))
  await t.settle()
  await filled
  await t.settle()
}

test.run()
