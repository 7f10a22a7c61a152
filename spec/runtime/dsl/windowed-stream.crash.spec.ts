// Windows across crashes: what was sent, what is held back and what is late are the same as if nothing
// had happened.

import {
  serde,
  session,
  sliding,
  type TopologyDefinition,
  topic,
  topology,
  tumbling,
} from 'millrace'
import { type Testkit, testkit } from 'millrace/testkit'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const text = serde.string()
const clicks = topic('clicks', { key: text, value: serde.int64() })
const results = topic('results', { key: text, value: text })
const late = topic('late', { key: text, value: serde.int64() })

/** Every way to hold results back, over one input. */
const held: TopologyDefinition = topology('held', (t) => {
  const grouped = t.stream(clicks).groupByKey()
  const joined = (all: string, value: number): string => `${all} ${value}`
  const closing = { emit: 'on-close' } as const
  const [none, row] = [() => '', { value: text }] as const

  const minutes = grouped.windowedBy(tumbling({ size: 10, grace: 5 }), closing)
  const closed = minutes.aggregate(none, joined, { ...row, store: 'closed' })
  minutes.late().to(late)
  const runs = grouped
    .windowedBy(session({ gap: 7 }), closing)
    .aggregate(none, joined, (_key, older, newer) => older + newer, { ...row, store: 'runs' })
  const near = grouped
    .windowedBy(sliding({ difference: 6 }), closing)
    .aggregate(none, joined, { ...row, store: 'near' })
  const final = grouped
    .windowedBy(tumbling({ size: 10, grace: 5 }))
    .aggregate(none, joined, { ...row, store: 'updated' })
    .suppress({ until: 'window-closes' }, { store: 'final' })
  for (const [name, table] of Object.entries({ closed, runs, near, final })) {
    table
      .toStream()
      .map(({ key, start, end }, value) => [`${name} ${key} ${start} ${end}`, `${value}`])
      .to(results)
  }
})

/** Records with some disorder, the same for every run. */
function send(t: Testkit, round: number): void {
  for (let n = 0; n < 12; n++) {
    const at = round * 12 + n
    const time = Math.max(0, at * 2 - ((at * 7) % 13))
    t.topic(clicks).send({ key: at % 3 === 0 ? 'a' : 'b', value: at, time })
  }
}

const ROUNDS = 4

async function undisturbed(): Promise<unknown[]> {
  await using t = await testkit(held)
  for (let round = 0; round < ROUNDS; round++) send(t, round)
  await t.settle()
  return [t.topic(results).takeValues().sort(), t.topic(late).takeValues()]
}

test('a host that is killed anywhere and comes back sends each result once, complete', async () => {
  const expected = await undisturbed()
  assert.ok((expected[0] as unknown[]).length > 50)
  for (let seed = 1; seed <= 8; seed++) {
    await using t = await testkit(held, { seed })
    for (let round = 0; round < ROUNDS; round++) {
      send(t, round)
      for (let steps = 0; steps < seed * 5 + round * 3; steps++) {
        t.clock.runOne()
        await Promise.resolve()
      }
      t.kill('host-1')
      await t.start('host-1')
      await t.advance(20_000)
    }
    const found = [t.topic(results).takeValues().sort(), t.topic(late).takeValues()]
    assert.equal(found, expected, `seed ${seed}`)
  }
})

test.run()
