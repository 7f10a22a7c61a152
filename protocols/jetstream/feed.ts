// Messages of one subject filter of one stream, in order, pulled by hand: what readers and the mirror of
// the coordination map stand on. The client owns the position; the consumer on the server is a tool that
// may vanish at any time (it lives in memory there), and is made anew from the position.
//
// Invariants: (1) messages come in order of their numbers, none twice, none left out; (2) what is asked
// for and not yet handed over is bounded: a feed that has more to read asks within a budget shared by
// all feeds of a link, one that waits asks for a single message; (3) silence is noticed: the server says
// it is alive every few seconds while a pull waits, and a pull that hears nothing is given up; one that
// was answered in part is asked for again after a moment, as servers before 2.9.11 forget to say that
// its time is over; (4) where it is known what was there, a stream that ends before that is never read on:
// what it is given now has the numbers of what it lost.

import type { Msg, Subscription } from 'nats'
import type { Cancel, Clock } from '../core/clock.ts'
import { asError } from '../core/errors.ts'
import { brokerClosed, endLost, isRefusal, logFull } from './errors.ts'
import type { Link } from './link.ts'
import { streamEnd } from './stream.ts'

export interface FeedMessage {
  /** Number in the stream. */
  readonly message: number
  readonly subject: string
  readonly data: Uint8Array
  readonly headers: Msg['headers']
  /** When NATS took it in, ms. */
  readonly timeMs: number
}

export interface FeedFilter {
  readonly stream: string
  readonly subject: string
  /** First number wanted, at least 1. */
  readonly from: number
  readonly headersOnly?: boolean | undefined
  /** The newest number that was seen there, 0: none was; default: it is not looked whether the stream has it. */
  readonly seen?: number | undefined
}

export interface FeedSink {
  onMessage(message: FeedMessage): void
  /** Whether it has room for more; when it has again, call `resume`. */
  wants(): boolean
  /** The stream is gone, or it cannot be read. The feed has ended. */
  onEnd(error: Error): void
  /** There was nothing more a moment ago. */
  onIdle?(): void
}

const NS_PER_MS = 1_000_000
const HEARTBEAT_MS = 5_000
const PULL_MS = 30_000
const BUSY_PULL_MS = 10_000
const SILENCE_MS = 12_000
const PAUSE_MS = 1_000
const MESSAGES_MAX = 1_000
const IDLE_GONE_MS = 300_000
/** How often a stream may end before what was seen until it is believed: a server that lags may say so too, for a moment. */
export const LOOKS = 8

/** Bytes that all feeds of a link may have asked for at once. */
export class PullBudget {
  #free: number
  readonly #share: number
  readonly #waiting: (() => void)[] = []

  /** @param share bytes of one pull; a pull must be able to take any message */
  constructor(total: number, share: number) {
    this.#free = Math.max(total, share)
    this.#share = share
  }

  get share(): number {
    return this.#share
  }

  /** Calls `go` now or when others are done. */
  take(go: () => void): void {
    if (this.#free >= this.#share) {
      this.#free -= this.#share
      go()
    } else this.#waiting.push(go)
  }

  give(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free += this.#share
    else next()
  }
}

export interface FeedPorts {
  readonly link: Link
  /** Time-outs of the wire go by it: always the machine's. */
  readonly wire: Clock
  readonly budget: PullBudget
}

interface Pull {
  readonly reply: Subscription
  readonly isBudgeted: boolean
  readonly count: number
  got: number
}

export class Feed {
  readonly #ports: FeedPorts
  readonly #filter: FeedFilter
  readonly #sink: FeedSink
  readonly #forget: () => void
  #next: number
  #consumer = ''
  /** Numbers the consumer's deliveries; they are consecutive. */
  #delivered = 0
  /** Messages the server has beyond those delivered, about. */
  #pending = 0
  #isCounted = false
  #pull: Pull | null = null
  #isAsking = false
  #silence: Cancel | null = null
  #isHeard = false
  #isClosed = false
  /** Counts consumers: what an older one still sends is not heard. */
  #life = 0

  constructor(ports: FeedPorts, filter: FeedFilter, sink: FeedSink) {
    this.#ports = ports
    this.#filter = filter
    this.#sink = sink
    this.#next = filter.from
    const forget = [
      ports.link.onReturn(() => this.#restart()),
      ports.link.onClose(() => this.close()),
    ]
    this.#forget = () => {
      for (const one of forget) one()
    }
    void this.#begin()
  }

  /** Messages behind the last one handed over, about; null before the server said how many. */
  get pending(): number | null {
    return this.#isCounted ? this.#pending : null
  }

  resume(): void {
    this.#ask()
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#forget()
    this.#drop()
    if (this.#consumer !== '') {
      const { link } = this.#ports
      // Left alone it would go by itself, later.
      link.send(`$JS.API.CONSUMER.DELETE.${this.#filter.stream}.${this.#consumer}`, NOTHING)
    }
  }

