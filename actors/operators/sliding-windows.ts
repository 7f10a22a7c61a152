// Aggregations over sliding windows. Records make the windows: each has the window that ends at it (its
// left one), and the one that begins just after it (its right one) once there is a record in that.
// Both ends are inclusive, so windows are `difference` long and hold records that far apart.
//
// Source of the semantics: Kafka Streams KStreamSlidingWindowAggregate. Null keys and values are
// dropped and counted. A record whose right window is closed is late as a whole; otherwise each closed
// window it lies in is a drop. A window is closed when end < clock - grace. Records earlier than
// `difference` share the window [0, difference], as none starts before 0.
//
// Invariant: of all records of a key that were folded in, each set that some window of that length can
// hold has a row of its own: rows of neighbouring windows differ by the records at their ends.

import type { Windowed } from '#protocols/records/windowed'
import { decoded, encoded } from '#protocols/serdes/whole'
import type { WindowEntry, WindowStore } from '#stores/store'
import type { Change, NodeContext, Receive } from '../topology/node.ts'
import type { SlidingWindows } from '../topology/windows.ts'
import { ClosingWindows } from './closing-windows.ts'
import {
  guardedFold,
  type WindowFold,
  type WindowOutputs,
  type WindowSetup,
  windowOutputs,
} from './window-folds.ts'

export const foldSlidingWindows =
  <K, V, A>({ differenceMs, graceMs }: SlidingWindows, setup: WindowSetup<K, V, A>) =>
  (context: NodeContext): Receive<K | null, V | null> => {
    const clock = context.cell('time', -1)
    const out = windowOutputs(context, setup)
    const slide = new Slide<K, V, A>(context, differenceMs, setup, out)
    context.onIdle((time) => {
      if (time > clock.value) clock.value = time
      slide.close(clock.value - graceMs)
    })
    return (key, value, time) => {
      if (key === null) return context.drop('null-key')
      if (value === null) return context.drop('null-value')
      if (time > clock.value) clock.value = time
      const closeTime = clock.value - graceMs
      // Windows that close now take nothing of this record: they may go first.
      slide.close(closeTime)
      if (time + differenceMs < closeTime) {
        context.drop('late')
        return out.late(key, value, time)
      }
      const arrival = { key, value, time, closeTime }
      if (time < differenceMs) slide.early(arrival)
      else slide.fold(arrival)
    }
  }

/** A record to fold in, and the time before which windows are closed. */
interface Arrival<K, V> {
  readonly key: K
  readonly value: V
  readonly time: number
  readonly closeTime: number
}

/** What the windows around a record tell, before it is folded in. */
interface Found<A> {
  readonly starts: Set<number>
  /** The newest record before this one. */
  previous: number | null
  /** The newest window that ends before the record. */
  left: WindowEntry<A> | null
  /** The record's left window was there. */
  hasLeft: boolean
  /** What the record's right window is to hold; null when it is there, or would be empty. */
  right: WindowEntry<A> | null
  /** A record of that time was here before, and made what there is to make. */
  isRepeated: boolean
}

class Slide<K, V, A> {
  readonly #context: NodeContext
  readonly #differenceMs: number
  readonly #kept: WindowStore<K, A>
  readonly #fold: WindowFold<K, V, A>
  readonly #out: WindowOutputs<K, V, A>
  readonly #copy: (value: A) => A
  /** Null where results go on with every record. */
  readonly #closing: ClosingWindows<K> | null

  constructor(
    context: NodeContext,
    differenceMs: number,
    setup: WindowSetup<K, V, A>,
    out: WindowOutputs<K, V, A>,
  ) {
    this.#context = context
    this.#differenceMs = differenceMs
    this.#kept = context.storeOf<K, A, 'window'>(setup.store, 'window')
    this.#fold = guardedFold(context.node, setup.fold)
    this.#out = out
    this.#closing = setup.emit === 'on-close' ? this.#closes(setup) : null
    // An aggregate that two windows begin with must not be changed in place by one of them.
    this.#copy = (value) =>
      typeof value === 'object' ? decoded(setup.value, encoded(setup.value, value)) : value
  }

