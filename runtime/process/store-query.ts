// Interactive queries: a store as one map, wherever its parts are. Keys are sent to the task that has
// them; ranges ask every part and merge. Reads see what a task has processed, its last commit and what
// came since. Who allows for some lag is answered by a standby too: that is commits only, and there is an
// answer while the task is away.

import type { StoreQuestion, StoreRow } from '#actors/host/messages'
import { placeOf, type StorePlace, taskOfKey, tasksOfStore } from '#actors/query/route'
import { rowKeySerde } from '#actors/query/store-rows'
import { compareBytes } from '#protocols/core/bytes'
import type { Clock } from '#protocols/core/clock'
import { isMillraceError, MillraceError } from '#protocols/core/errors'
import { decoded, encoded } from '#protocols/serdes/whole'
import type { Group } from './group.ts'
import type { PlannedTopology } from './planned-topology.ts'

export interface StoreQuery<K, V> {
  /** Of the store's keys. */
  readonly keySerde: string
  /** The value under the key, or undefined. */
  get(key: K, options?: ReadOptions): Promise<V | undefined>
  /** As `get`, and how far behind the answer was. */
  read(key: K, options?: ReadOptions): Promise<Read<V>>
  /** Rows in the order of their serialised keys. */
  range(options?: RangeOptions<K>): Promise<readonly (readonly [K, V])[]>
  /** As `range`, with the event time of each row where the store keeps it. */
  rows(options?: RangeOptions<K>): Promise<readonly QueriedRow<K, V>[]>
}

export interface ReadOptions {
  /**
   * Take the answer of a standby that is at most so many changes behind the commits of its task.
   * Default: the task itself answers, and is waited for while it is away.
   */
  readonly maxLag?: number | undefined
}

export interface Read<V> {
  readonly value: V | undefined
  /** Changes; 0 when the task itself answered. */
  readonly lag: number
}

export interface QueriedRow<K, V> {
  readonly key: K
  readonly value: V
  /** Ms. */
  readonly time: number | undefined
  /** Where `maxLag` was said: changes that the row's part was behind. */
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

export interface QueryParts {
  readonly group: Group
  readonly clock: Clock
  readonly topologies: () => Iterable<PlannedTopology>
  /** How long to wait for a part that is being moved or restarted, ms. */
  readonly patienceMs: number
}

const PAUSE_MS = 20

/** @throws MillraceError STORE_UNKNOWN */
export function storeQuery<K, V>(store: string, parts: QueryParts): StoreQuery<K, V> {
  const place = placeOf(store, parts.topologies())
  if (place === null) throw storeUnknown(store, parts.topologies())
  const { value } = place.spec
  const key = rowKeySerde(place.spec)
  const rowOf = (row: StoreRow): QueriedRow<K, V> => ({
    // The caller says what the store holds; serdes hold them to it.
    key: decoded(key, row.key) as K,
    value: decoded(value, row.value) as V,
    time: row.time,
  })
  const rows = async (options: RangeOptions<K> = {}): Promise<QueriedRow<K, V>[]> => {
    const { from, to, limit = 1000, maxLag } = options
    const bound = (at: K | undefined) => (at === undefined ? undefined : encoded(key, at))
    const ask = { from: bound(from), to: bound(to), limit }
    const found = await everyPart(parts, place, (task) => ({ task, store, ask, maxLag }))
    return found
      .slice(0, limit)
      .map(({ row, lag }) => (maxLag === undefined ? rowOf(row) : { ...rowOf(row), lag }))
  }
  const read = async (wanted: K, { maxLag }: ReadOptions = {}): Promise<Read<V>> => {
    const bytes = encoded(key, wanted)
    const placed = bytes.subarray(0, bytes.length - (key.unplacedBytes ?? 0))
    const question = { task: taskOfKey(place, placed), store, ask: { get: bytes }, maxLag }
    const { rows: found, lag } = await patiently(parts, () => parts.group.rows(question))
    const [row] = found
    return { value: row === undefined ? undefined : rowOf(row).value, lag }
  }
  return {
    rows,
    read,
    keySerde: key.name,
    get: async (wanted, options) => (await read(wanted, options)).value,
    range: async (options) => (await rows(options)).map((row) => [row.key, row.value] as const),
  }
}

interface FoundRow {
  readonly row: StoreRow
  readonly lag: number
}

async function everyPart(
  parts: QueryParts,
  place: StorePlace,
  question: (task: string) => StoreQuestion,
): Promise<FoundRow[]> {
  const each = tasksOfStore(place).map((task) =>
    patiently(parts, () => parts.group.rows(question(task))),
  )
  const found = (await Promise.all(each)).flatMap(({ rows, lag }) =>
    rows.map((row) => ({ row, lag })),
  )
  return found.sort((a, b) => compareBytes(a.row.key, b.row.key))
}

/** Tries again while a task is on its way, until patience ends. */
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

function storeUnknown(store: string, topologies: Iterable<PlannedTopology>): MillraceError {
  const known = [...topologies].flatMap(({ plan }) =>
    plan.subtopologies.flatMap(({ stores }) => stores.map(({ name }) => name)),
  )
  return new MillraceError({
    code: 'STORE_UNKNOWN',
    what: `there is no store '${store}'`,
    hint: known.length > 0 ? `Stores here: ${known.join(', ')}` : 'No topology here keeps state',
  })
}
