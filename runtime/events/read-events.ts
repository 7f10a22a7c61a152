// Reads what happened from the topic of events, through the broker alone: whether a host runs makes no
// difference.

import type { Broker, Reader } from '#protocols/broker/broker'
import { offset, streamTime } from '#protocols/core/brands'
import { eventsTopic } from '#protocols/messages/event'
import { decodeEvent, type Event } from '#protocols/messages/event-reading'
import { BatchCursor } from '#protocols/records/batch'

/** An event, and when it happened: wall time, ms. */
export interface PastEvent extends Event {
  readonly atMs: number
}

export interface EventFilter {
  /** Not those before this wall time, ms; default all that are kept. */
  readonly sinceMs?: number | undefined
  /** Only among so many, the newest. */
  readonly among?: number | undefined
  /** Only those of this code. */
  readonly kind?: string | undefined
}

const TAKE_BYTES = 1024 * 1024

/** Those that are kept, oldest first; none where none was ever written. */
export async function readEvents(
  broker: Pick<Broker, 'topics' | 'reader'>,
  application: string,
  filter: EventFilter = {},
): Promise<readonly PastEvent[]> {
  const found: PastEvent[] = []
  const follower = await followEvents(broker, application, filter, () => {})
  if (follower === null) return found
  try {
    await follower.upTo(follower.end, (events) => found.push(...events))
    return found
  } finally {
    follower.close()
  }
}

/** @returns null while nothing was ever written */
export async function followEvents(
  broker: Pick<Broker, 'topics' | 'reader'>,
  application: string,
  filter: EventFilter,
  onEvents: () => void,
): Promise<Follower | null> {
  const topic = eventsTopic(application)
  const description = await broker.topics.describe(topic)
  const [bounds] = description?.bounds ?? []
  if (bounds === undefined) return null
  const at = { topic, partition: 0 }
  const { sinceMs } = filter
  // Batches reach over the time that was asked for, and the filter says the rest.
  const from =
    sinceMs === undefined ? bounds.first : await broker.topics.offsetAt(at, streamTime(sinceMs))
  const bell = { ring: (): void => {} }
  const least = filter.among === undefined ? bounds.first : bounds.next - filter.among
  const reader = broker.reader(at, offset(Math.max(from, bounds.first, least)), () => {
    bell.ring()
    onEvents()
  })
  return new Follower(reader, bounds.next, filter, bell)
}

export class Follower {
  /** Where the topic ended when this began. */
  readonly end: number
  readonly #reader: Reader
  readonly #filter: EventFilter
  readonly #bell: { ring(): void }

  constructor(reader: Reader, end: number, filter: EventFilter, bell: { ring(): void }) {
    this.#reader = reader
    this.end = end
    this.#filter = filter
    this.#bell = bell
  }

  /** Hands over what is there as it comes, until the offset is reached. */
  async upTo(end: number, take: (events: readonly PastEvent[]) => void): Promise<void> {
    while (this.#reader.position < end) {
      const rung = new Promise<void>((resolve) => {
        this.#bell.ring = resolve
      })
      const before = this.#reader.position
      const events = this.take()
      if (events.length > 0) take(events)
      if (this.#reader.position === before) await rung
    }
  }

  /** Those at hand that pass the filter. */
  take(): readonly PastEvent[] {
    const found: PastEvent[] = []
    for (const { base, batch } of this.#reader.take(TAKE_BYTES)) {
      const cursor = new BatchCursor(batch, base)
      while (cursor.next()) {
        const { value, time } = cursor.record()
        const event = value === null ? null : decodeEvent(value)
        if (event !== null && this.#isWanted(event, time)) found.push({ ...event, atMs: time })
      }
    }
    return found
  }

  close(): void {
    this.#reader.close()
  }

  #isWanted({ code }: Event, timeMs: number): boolean {
    const { sinceMs = Number.NEGATIVE_INFINITY, kind } = this.#filter
    return timeMs >= sinceMs && (kind === undefined || code === kind)
  }
}