  close(closeTime: number): void {
    this.#closing?.close(closeTime, (window) => {
      const row = this.#kept.getTimestamped(window.key, window.start)
      if (row !== undefined) this.#out.close(window, { before: null, after: row.value }, row.time)
    })
  }

  fold(arrival: Arrival<K, V>): void {
    const { key, time } = arrival
    const difference = this.#differenceMs
    const rows = this.#kept.fetch(key, Math.max(0, time - 2 * difference), time + 1)
    const found = this.#look(rows, time)
    for (const row of rows) {
      const covers = row.start <= time && row.start + difference >= time
      if (covers) this.#update(arrival, row)
    }
    if (found.isRepeated) return
    const { previous, left } = found
    this.#beginAfter(previous, arrival, found)
    if (!found.hasLeft) {
      const isAlone = previous === null || previous < time - difference || left === null
      const base = isAlone ? undefined : this.#copy(left.value)
      this.#begin(arrival, time - difference, base)
    }
    this.#makeRight(key, time, found)
  }

  early(arrival: Arrival<K, V>): void {
    const { key, time } = arrival
    const rows = this.#kept.fetch(key, 0, time + 1)
    const found = this.#look(rows, time)
    // All early records are in the window that begins at 0.
    const shared = rows[0]?.start === 0 ? rows[0] : null
    const previous = shared !== null && shared.time < time ? shared.time : null
    for (const row of rows) {
      if (row !== shared && row.start <= time) this.#update(arrival, row)
    }
    this.#makeRight(key, time, found)
    this.#beginAfter(previous, arrival, found)
    if (shared === null) this.#begin(arrival, 0)
    else this.#update(arrival, shared)
  }

  /** @param rows those that can touch the record's windows, by start */
  #look(rows: readonly WindowEntry<A>[], time: number): Found<A> {
    const starts = new Set<number>()
    const found: Found<A> = {
      ...{ starts, previous: null, left: null, hasLeft: false, right: null, isRepeated: false },
    }
    let over: WindowEntry<A> | null = null
    for (const row of rows) {
      const end = row.start + this.#differenceMs
      starts.add(row.start)
      if (end < time) {
        found.left = row
        found.previous = row.time
      } else if (end === time) {
        found.hasLeft = true
        found.isRepeated = row.time >= time
        if (!found.isRepeated) found.previous = row.time
      } else if (row.start <= time) over = row
    }
    // A copy from before the record is folded in: its right window does not hold it.
    if (over !== null && over.time > time && !starts.has(time + 1)) {
      found.right = { ...over, value: this.#copy(over.value) }
    }
    return found
  }

  /** The right window of the record before, if it is new and this record lies in it. */
  #beginAfter(previous: number | null, arrival: Arrival<K, V>, { starts }: Found<A>): void {
    if (previous === null || starts.has(previous + 1)) return
    if (previous + 1 + this.#differenceMs < arrival.time) return
    this.#begin(arrival, previous + 1)
  }

  #makeRight(key: K, time: number, { right }: Found<A>): void {
    if (right === null) return
    this.#put(key, time + 1, { before: null, after: right.value }, right.time)
  }

  /**
   * A window that was not there, from what other records in it come to. The right window of the record
   * before may be the left one of this: then it is made, and said, twice.
   */
  #begin({ key, value, time, closeTime }: Arrival<K, V>, start: number, base?: A): void {
    if (start + this.#differenceMs < closeTime) return this.#context.drop('late')
    const before = this.#kept.fetch(key, start) ?? null
    const after = this.#fold.update(base ?? this.#fold.initialize(), value, key)
    this.#put(key, start, { before, after }, time)
  }

  #update({ key, value, time, closeTime }: Arrival<K, V>, row: WindowEntry<A>): void {
    if (row.start + this.#differenceMs < closeTime) return this.#context.drop('late')
    const after = this.#fold.update(row.value, value, key)
    this.#put(key, row.start, { before: row.value, after }, Math.max(time, row.time))
  }

  #put(key: K, start: number, change: Change<A>, time: number): void {
    const window = this.#windowed(key, start)
    this.#kept.put(key, change.after, start, time)
    this.#closing?.note(window)
    this.#out.update(window, change, time)
  }

  #closes({ key }: WindowSetup<K, V, A>): ClosingWindows<K> {
    const [kept, difference] = [this.#kept, this.#differenceMs]
    const rows = (from: number, to: number) =>
      kept.fetchAll(Math.max(0, from - difference), to - difference - 1)
    return new ClosingWindows<K>({
      ...{ key, closed: this.#context.cell('closed', -1), aheadMs: difference / 4 },
      *walk(from, to) {
        for (const { key, start } of rows(from, to)) yield { key, start, end: start + difference }
      },
    })
  }

  #windowed(key: K, start: number): Windowed<K> {
    return { key, start, end: start + this.#differenceMs }
  }
}
