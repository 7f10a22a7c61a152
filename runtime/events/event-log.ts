// Puts what happened on the topic of events, in the background: whoever says it goes on at once, and
// nothing that goes wrong here is ever their failure. While the broker is away a bounded number waits;
// what comes after that is counted and dropped, and the count is an event itself.
//
// As a logger it is fed by the log: what is logged under a code of the catalogue is an event, and nothing
// else, so the two cannot tell different stories. An append whose acknowledgement was lost is repeated: an
// event may be there twice, in which case its time is the same.

import { settle } from '#actors/kernel/deadline'
import type { Broker } from '#protocols/broker/broker'
import { utf8 } from '#protocols/core/bytes'
import type { Cancel, Clock } from '#protocols/core/clock'
import { isMillraceError } from '#protocols/core/errors'
import type { LogFacts, Logger } from '#protocols/core/log'
import { encodeEvent, eventsSpec, eventsTopic } from '#protocols/messages/event'
import type { Event } from '#protocols/messages/event-reading'
import { BatchBuilder } from '#protocols/records/batch'
import { NO_HEADERS } from '#protocols/records/record'
import { isEvent } from './catalogue.ts'

export interface EventLogPorts {
  readonly broker: Pick<Broker, 'topics' | 'producer'>
  readonly clock: Clock
  readonly application: string
  /** Null for an operator. */
  readonly host: string | null
  /** Events that may wait; default 1000. */
  readonly waitingMax?: number | undefined
  /** Make no topic before `begin`: a host that is refused leaves none behind. Default: make it. */
  readonly isHeld?: boolean | undefined
}

interface Waiting {
  readonly event: Event
  readonly atMs: number
}

const WAITING_MAX = 1000
const RETRY_MS = 1000
const RETRY_MS_MAX = 30_000
const CLOSE_MS = 2000

export class EventLog {
  readonly #ports: EventLogPorts
  #waiting: Waiting[] = []
  #dropped = 0
  #hasTopic = false
  #isHeld: boolean
  #flushing: Promise<boolean> | null = null
  #isClosed = false
  #retryMs = RETRY_MS
  #cancel: Cancel | null = null

  constructor(ports: EventLogPorts) {
    this.#ports = ports
    this.#isHeld = ports.isHeld === true
  }

  /** Events that were lost so far and not yet told of. */
  get dropped(): number {
    return this.#dropped
  }

  /** Events that are not appended yet. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** Logs to `next`, and keeps what the catalogue knows. */
  logger(next: Logger): Logger {
    return {
      log: (level, code, message, facts = {}) => {
        next.log(level, code, message, facts)
        if (!isEvent(code)) return
        const { by, reason, ...rest } = facts
        this.add({
          ...{ code, level, message, host: this.#ports.host },
          ...{ by: textOr(by), reason: textOr(reason), facts: plain(rest) },
        })
      },
    }
  }

  /** Never waits, never throws. */
  add(event: Event): void {
    const { clock, waitingMax = WAITING_MAX } = this.#ports
    if (this.#isClosed || this.#waiting.length >= waitingMax) {
      this.#dropped++
      return
    }
    this.#waiting.push({ event, atMs: clock.now() })
    if (this.#cancel === null && this.#flushing === null) clock.defer(() => this.#flush())
  }

  /** What waits is told from now on, also where there is no topic yet. */
  begin(): void {
    this.#isHeld = false
    this.#cancel?.()
    this.#cancel = null
    void this.#flush()
  }

  /** Tries once more to append what waits, for two seconds at most; then nothing is taken any more. */
  async close(): Promise<void> {
    this.#cancel?.()
    this.#cancel = null
    await settle(this.#ports.clock, CLOSE_MS, async () => {
      // What is on its way may be half of it.
      let isWell = true
      while (isWell && this.#waiting.length > 0) isWell = await this.#append()
    })
    this.#isClosed = true
  }

  async #flush(): Promise<void> {
    if (this.#isClosed || this.#flushing !== null || this.#cancel !== null) return
    while (this.#waiting.length > 0) {
      if (await this.#append()) continue
      this.#wait()
      return
    }
  }

  #wait(): void {
    if (this.#isClosed || this.#cancel !== null) return
    this.#cancel = this.#ports.clock.after(this.#retryMs, () => {
      this.#cancel = null
      void this.#flush()
    })
    this.#retryMs = Math.min(RETRY_MS_MAX, this.#retryMs * 2)
  }

  /** One append at a time; whether it was well. */
  #append(): Promise<boolean> {
    this.#flushing ??= this.#appendAll().finally(() => {
      this.#flushing = null
    })
    return this.#flushing
  }

  async #appendAll(): Promise<boolean> {
    const { broker, clock, application, host } = this.#ports
    const taken = this.#waiting
    const dropped = this.#dropped
    const lost: Waiting = { event: eventsDropped(dropped, host), atMs: clock.now() }
    try {
      if (this.#isHeld && (await broker.topics.describe(eventsTopic(application))) === null) {
        return false
      }
      if (!this.#hasTopic) await broker.topics.ensure(eventsSpec(application))
      this.#hasTopic = true
      const batch = encoded(dropped > 0 ? [...taken, lost] : taken)
      const count = taken.length
      const to = { topic: eventsTopic(application), partition: 0 }
      await broker.producer().append([{ to, batch }])
      this.#waiting = this.#waiting.slice(count)
      this.#dropped -= dropped
      this.#retryMs = RETRY_MS
      return true
    } catch (thrown) {
      // A reset took it away: the next try makes it anew.
      if (isMillraceError(thrown, 'TOPIC_UNKNOWN')) this.#hasTopic = false
      return false
    }
  }
}

function encoded(waiting: readonly Waiting[]): Uint8Array {
  const builder = new BatchBuilder()
  for (const { event, atMs } of waiting) {
    builder.add(utf8(event.code), encodeEvent(event), atMs, NO_HEADERS)
  }
  return builder.finish()
}

const eventsDropped = (count: number, host: string | null): Event => ({
  ...{ code: 'EVENTS_DROPPED', level: 'warn', message: `${count} events were lost` },
  ...{ host, by: null, reason: null, facts: { count } },
})

const textOr = (value: unknown): string | null => (typeof value === 'string' ? value : null)

/** Errors become what they say; what is no JSON is left out. */
function plain(facts: LogFacts): Record<string, unknown> {
  const entries = Object.entries(facts).map(([name, value]) => [name, said(value)])
  try {
    return JSON.parse(JSON.stringify(Object.fromEntries(entries)))
  } catch {
    // A circle, or a bigint: the message says what matters.
    return {}
  }
}

function said(value: unknown): unknown {
  if (!(value instanceof Error)) return value
  return isMillraceError(value)
    ? { code: value.code, what: value.what }
    : { code: value.name, what: value.message }
}
