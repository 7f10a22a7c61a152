// Where a table keeps its rows: what the program says, and the store that follows from it.

import type { KeptSpec } from '#actors/operators/kept-rows'
import type { Serde } from '#protocols/serdes/serde'
import type { StoreSpec } from '#stores/store'
import type { Graph } from '../plan/graph.ts'
import { type Duration, durationMs } from './duration.ts'
import type { Named } from './stream.ts'
import { declaredOr, type Typed } from './topic.ts'

/** Where a table keeps its rows. */
export interface Materialized<V> extends Named {
  /** The store's name: how queries find it and how its state survives changes of the program. */
  readonly store?: string | undefined
  /** What the rows are; default: as the stream was declared, else JSON. */
  readonly value?: Typed<V> | undefined
  /** Default `lmdb`. */
  readonly medium?: 'lmdb' | 'memory' | undefined
  /** Rows the write-behind cache may hold, of about 64 MiB at most, less on a small machine; default 100,000. */
  readonly cacheEntriesMax?: number | undefined
  /** Forward only the last change of each key per commit. Default false: every change. */
  readonly caching?: boolean | undefined
  /** Whether the store can be rebuilt elsewhere. Without, it starts empty on every host. Default true. */
  readonly logged?: boolean | undefined
  /** Rows not written for so long are gone, by event time. Default: they stay for ever. */
  readonly ttl?: Duration | undefined
  /** Keep older values too, so that joins see a row as it was at a time. */
  readonly versioned?: Versioned | undefined
}

export interface Versioned {
  /** How far back, ms; older updates are dropped and counted. */
  readonly historyMs: number
}

/** The store of a table: key by key, or versions of each. */
export function storeSpec<V>(
  options: Materialized<V>,
  name: string,
  key: Serde<unknown>,
  value: Serde<unknown>,
): StoreSpec {
  const { medium, cacheEntriesMax, logged, ttl, versioned } = options
  const common = {
    ...{ name: options.store ?? name, key, medium, cacheEntriesMax, logged },
    value: declaredOr(options.value, value),
  }
  if (versioned !== undefined) {
    return { ...common, kind: 'versioned', historyRetentionMs: versioned.historyMs }
  }
  const ttlMs = ttl === undefined ? undefined : durationMs(ttl, 'the time to live of rows', 1)
  return { ...common, kind: 'timestamped', ttlMs }
}

export const keptSpec = <V>(options: Materialized<V>, { name, kind }: StoreSpec): KeptSpec => ({
  store: name,
  isVersioned: kind === 'versioned',
  isHeld: options.caching === true,
})

export function warnUnnamed(graph: Graph, verb: string, name: string): void {
  graph.warnings.push(
    `the state of '${name}' has no name of its own: give ${verb} { store: '...' }, or ` +
      'moving the operator in the program will lose its state',
  )
}
