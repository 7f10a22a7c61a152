// One entry of the catalogue: a topology that can be had in several ways, the records it is given, and
// how much of what comes out is decided by what goes in. The laws are in the specs beside
// spec/runtime/dsl/topology.spec.ts; each runs over every entry.
//
// Records come in waves: one topic each, and settled before the next, so that the order in which
// topics are read is decided as well.

import type fc from 'fast-check'
import {
  type Materialized,
  serde,
  type Topic,
  type TopologyBuilder,
  topic,
  topology,
} from 'millrace'
import type { Testkit } from 'millrace/testkit'
import type { Definition } from '#runtime/dsl/definition'

export type Text = string | null

const texts = { key: serde.nullable(serde.string()), value: serde.nullable(serde.string()) }
export const LEFT: Topic<Text, Text> = topic('left', texts)
export const RIGHT: Topic<Text, Text> = topic('right', texts)
export const THIRD: Topic<Text, Text> = topic('third', texts)
/** Keys and values as JSON. */
export const RESULTS: Topic<Text, Text> = topic('results', texts)
const TOPICS = { left: LEFT, right: RIGHT, third: THIRD }

/** Where and how a topology keeps what it keeps; the law is that it makes no difference. */
export interface Place {
  readonly partitions: number
  /** Whether tables hold changes back until a commit. */
  readonly caching: boolean
  /** Rows each store may hold in memory; 0: none. */
  readonly cacheEntriesMax?: number | undefined
  readonly medium: 'lmdb' | 'memory'
}

export interface Wave {
  readonly to: keyof typeof TOPICS
  readonly records: readonly Sent[]
}

export interface Sent {
  readonly key: Text
  readonly value: Text
  readonly time: number
}

/**
 * What an input decides. `rows`: the last result of each key. `list`: every result, in order by key.
 * `bag`: every result, in any order.
 */
export type Result = 'rows' | 'list' | 'bag'

export type Law = 'cache' | 'partitions' | 'medium' | 'crash' | 'order'

/** Decides what a law leaves open: a number from 0 to less than `below`. */
export type Choose = (below: number) => number

export interface Claim {
  readonly name: string
  readonly result: Result
  readonly define: (place: Place) => Definition | readonly Definition[]
  readonly waves: fc.Arbitrary<readonly Wave[]>
  /**
   * What of the order of the input decides the result. `keys`: that of the records of each key in each
   * topic. `waves`: also which wave came before which.
   */
  readonly order: 'keys' | 'waves'
  /** Two runs over one place may differ on the way to the same last results. */
  readonly isRacing: boolean
  readonly send: (t: Testkit, wave: Wave) => void
  readonly output: Topic<Text, Text>
  /** Laws that do not hold for it, and why they cannot. */
  readonly except: Partial<Record<Law, string>>
}

export interface Builder {
  readonly t: TopologyBuilder
  readonly place: Place
  /** A store in this place. */
  kept(store: string): Pick<Materialized<never>, 'caching' | 'medium' | 'cacheEntriesMax'> & {
    readonly store: string
  }
  /** A store in this place that is not a table's. */
  store(name: string): { readonly store: string; readonly medium: Place['medium'] }
}

type Given = 'name' | 'result' | 'define' | 'waves'

/** An entry as it is, where nothing else is said. */
export const plainClaim = (given: Pick<Claim, Given> & Partial<Claim>): Claim => ({
  ...{ order: 'keys', isRacing: false, except: {}, output: RESULTS },
  send: (t, { to, records }) => t.topic(TOPICS[to]).send(...records),
  ...given,
})

/** An entry whose topology is written to a function that is given its place. */
export function claim(
  name: string,
  result: Result,
  waves: Claim['waves'],
  build: (builder: Builder) => void,
  rest: Partial<Omit<Claim, Given>> = {},
): Claim {
  const define = (place: Place): Definition =>
    topology('claimed', (t) => {
      const { caching, cacheEntriesMax, medium } = place
      const kept: Builder['kept'] = (store) => ({ store, caching, cacheEntriesMax, medium })
      build({ t, place, kept, store: (store) => ({ store, medium }) })
    })
  return plainClaim({ name, result, waves, define, ...rest })
}