  #restart(): void {
    if (this.#isClosed) return
    this.#drop()
    void this.#begin()
  }

  async #begin(): Promise<void> {
    const life = ++this.#life
    const isOver = (): boolean => this.#isClosed || life !== this.#life
    const { link } = this.#ports
    try {
      const made = await createConsumer(link, { ...this.#filter, from: this.#next })
      if (isOver()) return
      this.#consumer = made.name
      this.#pending = made.pending
      this.#isCounted = true
      this.#delivered = 0
      this.#ask()
      if (made.pending === 0) await this.#checkEnd(isOver)
    } catch (thrown) {
      if (isOver()) return
      const isFull = isRefusal(thrown) && thrown.isFull
      const { stream } = this.#filter
      this.#end(isFull ? logFull(stream, thrown.description) : asError(thrown))
    }
  }

  /** @throws MillraceError OFFSET_OUT_OF_RANGE when the stream ends before what was seen of it */
  async #checkEnd(isOver: () => boolean): Promise<void> {
    const { link } = this.#ports
    const { stream, subject, seen } = this.#filter
    if (seen === undefined) return
    for (let looks = 1; !isOver(); looks++) {
      const there = Math.max(seen, this.#next - 1)
      const end = there === 0 ? 0 : await streamEnd(link, stream)
      if (end >= there) return
      if (looks === LOOKS) {
        throw endLost(stream, subject, `it ends at message ${end}, and ${there} was read before`)
      }
      await link.pause()
    }
  }

  #end(error: Error): void {
    this.close()
    this.#sink.onEnd(error)
  }

