// Rows by key in memory, in front of a table that holds many rows per key: what the write-behind cache
// is for single entries. A list holds the live rows of one key from some time on (its floor), in the
// order of time and tie; asking for older ones loads them. So what is near the end of a key's rows,
// where most reads and writes are, costs one look-up and no walk over the table.
//
// Invariants: (1) a list is complete from its floor on, but for rows too old to be asked for: of those
// it may hold some that are gone and lack some that are there; (2) a list that was written since the
// last seal is not evicted: what the table says of its key is out of date; but for one of which nothing
// is recent enough to be asked for; (3) `sealed` names every segment that may have rows in the table.

import { assert } from '#protocols/core/assert'
import type { Table } from '../engine/engine.ts'
import type { ChangelogSink, KeyRange } from '../store.ts'
import { ABSENT, Changes, CLEAN, emptySlot, type Slot } from './changes.ts'
import type { EntryCodec } from './codec.ts'
import { type Row, RowCodec, type RowLayout } from './row-codec.ts'

export type RowSlot<K, V> = Slot<Row<K>, V>

export interface RowList<K, V> {
  readonly key: K
  readonly bytes: Uint8Array
  rows: RowSlot<K, V>[]
  floor: number
  /** The latest time that was asked for or is there. */
  newest: number
  recent: boolean
  /** Seals that had begun when it was last written. */
  written: number
}

export interface RowListsOptions<K, V> {
  readonly table: Table
  readonly layout: RowLayout<K>
  readonly values: Omit<EntryCodec<unknown, V>, 'decodeKey'>
  /** Rows that may be held besides unsealed ones. */
  readonly rowsMax: number
  /** Bytes they may take, encoded, about, as of now; 64 MiB at most. */
  readonly bytesMax?: (() => number) | undefined
}

/** Inclusive bounds on time; absent keys are open. */
export interface RowRange<K> {
  readonly keys?: KeyRange<K> | undefined
  readonly from: number
  readonly to: number
  readonly reverse?: boolean | undefined
}

/** How far the deletion of a segment has come. */
interface Round {
  from: Uint8Array | undefined
  /** Seals that had begun when it did, or when it was over. */
  seals: number
  isOver: boolean
}

/** Lists that are looked at for each row that may be removed. */
const LOOKS = 2

export class RowLists<K, V> {
  readonly #codec: RowCodec<K>
  readonly #changes: Changes<Row<K>, V>
  readonly #rowsMax: number
  readonly #bytesMax: () => number
  readonly #lists = new Map<unknown, RowList<K, V>>()
  /** Goes on where it stood: each walk from the front would pass again over what was evicted there. */
  #hand = this.#lists.entries()
  #held = 0
  /** Seals that began, and how many had when the one began that was over last. */
  #seals = 0
  #sealedBefore = 0
  /** Null until the table was looked at: that is after it was restored. */
  #sealed: Set<number> | null = null
  /** Segments that rows were written to since the last seal began, and before that: null when it is over. */
  #written = new Set<number>()
  #sealing: Set<number> | null = null
  readonly #rounds = new Map<number, Round>()

  constructor(options: RowListsOptions<K, V>) {
    const { table, layout, values, rowsMax } = options
    const codec = new RowCodec(layout)
    this.#codec = codec
    this.#changes = new Changes(table, { ...values, decodeKey: (bytes) => codec.decodeKey(bytes) })
    this.#rowsMax = rowsMax
    this.#bytesMax = options.bytesMax ?? (() => Number.POSITIVE_INFINITY)
  }

  get pending(): number {
    return this.#changes.pending
  }

  get pendingBytes(): number {
    return this.#changes.pendingBytes
  }

