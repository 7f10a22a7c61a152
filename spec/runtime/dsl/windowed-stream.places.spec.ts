// The same windows with one partition or eight, with changes held between commits or not, in one
// medium or the other: the rows that are left are the same.

import fc from 'fast-check'
import { hopping, serde, session, sliding, topic, topology } from 'millrace'
import { testkit } from 'millrace/testkit'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const text = serde.string()
const words = topic('words', { key: text, value: text })
const rows = topic('rows', { key: text, value: serde.nullable(serde.int64()) })

interface Place {
  readonly partitions: number
  readonly caching: boolean
  readonly medium: 'lmdb' | 'memory'
}

interface Sent {
  readonly key: string
  readonly value: string
  readonly time: number
}

/** Counts per word in every kind of window, with a new key on the way. */
const counting = ({ caching, medium }: Place) =>
  topology('counting', (t) => {
    const grouped = t.stream(words).groupBy((_key, word) => word, { key: text, name: 'words' })
    const options = (store: string) => ({ store, caching, medium })
    // Enough grace for any order: lateness is by the clock of a task, and there are one or eight.
    const grace = 10_000
    const hops = grouped.windowedBy(hopping({ size: 10, advance: 5, grace })).count(options('h'))
    const near = grouped.windowedBy(sliding({ difference: 6, grace })).count(options('l'))
    const runs = grouped.windowedBy(session({ gap: 4, grace })).count(options('s'))
    const maybe = (count: number): number | null => count
    const streams = {
      hops: hops.toStream().mapValues(maybe),
      near: near.toStream().mapValues(maybe),
      runs: runs.toStream(),
    }
    for (const [name, stream] of Object.entries(streams)) {
      stream.map(({ key, start, end }, count) => [`${name} ${key} ${start} ${end}`, count]).to(rows)
    }
  })

async function left(place: Place, all: readonly Sent[]): Promise<Map<string, number>> {
  await using t = await testkit(counting(place), { partitions: place.partitions })
  t.topic(words).send(...all)
  await t.settle()
  const found = new Map<string, number>()
  for (const [row, count] of t.topic(rows).takeValues()) {
    if (count === null) found.delete(row)
    else found.set(row, count)
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

const records = fc.array(
  fc.record({
    key: fc.constantFrom('a', 'b', 'c', 'd'),
    value: fc.constantFrom('to', 'be', 'or', 'not'),
    time: fc.nat(60),
  }),
  { minLength: 5, maxLength: 40 },
)

test('rows do not depend on partitions, medium, or whether changes are held', async () => {
  const base: Place = { partitions: 1, caching: false, medium: 'lmdb' }
  await fc.assert(
    fc.asyncProperty(records, async (all) => {
      const expected = await left(base, all)
      const places: readonly Place[] = [
        { ...base, partitions: 8 },
        { ...base, caching: true },
        { partitions: 8, caching: true, medium: 'memory' },
      ]
      for (const place of places) assert.equal(await left(place, all), expected)
    }),
    { numRuns: 12 },
  )
})

test.run()
