// Reads one partition of the log (step 1 of a record's journey). Synchronous: it gives what is
// visible now, looks once more when that was nothing, and then waits to be rung.
//
// Invariants: (1) batches come in offset order, none twice; (2) what was verified is handed out, and
// nothing else; (3) no batch begins before the position: one that the reader stands inside of is
// trimmed, be it because a task stopped there or because compaction merged batches between two takes.
//
// A reader of a commit log rebuilds a table, so it must not miss a deletion. Where compaction has
// dropped tombstones it did not see, it is out of range, unless it began at the beginning after that.

import type { Reader, StoredBatch } from '#protocols/broker/broker'
import { offsetOutOfRange, topicUnknown } from '#protocols/broker/errors'
import { type Offset, offset } from '#protocols/core/brands'
import type { Clock } from '#protocols/core/clock'
import type { TopicPartition } from '#protocols/records/record'
import { trimBatch } from '#protocols/records/trim-batch'
import type { Engine } from '../engine/engine.ts'
import type { Arrivals, Waiter } from './arrivals.ts'
import type { Catalog } from './catalog.ts'
import { baseOf, type Head } from './layout.ts'
import { type Partitions, type Place, readStored } from './partitions.ts'

export interface ReaderPorts {
  readonly engine: Engine
  readonly clock: Clock
  readonly catalog: Catalog
  readonly partitions: Partitions
  readonly arrivals: Arrivals
}

export interface ReaderStart {
  readonly at: TopicPartition
  readonly from: Offset | 'earliest' | 'latest'
  readonly onData: () => void
  readonly isCommitLog: boolean
}

export const placeName = ({ topicId, partition }: Place): string => `${topicId}/${partition}`

export class LogReader implements Reader, Waiter {
  readonly place: string
  readonly #ports: ReaderPorts
  readonly #start: ReaderStart
  readonly #at: Place
  #position: number
  /** Tombstones dropped below this offset were gone before this reader began. */
  #trustedFloor: number
  /** Value of the head's `rewrites` at which the position is known to be a batch's base; else -1. */
  #alignedAt = -1
  #isClosed = false

  /** @throws MillraceError TOPIC_UNKNOWN */
  constructor(ports: ReaderPorts, start: ReaderStart) {
    this.#ports = ports
    this.#start = start
    const { topic, partition } = start.at
    ports.engine.refresh()
    this.#at = { topicId: ports.catalog.get(topic, partition).id, partition }
    this.place = placeName(this.#at)
    const head = ports.partitions.head(this.#at)
    const { from } = start
    this.#position = from === 'earliest' ? head.first : from === 'latest' ? head.next : from
    this.#trustedFloor = isBeginning(from) ? head.floor : 0
  }

  get position(): Offset {
    return offset(this.#position)
  }

  take(bytesMax: number): readonly StoredBatch[] {
    if (this.#isClosed) return []
    let found = this.#collect(bytesMax)
    if (found.length === 0) {
      this.#ports.engine.refresh()
      found = this.#collect(bytesMax)
    }
    if (found.length === 0) this.#ports.arrivals.wait(this)
    return found
  }

  end(): Offset {
    return offset(this.#head().next)
  }

  behind(from: Offset): number {
    return Math.max(0, this.#head().next - from)
  }

  seek(to: Offset): void {
    this.#position = to
    this.#alignedAt = -1
    this.#trustedFloor = to === 0 ? this.#head().floor : 0
  }

  close(): void {
    this.#isClosed = true
    this.#ports.arrivals.forget(this)
  }

  hasArrived(): boolean {
    const topic = this.#ports.catalog.find(this.#start.at.topic)
    // A topic that is gone is news too: the next take says so.
    if (topic?.id !== this.#at.topicId) return true
    return this.#ports.partitions.head(this.#at).next > this.#position
  }

  ring(): void {
    if (!this.#isClosed) this.#start.onData()
  }

  #collect(bytesMax: number): StoredBatch[] {
    const head = this.#head()
    this.#checkRange(head)
    if (this.#position >= head.next) return []
    const found: StoredBatch[] = []
    let bytes = 0
    for (const { key, value } of this.#ports.partitions.batches(this.#at, this.#base(head))) {
      const stored = this.#read(baseOf(key), value)
      found.push(stored)
      this.#position = stored.next
      bytes += value.length
      if (bytes >= bytesMax) break
    }
    // Nothing up to the end of the log: a gap, left by compaction or repair.
    if (found.length === 0) this.#position = head.next
    this.#alignedAt = head.rewrites
    return found
  }

  #read(base: number, bytes: Uint8Array): StoredBatch {
    const whole = readStored(this.#start.at, base, bytes)
    const next = offset(base + whole.span)
    const position = this.position
    if (base >= position) return { base: offset(base), next, batch: whole }
    return { base: position, next, batch: trimBatch(whole, position - base) }
  }

  /** Where the batch that holds the position begins, or the position. */
  #base(head: Head): number {
    if (this.#alignedAt === head.rewrites) return this.#position
    const span = this.#ports.partitions.spanAt(this.#at, this.#position)
    return span !== undefined && span.next > this.#position ? span.base : this.#position
  }

  #checkRange(head: Head): void {
    const { at, isCommitLog } = this.#start
    if (this.#position < head.first) {
      throw offsetOutOfRange(at, this.position, offset(head.first))
    }
    if (isCommitLog && this.#position < head.floor && head.floor > this.#trustedFloor) {
      throw offsetOutOfRange(at, this.position, offset(head.floor))
    }
  }

  #head(): Head {
    const { topic } = this.#start.at
    if (this.#ports.catalog.find(topic)?.id !== this.#at.topicId) throw topicUnknown(topic)
    return this.#ports.partitions.head(this.#at)
  }
}

const isBeginning = (from: Offset | 'earliest' | 'latest'): boolean =>
  from === 'earliest' || from === 0