  get #limit(): number {
    return this.#changes.entriesMax(this.#rowsMax, this.#bytesMax())
  }

  /** Rows and lists in memory. */
  get held(): number {
    return this.#held
  }

  /** The rows of a key, complete from `from` on. */
  list(key: K, from: number): RowList<K, V> {
    const identity = this.#codec.identity(key)
    return this.#reach(this.#lists.get(identity) ?? this.#admit(identity, key, from), from)
  }

  /** As `list`; null, and nothing is kept of the key, where no segment can have rows of it. */
  find(key: K, from: number): RowList<K, V> | null {
    const identity = this.#codec.identity(key)
    const list = this.#lists.get(identity)
    if (list !== undefined) return this.#reach(list, from)
    return this.#isSealedFrom(from) ? this.#reach(this.#admit(identity, key, from), from) : null
  }

  /** The row of that name, or a new one without a value that `write` will admit. */
  slot(key: K, time: number, tie: number): RowSlot<K, V> {
    const list = this.list(key, time)
    const { rows } = list
    // Most asked for is the newest row.
    const last = rows[rows.length - 1]
    if (last !== undefined && last.key.time === time && last.key.tie === tie) return last
    const found = rows[lowerBound(rows, time, tie)]
    if (found !== undefined && found.key.time === time && found.key.tie === tie) return found
    const bytes = this.#codec.rowBytes(list.bytes, time, tie)
    // The list is complete from there on.
    return emptySlot({ key: list.key, time, tie }, bytes, ABSENT)
  }

  /** Changes a row got from `slot`; undefined removes it. */
  write(slot: RowSlot<K, V>, value: V | undefined, time: number): void {
    const wasThere = slot.value !== undefined
    if (wasThere !== (value !== undefined) || slot.state === CLEAN) {
      if (!wasThere && value === undefined) return
      this.#place(slot, wasThere, value !== undefined)
    }
    this.#changes.write(slot, value, time)
  }

  stage(store: string, sink: ChangelogSink): void {
    this.#changes.stage(store, sink)
  }

  /** As of `Changes`. */
  seal(max?: number): boolean {
    const sealed = this.#sealedSegments()
    if (this.#sealing === null) {
      this.#sealing = this.#written
      this.#written = new Set()
      this.#seals++
    }
    const isOver = this.#changes.seal(max, ({ key }) => sealed.add(this.#codec.segment(key.time)))
    if (isOver) {
      this.#sealing = null
      this.#sealedBefore = this.#seals
      this.#evict(this.#held - this.#limit)
    }
    return isOver
  }

  restore(key: Uint8Array, value: Uint8Array | null): void {
    assert(this.#lists.size === 0, 'a store is restored before it is used')
    this.#changes.restore(key, value)
    this.#sealed = null
  }

  /**
   * Rows within bounds: by time, key, tie where there are segments, else by key, time, tie. Rows of
   * one segment are gathered before the first is seen.
   */
  *walk(range: RowRange<K>): Generator<RowSlot<K, V>> {
    const { from, to, reverse = false } = range
    for (const segment of this.#segmentsWithin(from, to, reverse)) {
      if (this.#codec.isSegmented) yield* this.#gathered(segment, range)
      else yield* this.#within(segment, range, reverse)
    }
  }

  /**
   * Removes rows before `time`, at most so many: at once those that are not sealed yet, by whole segments
   * those that are. Lets go of lists that have nothing later. Such rows must not be written or asked for
   * again. Returns how many rows.
   */
  expire(time: number, rowsMax: number): number {
    this.#letGo(time, rowsMax * LOOKS)
    let left = rowsMax - this.#changes.recall((slot) => slot.key.time < time, rowsMax)
    const first = this.#codec.segment(Math.max(0, time))
    for (const segment of this.#sealedWithin(0, time)) {
      if (segment >= first || left <= 0) break
      left -= this.#expireSegment(segment, left)
    }
    return rowsMax - left
  }

  /** Rows in the order of their bytes, from some bytes on. For sweeps. */
  sweep(from: Uint8Array | undefined): Iterable<RowSlot<K, V>> {
    return this.#changes.range(from, undefined, false)
  }

  /** Removes a row that nobody asks for any more. */
  forget(slot: RowSlot<K, V>): void {
    this.#changes.write(slot, undefined, slot.time)
  }

  /** Exact, rows that wait to be expired included. */
  count(): number {
    return this.#changes.count()
  }

  /** Lets go of rows of a list that are before `time` and will not be asked for. */
  trim(list: RowList<K, V>, time: number): void {
    const { rows } = list
    const [first] = rows
    if (first === undefined || first.key.time >= time) return
    const dead = lowerBound(rows, time, 0)
    // Few at a time would move the rest each time.
    if (dead < 16 || dead * 2 < rows.length) return
    rows.splice(0, dead)
    this.#held -= dead
  }

  /** The walk goes by key; sorting keeps that order within a time. */
  #gathered(segment: number, range: RowRange<K>): RowSlot<K, V>[] {
    const found = [...this.#within(segment, range, false)]
    found.sort((a, b) => a.key.time - b.key.time)
    return range.reverse === true ? found.reverse() : found
  }

  *#within(
    segment: number,
    { keys, from, to }: RowRange<K>,
    reverse: boolean,
  ): Generator<RowSlot<K, V>> {
    const codec = this.#codec
    const low =
      keys?.from === undefined
        ? codec.segmentStart(segment)
        : codec.from(segment, codec.keyBytes(keys.from), 0)
    const high =
      keys?.to === undefined
        ? codec.segmentStart(segment + 1)
        : codec.after(segment, codec.keyBytes(keys.to))
    for (const slot of this.#changes.range(low, high, reverse)) {
      if (slot.key.time >= from && slot.key.time <= to) yield slot
    }
  }

  #admit(identity: unknown, key: K, from: number): RowList<K, V> {
    const bytes = this.#codec.keyBytes(key)
    const floor = Number.MAX_SAFE_INTEGER
    const list = { key, bytes, rows: [], floor, newest: from, recent: true, written: -1 }
    // Before it is there itself: what is handed out is not evicted by its own coming.
    if (this.#held > this.#limit + 64) this.#evict(64)
    this.#lists.set(identity, list)
    this.#held++
    return list
  }

  /** What is asked for is there, and stays for now. */
  #reach(list: RowList<K, V>, from: number): RowList<K, V> {
    list.recent = true
    if (from > list.newest) list.newest = from
    if (from < list.floor) this.#extend(list, from)
    return list
  }

  #extend(list: RowList<K, V>, from: number): void {
    const older: RowSlot<K, V>[] = []
    const to = list.floor
    for (const segment of this.#sealedWithin(from, to)) {
      const start = this.#codec.from(segment, list.bytes, from)
      const end = isLast(to)
        ? this.#codec.after(segment, list.bytes)
        : this.#codec.from(segment, list.bytes, to)
      for (const slot of this.#changes.sealed(start, end)) older.push(slot)
    }
    if (older.length > 0) list.rows.unshift(...older)
    this.#held += older.length
    list.floor = from
    list.newest = Math.max(list.newest, older.at(-1)?.key.time ?? 0)
  }

  #place(slot: RowSlot<K, V>, wasThere: boolean, isThere: boolean): void {
    const { key, time, tie } = slot.key
    const list = this.list(key, time)
    list.written = this.#seals
    const { rows } = list
    const at = lowerBound(rows, time, tie)
    const found = rows[at]
    const isFound = found !== undefined && found.key.time === time && found.key.tie === tie
    if (isThere) {
      if (isFound) {
        // Asked for before this one was there.
        if (found !== slot) slot.absent = 0
        rows[at] = slot
      } else {
        // An array that is pushed to has room for seventeen; many keys have one row.
        if (rows.length === 0) list.rows = [slot]
        else if (at === rows.length) rows.push(slot)
        else rows.splice(at, 0, slot)
        this.#held++
      }
      this.#written.add(this.#codec.segment(time))
    } else if (wasThere && isFound) {
      rows.splice(at, 1)
      this.#held--
    }
  }

  /** Of lists that are over, whether they are sealed or not: their rows are deleted from the table. */
  #letGo(time: number, looks: number): void {
    for (let left = Math.min(looks, this.#lists.size); left > 0; left--) {
      const next = this.#hand.next()
      if (next.done) this.#hand = this.#lists.entries()
      else if (next.value[1].newest < time) this.#drop(...next.value)
    }
  }

  #drop(identity: unknown, list: RowList<K, V>): void {
    this.#held -= list.rows.length + 1
    this.#lists.delete(identity)
  }

  /** A clock over lists: those touched since it passed, or not sealed, get another round. */
  #evict(count: number): void {
    let wanted = count
    for (let looks = Math.min(count * 4, this.#lists.size * 2); looks > 0; looks--) {
      if (wanted <= 0) return
      const next = this.#hand.next()
      if (next.done) {
        this.#hand = this.#lists.entries()
        continue
      }
      const [identity, list] = next.value
      if (list.written < this.#sealedBefore && !list.recent) {
        wanted -= list.rows.length + 1
        this.#drop(identity, list)
      } else list.recent = false
    }
  }

  #sealedSegments(): Set<number> {
    if (this.#sealed === null) {
      this.#sealed = new Set()
      let from: Uint8Array | undefined
      for (;;) {
        const [first] = this.#changes.sealed(from, undefined)
        if (first === undefined) break
        const segment = this.#codec.segmentOf(first.bytes)
        this.#sealed.add(segment)
        from = this.#codec.segmentStart(segment + 1)
        if (from === undefined) break
      }
    }
    return this.#sealed
  }

  #segmentsWithin(from: number, to: number, reverse: boolean): number[] {
    const all = new Set([...this.#sealedSegments(), ...(this.#sealing ?? []), ...this.#written])
    const within = this.#among(all, from, to)
    return reverse ? within.reverse() : within
  }

  #sealedWithin(from: number, to: number): number[] {
    return this.#among(this.#sealedSegments(), from, to)
  }

  #isSealedFrom(from: number): boolean {
    const low = this.#codec.segment(Math.max(0, from))
    for (const it of this.#sealedSegments()) if (it >= low) return true
    return false
  }

  #among(segments: ReadonlySet<number>, from: number, to: number): number[] {
    const [low, high] = [this.#codec.segment(Math.max(0, from)), this.#codec.segment(to)]
    const within: number[] = []
    for (const it of segments) if (it >= low && it <= high) within.push(it)
    return within.length > 1 ? within.sort((a, b) => a - b) : within
  }

  /**
   * Goes over the table only, from where it came to before. What is not sealed yet makes the segment one
   * that has rows again; so it is done with when a round from its start finds nothing.
   */
  #expireSegment(segment: number, rowsMax: number): number {
    const start = this.#codec.segmentStart(segment)
    let round = this.#rounds.get(segment)
    if (round === undefined || (round.isOver && round.seals !== this.#seals)) {
      round = { from: start, seals: this.#seals, isOver: false }
      this.#rounds.set(segment, round)
    }
    if (round.isOver) return 0
    const isAtStart = round.from === start
    let count = 0
    for (const slot of this.#changes.sealed(round.from, this.#codec.segmentStart(segment + 1))) {
      if (count >= rowsMax) {
        round.from = slot.bytes
        return count
      }
      this.#changes.write(slot, undefined, slot.time)
      count++
    }
    round.isOver = true
    round.seals = this.#seals
    if (isAtStart && count === 0) {
      this.#rounds.delete(segment)
      this.#sealedSegments().delete(segment)
    }
    return count
  }
}

/** Index of the first row at or after a place in the order of time and tie. */
export function lowerBound<K, V>(
  rows: readonly RowSlot<K, V>[],
  time: number,
  tie: number,
): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const row = rows[middle]?.key
    assert(row !== undefined, 'the middle is between the ends')
    if (row.time < time || (row.time === time && row.tie < tie)) low = middle + 1
    else high = middle
  }
  return low
}

const isLast = (floor: number): boolean => floor === Number.MAX_SAFE_INTEGER
