// What bench-growth runs: topologies of one input that are larger or smaller in one respect, which the
// environment says, as a host loads a module and nothing else. They have no output: what is measured is
// state, its changes and commits.
//
//   GROWING   the kind: count | newest | stores | overlapping | kept
//   SIZE      stores of a task, or windows of a key
//   PARTITIONS

import process from 'node:process'
import { hopping, serde, topic, topology, tumbling } from 'millrace'

export type GrowingKind = 'count' | 'newest' | 'stores' | 'overlapping' | 'kept'

export const WINDOW_MS = 1000

const size = Number(process.env['SIZE'] ?? 1)

export const documents = topic('documents', {
  ...{ key: serde.int32(), value: serde.bytes() },
  partitions: Number(process.env['PARTITIONS'] ?? 4),
})

const kinds: Readonly<Record<GrowingKind, ReturnType<typeof topology>>> = {
  count: topology('growing', (t) => {
    t.stream(documents).groupByKey().count({ store: 'counts' })
  }),
  newest: topology('growing', (t) => {
    t.stream(documents)
      .groupByKey()
      .reduce((_kept, value) => value, { store: 'newest' })
  }),
  stores: topology('growing', (t) => {
    const grouped = t.stream(documents).groupByKey()
    for (let n = 0; n < size; n++) grouped.count({ store: `counts-${n}` })
  }),
  overlapping: topology('growing', (t) => {
    t.stream(documents)
      .groupByKey()
      .windowedBy(hopping({ size: size * WINDOW_MS, advance: WINDOW_MS }))
      .count({ store: 'counts' })
  }),
  kept: topology('growing', (t) => {
    t.stream(documents)
      .groupByKey()
      .windowedBy(tumbling({ size: WINDOW_MS, grace: size * WINDOW_MS }))
      .count({ store: 'counts' })
  }),
}

// Said by growth.bench.ts.
export const growing = kinds[(process.env['GROWING'] ?? 'count') as GrowingKind]
