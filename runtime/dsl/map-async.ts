// mapAsync, while the graph is written: the options with their defaults, the park that keeps the
// records, and the topic for those that failed.

import { type AsyncMapping, mapAsync } from '#actors/operators/map-async'
import { parkedRecord } from '#actors/operators/parked-record'
import type { Attempt } from '#actors/topology/node'
import { MillraceError } from '#protocols/core/errors'
import type { Serde } from '#protocols/serdes/serde'
import { serde } from '#protocols/serdes/serdes'
import type { KeyValueSpec } from '#stores/store'
import type { Make } from '../plan/graph.ts'
import { warnUnnamed } from './materialized.ts'
import type { Named, StreamParts } from './stream.ts'
import { declaredOr, type Typed, topic } from './topic.ts'

export type { Attempt }

/** Answers the new value; `attempt.signal` is aborted when nobody waits for this attempt any more. */
export type AsyncMapper<K, V, R> = (value: V, key: K, attempt: Attempt) => Promise<R>

export interface MapAsyncOptions<K, V, R> extends Named {
  /** Names the park, so that what waits in it survives changes of the program. */
  readonly store?: string | undefined
  /** Calls under way at once, per task; default 16. */
  readonly concurrency?: number | undefined
  /** While so many records wait or are called about, the task takes in no more; default 8 × concurrency. */
  readonly maxParked?: number | undefined
  /** An attempt that takes longer has failed, ms; default 30,000. Infinity: never. */
  readonly timeoutMs?: number | undefined
  /** Default: a failed attempt is the last. */
  readonly retry?: AsyncRetry | undefined
  /**
   * When the last attempt failed: `fail`, the default, fails the task, which begins again and is
   * quarantined when it fails at the record three times; `skip` drops and counts the record; `{ dlq }`
   * writes it to that topic as well, with headers millrace.error.*.
   */
  readonly onFailure?: 'fail' | 'skip' | { readonly dlq: string } | undefined
  /** What the keys are, while parked; default: as the stream was declared, else JSON. */
  readonly key?: Typed<K> | undefined
  /** What the values are, while parked; default: as the stream was declared, else JSON. */
  readonly input?: Typed<V> | undefined
  /** What the new values are, for operators that keep them; default: JSON. */
  readonly value?: Typed<R> | undefined
  /** Default `lmdb`. */
  readonly medium?: 'lmdb' | 'memory' | undefined
}

export interface AsyncRetry {
  /** Attempts after the first. */
  readonly max: number
  /** Wait before the second attempt, ms; doubles with each further one, up to a minute. */
  readonly backoffMs: number
}

const CONCURRENCY = 16
const PARKED_PER_CALL = 8
const TIMEOUT_MS = 30_000

/** @throws MillraceError MAP_ASYNC_INVALID, TOPIC_INVALID, NAME_INVALID, NAME_TAKEN */
export function mappedAsync<K, V, R>(
  { graph, node: parent, facts }: StreamParts,
  run: AsyncMapper<K, V, R>,
  options: MapAsyncOptions<K, V, R>,
): StreamParts {
  const name = graph.nameFor('mapAsync', [parent], options.name)
  if (options.store === undefined) warnUnnamed(graph, 'mapAsync', name)
  const key = declaredOr(options.key, facts.key) ?? serde.json()
  const value = declaredOr(options.input, facts.value) ?? serde.json()
  const store: KeyValueSpec = {
    ...{ name: options.store ?? name, kind: 'keyvalue', medium: options.medium },
    // The graph holds serdes of every type alike.
    key: serde.int64() as Serde<unknown>,
    value: parkedRecord(key, value) as Serde<unknown>,
  }
  // Operators are typed by their method; the graph holds them all alike.
  const mapper = run as AsyncMapping<unknown, unknown, R>['run']
  const mapping = { run: mapper, key, value, store: store.name, ...settings(name, options) }
  const make = mapAsync(mapping) as Make
  const { onFailure } = mapping
  const dynamicTopics =
    typeof onFailure === 'object' ? [topic(onFailure.dlq, { key, value, partitions: 1 })] : []
  const body = { kind: 'operator', make, stores: [store], changes: 'value', dynamicTopics } as const
  const node = graph.add('mapAsync', name, [parent], body)
  return { graph, node, facts: { ...facts, value: declaredOr(options.value, null) } }
}

function settings<K, V, R>(name: string, options: MapAsyncOptions<K, V, R>) {
  const { concurrency = CONCURRENCY, timeoutMs = TIMEOUT_MS, onFailure = 'fail' } = options
  const { max: retriesMax, backoffMs } = options.retry ?? { max: 0, backoffMs: 0 }
  const parkedMax = options.maxParked ?? concurrency * PARKED_PER_CALL
  const check = (isFine: boolean, what: string): void => {
    if (!isFine) throw invalid(name, what)
  }
  const isWhole = Number.isSafeInteger
  check(isWhole(concurrency) && concurrency >= 1, 'concurrency is a whole number, 1 or more')
  check(isWhole(parkedMax) && parkedMax >= 1, 'maxParked is a whole number, 1 or more')
  check(timeoutMs > 0, 'timeoutMs is more than 0')
  check(isWhole(retriesMax) && retriesMax >= 0, 'retry.max is a whole number, 0 or more')
  check(isWhole(backoffMs) && backoffMs >= 0, 'retry.backoffMs is whole milliseconds, 0 or more')
  return { concurrency, timeoutMs, onFailure, retriesMax, backoffMs, parkedMax }
}

const invalid = (name: string, what: string): MillraceError =>
  new MillraceError({ code: 'MAP_ASYNC_INVALID', what: `'${name}' cannot be so: ${what}` })
