// What the benches of windows and joins run, on the testkit over a few records: topology and loop come
// to the same.

import { testkit } from 'millrace/testkit'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Contest, expected } from './contest.ts'
import { foreignKeyContest } from './joins/foreign-key.ts'
import { streamsContest } from './joins/streams.ts'
import { tableContest } from './joins/table.ts'
import { fillByKey } from './keyed-input.ts'
import { outcomeIn } from './outcome.ts'
import { hoppingContest } from './windows/hopping.ts'
import { sessionContest } from './windows/session.ts'
import { tumblingContest } from './windows/tumbling.ts'
import { makeVisits } from './windows/visits.ts'

const visits = makeVisits(20_000)
const contests: readonly Contest[] = [
  ...[tumblingContest(visits), hoppingContest(visits), sessionContest(visits)],
  ...[streamsContest(20_000), tableContest(5000), foreignKeyContest(2000)],
]

for (const contest of contests) {
  const { name, topology, inputs, output, counts } = contest
  test(`${name}: the topology and the loop come to the same`, async () => {
    const right = expected(contest)
    await using t = await testkit(topology)
    const filled = Promise.all(inputs.map((input) => fillByKey(t.broker, input)))
    await t.settle()
    await filled
    await t.settle()
    assert.ok((right.tally()['rows'] ?? 0) > 100)
    assert.equal(outcomeIn(t.broker, output, counts).tally(), right.tally())
  })
}

test.run()
