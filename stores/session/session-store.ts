// The session store: by key and the bounds of a session, both inclusive, expired by end. A session is a
// row at its end's time, told apart by its start (cache/row-codec.ts), in segments of half the
// retention, so that both finding sessions near a time and dropping old ones are short walks.
//
// Source of the semantics: Kafka Streams SessionStore. A session is past its retention when its end is
// before newest end - retention + 1; then it is not read, and a put of it is refused and counted.
//
// Invariant: the newest end (cell `time`) is committed with the rows.

import { assert } from '#protocols/core/assert'
import { CACHE_ENTRIES, changelogOf } from '../cache/changes.ts'
import { keyValueCodec } from '../cache/codec.ts'
import { Expiry } from '../cache/expiry.ts'
import { lowerBound, RowLists } from '../cache/row-lists.ts'
import type {
  ChangelogSink,
  KeyRange,
  Session,
  SessionRow,
  SessionSpec,
  SessionStore,
  StoreLifecycle,
  StorePorts,
  WalkOptions,
} from '../store.ts'

const EVER = Number.MAX_SAFE_INTEGER

export class SessionStoreImpl<K, V> implements SessionStore<K, V>, StoreLifecycle {
  readonly spec: SessionSpec
  readonly #rows: RowLists<K, V>
  readonly #expiry: Expiry

  constructor(spec: SessionSpec<K, V>, ports: StorePorts) {
    // A spec's serdes are only ever used with the keys and values of its own store.
    this.spec = spec as SessionSpec
    this.#expiry = new Expiry(spec.retentionMs, ports.cell('time'))
    this.#rows = new RowLists<K, V>({
      table: ports.table,
      layout: { key: spec.key, segmentMs: this.#expiry.segmentMs, hasTie: true },
      values: keyValueCodec(spec.key, spec.value, false),
      rowsMax: spec.cacheEntriesMax ?? CACHE_ENTRIES,
      bytesMax: ports.cacheBytes,
    })
  }

  get pending(): number {
    return this.#rows.pending
  }

  get pendingBytes(): number {
    return this.#rows.pendingBytes
  }

  /** Newest end ever put; -1 before the first. */
  get observedTime(): number {
    return this.#expiry.observed
  }

  /** Puts that were refused since the store was opened. */
  get expired(): number {
    return this.#expiry.refused
  }

  put({ key, start, end }: Session<K>, value: V | null | undefined): boolean {
    assert(start >= 0 && start <= end, 'a session starts before it ends')
    if (!this.#expiry.admits(end)) return false
    this.#rows.write(this.#rows.slot(key, end, start), value ?? undefined, end)
    this.#expiry.step(this.#rows)
    return true
  }

  remove({ key, start, end }: Session<K>): void {
    if (end < this.#expiry.liveFrom) return
    this.#rows.write(this.#rows.slot(key, end, start), undefined, end)
  }

  fetchSession(key: K, start: number, end: number): V | undefined {
    return end < this.#expiry.liveFrom ? undefined : this.#rows.slot(key, end, start).value
  }

  fetch(key: K): readonly SessionRow<K, V>[] {
    return this.findSessions(key, 0, EVER)
  }

  backwardFetch(key: K): readonly SessionRow<K, V>[] {
    return this.findSessions(key, 0, EVER, { reverse: true })
  }

  findSessions(
    key: K,
    earliestEnd: number,
    latestStart: number,
    options?: WalkOptions,
  ): readonly SessionRow<K, V>[] {
    const low = Math.max(0, earliestEnd, this.#expiry.liveFrom)
    const list = this.#rows.list(key, low)
    this.#rows.trim(list, this.#expiry.liveFrom)
    const { rows } = list
    const found: SessionRow<K, V>[] = []
    for (let i = lowerBound(rows, low, 0); i < rows.length; i++) {
      const slot = rows[i]
      if (slot?.value === undefined || slot.key.tie > latestStart) continue
      found.push({ key, start: slot.key.tie, end: slot.key.time, value: slot.value })
    }
    return options?.reverse === true ? found.reverse() : found
  }

  *findSessionsOfKeys(
    keys: KeyRange<K>,
    earliestEnd: number,
    latestStart: number,
    options?: WalkOptions,
  ): Generator<SessionRow<K, V>> {
    const from = Math.max(0, earliestEnd, this.#expiry.liveFrom)
    const walk = { keys, from, to: EVER, reverse: options?.reverse }
    for (const { key: row, value } of this.#rows.walk(walk)) {
      if (value === undefined || row.tie > latestStart) continue
      yield { key: row.key, start: row.tie, end: row.time, value }
    }
  }

  fetchKeys(keys: KeyRange<K>, options?: WalkOptions): Iterable<SessionRow<K, V>> {
    return this.findSessionsOfKeys(keys, 0, EVER, options)
  }

  all(options?: WalkOptions): Iterable<SessionRow<K, V>> {
    return this.findSessionsOfKeys({}, 0, EVER, options)
  }

  /** Exact, but for sessions past their retention that wait to be deleted. */
  approximateCount(): number {
    return this.#rows.count()
  }

  stage(sink: ChangelogSink): void {
    this.#rows.stage(this.spec.name, changelogOf(this.spec, sink))
  }

  seal(max?: number): boolean {
    return this.#rows.seal(max)
  }

  restore(key: Uint8Array, value: Uint8Array | null): void {
    this.#rows.restore(key, value)
  }
}
