// Single messages of a stream: asked for by number, or as the oldest or newest of a subject, and removed.

import { isRefusal, JET } from './errors.ts'
import { type FeedFilter, type FeedMessage, type FeedPorts, pulled } from './feed.ts'
import type { Link } from './link.ts'

const REMOVED_AT_ONCE = 64

export interface KeptMessage {
  readonly message: number
  readonly subject: string
  readonly headers: ReadonlyMap<string, string>
  readonly data: Uint8Array
  readonly timeMs: number
}

/** The newest message of a subject, which may be a pattern; null when there is none. */
export function lastMessage(
  link: Link,
  stream: string,
  subject: string,
): Promise<KeptMessage | null> {
  return getMessage(link, stream, { last_by_subj: subject })
}

/** The oldest message of a subject from a number on; null when there is none. */
export function firstMessage(
  link: Link,
  stream: string,
  subject: string,
  from = 1,
): Promise<KeptMessage | null> {
  return getMessage(link, stream, { next_by_subj: subject, seq: Math.max(1, from) })
}

/**
 * Messages of a filter in order, none left out, up to the number `through`; default: to the last there is.
 * @throws JetRefusal when the stream is gone, MillraceError BROKER_CLOSED
 */
export async function* everyMessage(
  ports: FeedPorts,
  filter: FeedFilter,
  through = Number.POSITIVE_INFINITY,
): AsyncGenerator<FeedMessage> {
  const { stream, subject } = filter
  let { from } = filter
  for (;;) {
    // A pull may end early; that there is nothing more is known when nothing more is found.
    const next = await firstMessage(ports.link, stream, subject, from)
    if (next === null || next.message > through) return
    for await (const message of pulled(ports, { ...filter, from })) {
      if (message.message > through) return
      from = message.message + 1
      yield message
      if (message.message === through) return
    }
  }
}

/**
 * Removes messages one by one. A purge would take many at once, but servers before 2.9.12 then move
 * every consumer of the stream to its end, so that readers miss what is stored meanwhile.
 */
export async function removeMessages(
  { link }: FeedPorts,
  stream: string,
  numbers: readonly number[],
): Promise<void> {
  for (let at = 0; at < numbers.length; at += REMOVED_AT_ONCE) {
    await Promise.all(
      numbers.slice(at, at + REMOVED_AT_ONCE).map(async (seq) => {
        await link
          .ask(`STREAM.MSG.DELETE.${stream}`, { seq, no_erase: true })
          .catch((error: unknown) => {
            // Somebody else removed it.
            if (!isRefusal(error) || isRefusal(error, JET.streamUnknown)) throw error
          })
      }),
    )
  }
}

export function messageAt(
  link: Link,
  stream: string,
  message: number,
): Promise<KeptMessage | null> {
  return getMessage(link, stream, { seq: message })
}

interface GetAnswer {
  readonly message: {
    readonly subject: string
    readonly seq: number
    readonly hdrs?: string
    readonly data?: string
    readonly time: string
  }
}

async function getMessage(link: Link, stream: string, body: object): Promise<KeptMessage | null> {
  try {
    const { message } = await link.ask<GetAnswer>(`STREAM.MSG.GET.${stream}`, body)
    return {
      message: message.seq,
      subject: message.subject,
      headers: readHeaders(Buffer.from(message.hdrs ?? '', 'base64').toString('utf8')),
      data: Buffer.from(message.data ?? '', 'base64'),
      timeMs: Date.parse(message.time),
    }
  } catch (error) {
    if (isRefusal(error, JET.noMessage)) return null
    throw error
  }
}

/** `NATS/1.0`, then a line each. */
function readHeaders(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const line of text.split('\r\n').slice(1)) {
    const end = line.indexOf(':')
    if (end > 0) found.set(line.slice(0, end), line.slice(end + 1).trim())
  }
  return found
}
