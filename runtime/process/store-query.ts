// Interactive queries: a store as one map, wherever its parts are. Keys are sent to the task that has
// them; ranges ask every part and merge. Reads see what a task has processed, its last commit and what
// came since. Who allows for some lag, or some age, is answered by a standby too: that is commits only, and
// there is an answer while the task is away. Who wrote a record and says where it is waits until the answer
// has it. A global table is whole on every host, and asked where the question is. What cannot be answered now is asked again until the time is over.

import type { StoreQuestion, StoreRow, StoreRows } from '#actors/host/messages'
import type { Bound } from '#actors/query/bound'
import { globalPlaceOf, placeOf, taskOfKey, tasksOfStore } from '#actors/query/route'
import { rowKeySerde } from '#actors/query/store-rows'
import { compareBytes } from '#protocols/core/bytes'
import type { Clock } from '#protocols/core/clock'
import { isMillraceError, MillraceError } from '#protocols/core/errors'
import type { Windowed } from '#protocols/records/windowed'
import { decoded, encoded } from '#protocols/serdes/whole'
import type { StoreSpec } from '#stores/store'
import { type Duration, durationMs } from '../dsl/duration.ts'
import type { Group } from './group.ts'
import type { PlannedTopology } from './planned-topology.ts'

export interface StoreQuery<K, V> {
  /** Of the store's keys. */
  readonly keySerde: string
  /** How a key is written without its window; undefined where the store has no windows. */
  readonly windowKeySerde: string | undefined
  /** The value under the key, or undefined. */
  get(key: K, options?: ReadOptions): Promise<V | undefined>
  /** As `get`, and how fresh the answer is. */
  read(key: K, options?: ReadOptions): Promise<Read<V>>
  /** Rows in the order of their serialised keys. */
  range(options?: RangeOptions<K>): Promise<readonly (readonly [K, V])[]>
  /** As `range`, with the event time of each row where the store keeps it. */
  rows(options?: RangeOptions<K>): Promise<readonly QueriedRow<K, V>[]>
  /** As `rows`, and how fresh the answer is as a whole. */
  scan(options?: RangeOptions<K>): Promise<Scan<K, V>>
  /**
   * Of a store with windows: those of one key, in order of time.
   * @throws MillraceError STORE_UNFIT where it has none
   */
  fetch(key: WindowKey<K>, options?: FetchOptions): Promise<Scan<K, V>>
}

/** The key inside a windowed key. */
export type WindowKey<K> = K extends Windowed<infer Inner> ? Inner : unknown