  #ask(): void {
    if (this.#isClosed || this.#consumer === '' || this.#pull !== null || this.#isAsking) return
    if (this.#pending === 0) this.#sink.onIdle?.()
    if (this.#isClosed || !this.#sink.wants()) return
    if (this.#pending === 0) return this.#open(false)
    const life = this.#life
    this.#isAsking = true
    this.#ports.budget.take(() => {
      this.#isAsking = false
      if (this.#isClosed || life !== this.#life) this.#ports.budget.give()
      else this.#open(true)
      if (!this.#isClosed && life !== this.#life) this.#ask()
    })
  }

  #open(isBudgeted: boolean): void {
    const { link, budget } = this.#ports
    const inbox = `_INBOX.${link.word()}`
    const count = isBudgeted ? Math.min(this.#pending, MESSAGES_MAX) : 1
    const pull: Pull = {
      reply: link.listen(inbox, (message) => this.#hear(pull, message)),
      isBudgeted,
      count,
      got: 0,
    }
    this.#pull = pull
    this.#watch()
    // What was said to be there comes at once; what was removed in the meantime is not waited for when
    // something came.
    const busy = { max_bytes: budget.share, no_wait: true, expires: BUSY_PULL_MS * NS_PER_MS }
    const body = isBudgeted
      ? { batch: count, ...busy }
      : { batch: count, expires: PULL_MS * NS_PER_MS, idle_heartbeat: HEARTBEAT_MS * NS_PER_MS }
    link.pull(`$JS.API.CONSUMER.MSG.NEXT.${this.#filter.stream}.${this.#consumer}`, body, inbox)
  }

  #hear(pull: Pull, message: Msg): void {
    if (pull !== this.#pull || this.#isClosed) return
    const code = message.headers?.code ?? 0
    if (code === 0) {
      this.#take(pull, message)
      return
    }
    this.#isHeard = true
    if (code === 100) return
    const isConsumerGone = code === 409 && /delet|shutdown|leader/i.test(descriptionOf(message))
    if (isConsumerGone || code === 503) return this.#restart()
    // 404 and 408: nothing more for now; 409: the budget of this pull is used up.
    if (code === 404 || code === 408) this.#pending = 0
    this.#finish(pull)
  }

  #take(pull: Pull, message: Msg): void {
    const meta = readReply(message.reply ?? '')
    if (meta === null) return
    if (meta.delivered !== this.#delivered + 1) return this.#restart()
    this.#delivered = meta.delivered
    this.#pending = meta.pending
    pull.got++
    this.#isHeard = true
    if (meta.message >= this.#next) {
      this.#next = meta.message + 1
      const { subject, data, headers } = message
      this.#sink.onMessage({ message: meta.message, subject, data, headers, timeMs: meta.timeMs })
    }
    if (pull === this.#pull && pull.got >= pull.count) this.#finish(pull)
  }

  /** The pull is answered in full. */
  #finish(pull: Pull): void {
    this.#release(pull)
    this.#ask()
  }

  #release(pull: Pull): void {
    if (pull !== this.#pull) return
    this.#pull = null
    this.#silence?.()
    pull.reply.unsubscribe()
    if (pull.isBudgeted) this.#ports.budget.give()
  }

  #drop(): void {
    this.#life++
    this.#consumer = this.#isClosed ? this.#consumer : ''
    if (this.#pull !== null) this.#release(this.#pull)
  }

  /** One timer for many messages: it only looks whether anything was heard since it was set. */
  #watch(silentMs = 0): void {
    const pull = this.#pull
    const isBusy = pull?.isBudgeted === true
    const periodMs = isBusy ? PAUSE_MS : SILENCE_MS
    this.#silence?.()
    this.#isHeard = false
    this.#silence = this.#ports.wire.after(periodMs, () => {
      if (this.#isHeard) this.#watch()
      // What comes late all the same leaves a gap, and the consumer is made anew.
      else if (isBusy && pull.got > 0) this.#finish(pull)
      else if (silentMs + periodMs >= SILENCE_MS) this.#restart()
      else this.#watch(silentMs + periodMs)
    })
  }
}

const NOTHING = new Uint8Array(0)

const descriptionOf = ({ headers }: Msg): string => headers?.description ?? ''

/** What a delivered message says of itself, in its reply subject. */
function readReply(
  reply: string,
): { message: number; delivered: number; timeMs: number; pending: number } | null {
  const words = reply.split('.')
  if (words[0] !== '$JS' || words[1] !== 'ACK' || words.length < 9) return null
  // $JS.ACK.<stream>.<consumer>.<times>.<message>.<delivered>.<time>.<pending>, newer servers with
  // <domain>.<account> in front of the stream.
  const at = words.length === 9 ? 5 : 7
  return {
    message: Number(words[at]),
    delivered: Number(words[at + 1]),
    timeMs: Math.floor(Number((words[at + 2] ?? '').slice(0, -6))),
    pending: Number(words[at + 3]),
  }
}

async function createConsumer(
  link: Link,
  { stream, subject, from, headersOnly }: FeedFilter,
): Promise<{ name: string; pending: number }> {
  const config = {
    deliver_policy: 'by_start_sequence',
    opt_start_seq: Math.max(1, from),
    ack_policy: 'none',
    filter_subject: subject,
    mem_storage: true,
    inactive_threshold: IDLE_GONE_MS * NS_PER_MS,
    ...(headersOnly === true ? { headers_only: true } : {}),
  }
  const body = { stream_name: stream, config }
  const { name, num_pending: pending } = await link.ask<{ name: string; num_pending: number }>(
    `CONSUMER.CREATE.${stream}`,
    body,
  )
  return { name, pending }
}

/**
 * Everything a filter has now, in order, until `onMessage` answers false.
 * @throws JetRefusal when the stream is gone, MillraceError BROKER_CLOSED
 */
export async function scan(
  ports: FeedPorts,
  filter: FeedFilter,
  onMessage: (message: FeedMessage) => boolean,
): Promise<void> {
  let feed: Feed | null = null
  try {
    await new Promise<void>((resolve, reject) => {
      let isOver = false
      const finish = (): void => {
        isOver = true
        resolve()
      }
      feed = new Feed(ports, filter, {
        wants: () => !isOver,
        onEnd: reject,
        onIdle: finish,
        onMessage: (message) => {
          if (!isOver && !onMessage(message)) finish()
        },
      })
    })
  } finally {
    // The promise's body has run: it assigns at once.
    ;(feed as Feed | null)?.close()
  }
}

const AHEAD_BYTES = 8 * 1024 * 1024

/**
 * What a filter has now, in order, while whoever asks takes it: no more than a few megabytes wait.
 * @throws JetRefusal when the stream is gone, MillraceError BROKER_CLOSED
 */
export async function* pulled(ports: FeedPorts, filter: FeedFilter): AsyncGenerator<FeedMessage> {
  const ahead: FeedMessage[] = []
  let bytes = 0
  let isOver = false
  let failure: Error | null = null
  let ring: () => void = () => {}
  const feed = new Feed(ports, filter, {
    wants: () => bytes < AHEAD_BYTES && !isOver,
    onMessage: (message) => {
      ahead.push(message)
      bytes += message.data.length
      ring()
    },
    onIdle: () => {
      isOver = true
      ring()
    },
    onEnd: (error) => {
      failure = error
      ring()
    },
  })
  const forget = ports.link.onClose(() => {
    failure = brokerClosed()
    ring()
  })
  try {
    for (;;) {
      const message = ahead.shift()
      if (message !== undefined) {
        bytes -= message.data.length
        feed.resume()
        yield message
      } else if (failure !== null) throw failure
      else if (isOver) return
      else {
        await new Promise<void>((resolve) => {
          ring = resolve
        })
      }
    }
  } finally {
    forget()
    feed.close()
  }
}