/** Where a record is. */
export interface RecordPlace {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

export interface ReadOptions {
  /**
   * Take the answer of a standby that is at most so many changes behind the commits of its task.
   * Default: the task itself answers, and is waited for while it is away.
   */
  readonly maxLag?: number | undefined
  /**
   * Take any answer, a standby's too, that provably has everything that was committed so long before it was
   * asked for: '500ms'; 0 is everything so far. The broker is asked where the commit log ends, at most
   * that often. Default: that is not asked.
   */
  readonly maxAge?: Duration | undefined
  /**
   * The answer has what became of these records, of topics that the store's sub-topology reads: your own
   * write, by the place that `produce` or a reader told. What a step still holds back (a call of mapAsync,
   * suppress) may be missing.
   */
  readonly atLeast?: RecordPlace | readonly RecordPlace[] | undefined
  /** How long to ask again while there is no such answer. Default 10 s, and in the testkit 0. */
  readonly timeout?: Duration | undefined
}

/** How fresh an answer is; of several parts, the worst of them. */
export interface Freshness {
  /** Changes; 0 when the tasks themselves answered. Of a global table: records of its topic. */
  readonly lag: number
  /** It has everything that was committed so many ms before it was asked for; null without `maxAge`. */
  readonly ageMs: number | null
  /** Of each input, the last record that the answer has: as `atLeast`, they keep reads from going back. */
  readonly positions: readonly RecordPlace[]
}

export interface Read<V> extends Freshness {
  readonly value: V | undefined
}

export interface Scan<K, V> extends Freshness {
  readonly rows: readonly QueriedRow<K, V>[]
}

export interface QueriedRow<K, V> {
  readonly key: K
  readonly value: V
  /** Ms. */
  readonly time: number | undefined
  /** Where `maxLag` or `maxAge` was said: changes that the row's part was behind. */
  readonly lag?: number | undefined
}

export interface RangeOptions<K> extends ReadOptions {
  /** Inclusive; absent is open. */
  readonly from?: K | undefined
  /** Inclusive; absent is open. */
  readonly to?: K | undefined
  /** Most rows; default 1,000. */
  readonly limit?: number | undefined
}

export interface FetchOptions extends ReadOptions {
  /** Windows that start here or later, sessions that end here or later; ms. Default: all. */
  readonly earliest?: number | undefined
  /** Windows and sessions that start here or before; ms. Default: all. */
  readonly latest?: number | undefined
  /** Most rows; default 1,000. */
  readonly limit?: number | undefined
}

export interface QueryParts {
  readonly group: Group
  readonly clock: Clock
  readonly topologies: () => Iterable<PlannedTopology>
  /** How long to wait for a part that is being moved or restarted, ms. */
  readonly patienceMs: number
}

const PAUSE_MS = 20
const ROWS = 1000

/** @throws MillraceError STORE_UNKNOWN */
export function storeQuery<K, V>(store: string, parts: QueryParts): StoreQuery<K, V> {
  const keepers = keepersOf(store, parts)
  const { spec } = keepers
  const key = rowKeySerde(spec)
  const hasWindows = spec.kind === 'window' || spec.kind === 'session'
  const rowOf = (row: StoreRow): QueriedRow<K, V> => ({
    // The caller says what the store holds; serdes hold them to it.
    key: decoded(key, row.key) as K,
    value: decoded(spec.value, row.value) as V,
    time: row.time,
  })
  const asked = (of: readonly Keeper[], ask: Ask, options: ReadOptions): Promise<Found> => {
    const bound = boundOf(keepers, options)
    return everyPart(
      parts,
      of.map((keeper) => () => keeper(ask, bound)),
      options,
    )
  }
  const scanOf = ({ rows, ...fresh }: Found, limit: number, options: ReadOptions): Scan<K, V> => {
    const isStale = options.maxLag !== undefined || options.maxAge !== undefined
    const shown = rows
      .slice(0, limit)
      .map(({ row, lag }) => (isStale ? { ...rowOf(row), lag } : rowOf(row)))
    return { rows: shown, ...fresh }
  }
  const scan = async (options: RangeOptions<K> = {}): Promise<Scan<K, V>> => {
    const { from, to, limit = ROWS } = options
    const bound = (at: K | undefined) => (at === undefined ? undefined : encoded(key, at))
    const ask = { from: bound(from), to: bound(to), limit }
    return scanOf(await asked(keepers.all(), ask, options), limit, options)
  }
  const read = async (wanted: K, options: ReadOptions = {}): Promise<Read<V>> => {
    const bytes = encoded(key, wanted)
    const placed = bytes.subarray(0, bytes.length - (key.unplacedBytes ?? 0))
    const found = await asked(keepers.of(placed), { get: bytes }, options)
    const { rows, ...fresh } = found
    const [first] = rows
    return { value: first === undefined ? undefined : rowOf(first.row).value, ...fresh }
  }
  const fetch = async (wanted: unknown, options: FetchOptions = {}): Promise<Scan<K, V>> => {
    if (!hasWindows) throw storeUnfit(store)
    const { earliest = 0, latest = Number.MAX_SAFE_INTEGER, limit = ROWS } = options
    const bytes = encoded(spec.key, wanted)
    const ask = { fetch: bytes, earliest, latest, limit }
    return scanOf(await asked(keepers.of(bytes), ask, options), limit, options)
  }
  const rows = async (options?: RangeOptions<K>) => (await scan(options)).rows
  return {
    ...{ scan, rows, read, fetch, keySerde: key.name },
    windowKeySerde: hasWindows ? spec.key.name : undefined,
    get: async (wanted, options) => (await read(wanted, options)).value,
    range: async (options) => (await rows(options)).map((row) => [row.key, row.value] as const),
  }
}

type Ask = StoreQuestion['ask']

/** Who has a part of a store. */
type Keeper = (ask: Ask, bound: Bound) => Promise<StoreRows>

interface Keepers {
  readonly spec: StoreSpec
  /** Topics that the store is made of. */
  readonly inputs: readonly string[]
  /** Who has a key, serialised without its window. */
  of(key: Uint8Array): readonly Keeper[]
  all(): readonly Keeper[]
}

/** @throws MillraceError STORE_UNKNOWN */
function keepersOf(store: string, { group, topologies }: QueryParts): Keepers {
  const place = placeOf(store, topologies())
  if (place !== null) {
    const keeper =
      (task: string): Keeper =>
      (ask, bound) =>
        group.rows({ task, store, ask, ...bound })
    return {
      ...{ spec: place.spec, inputs: place.inputs },
      of: (key) => [keeper(taskOfKey(place, key))],
      all: () => tasksOfStore(place).map(keeper),
    }
  }
  const global = globalPlaceOf(store, topologies())
  if (global === null) throw storeUnknown(store, topologies())
  const { spec, inputs, topology } = global
  const here: Keeper = async (ask, bound) => {
    if ('fetch' in ask) throw storeUnfit(store)
    return group.globalRows({ topology, store, ask, ...bound })
  }
  return { spec, inputs, of: () => [here], all: () => [here] }
}

/** @throws MillraceError DURATION_INVALID, POSITION_FOREIGN */
function boundOf({ inputs, spec }: Keepers, { maxLag, maxAge, atLeast }: ReadOptions): Bound {
  const places = atLeast === undefined ? [] : [atLeast].flat()
  const foreign = places.find(({ topic }) => !inputs.includes(topic))
  if (foreign !== undefined) throw positionForeign(spec.name, foreign.topic, inputs)
  return {
    maxLag,
    maxAgeMs: maxAge === undefined ? undefined : durationMs(maxAge, 'the age of an answer'),
    atLeast: places.map(({ topic, partition, offset }) => ({ topic, partition, next: offset + 1 })),
  }
}

interface Found extends Freshness {
  readonly rows: readonly { readonly row: StoreRow; readonly lag: number }[]
}

async function everyPart(
  parts: QueryParts,
  questions: readonly (() => Promise<StoreRows>)[],
  { timeout }: ReadOptions,
): Promise<Found> {
  const patienceMs =
    timeout === undefined ? parts.patienceMs : durationMs(timeout, 'the time to wait')
  const found = await Promise.all(questions.map((ask) => patiently({ ...parts, patienceMs }, ask)))
  const rows = found.flatMap(({ rows: of, lag }) => of.map((row) => ({ row, lag })))
  const ages = found.flatMap(({ ageMs }) => (ageMs === null ? [] : [ageMs]))
  return {
    // One part has its rows in the order that was asked for.
    rows: found.length === 1 ? rows : rows.sort((a, b) => compareBytes(a.row.key, b.row.key)),
    lag: Math.max(0, ...found.map(({ lag }) => lag)),
    ageMs: ages.length === 0 ? null : Math.max(...ages),
    positions: found.flatMap(({ positions }) =>
      positions
        .filter(({ next }) => next > 0)
        .map(({ topic, partition, next }) => ({ topic, partition, offset: next - 1 })),
    ),
  }
}

/** Tries again while a task is on its way, or not yet so far, until patience ends. */
async function patiently<T>({ clock, patienceMs }: QueryParts, ask: () => Promise<T>): Promise<T> {
  const endMs = clock.monotonic() + patienceMs
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      const canWait = isMillraceError(error) && error.retry === 'soon'
      if (!canWait || clock.monotonic() >= endMs) throw error
    }
    await new Promise<void>((resolve) => {
      clock.after(PAUSE_MS, resolve)
    })
  }
}

const storeUnfit = (store: string): MillraceError =>
  new MillraceError({
    code: 'STORE_UNFIT',
    what: `store '${store}' has no windows to fetch`,
    hint: 'Ask for its keys',
  })

const positionForeign = (store: string, topic: string, inputs: readonly string[]): MillraceError =>
  new MillraceError({
    code: 'POSITION_FOREIGN',
    what: `store '${store}' is not made of '${topic}', so it has no position there`,
    hint: `It is made of: ${inputs.join(', ')}`,
  })

function storeUnknown(store: string, topologies: Iterable<PlannedTopology>): MillraceError {
  const known = [...topologies].flatMap(({ plan: { subtopologies, globals = [] } }) => [
    ...subtopologies.flatMap(({ stores }) => stores.map(({ name }) => name)),
    ...globals.map((it) => it.store.name),
  ])
  return new MillraceError({
    code: 'STORE_UNKNOWN',
    what: `there is no store '${store}'`,
    hint: known.length > 0 ? `Stores here: ${known.join(', ')}` : 'No topology here keeps state',
  })
}
