// A load from end to end: lines appended by a process of its own, and what comes out read here at once.

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Broker, Reader } from '#protocols/broker/broker'
import { BatchCursor } from '#protocols/records/batch'
import { nowMs, pause } from './measure.ts'

const PARTITIONS = 4
const TAKE_BYTES = 1 << 20
const TELL_EVERY_MS = 5
/** Nothing more comes when nothing came for so long. */
const QUIET_MS = 5000
/** A side that is cold may take so long for the first count. */
const PATIENCE_MS = 60_000

export type Order =
  | { readonly type: 'pace'; readonly linesPerSecond: number; readonly seconds: number }
  | { readonly type: 'step'; readonly window: number; readonly seconds: number }
  | { readonly type: 'read'; readonly upTo: number }

export interface Said {
  /** Lines that were appended. */
  readonly lines: number
}

/**
 * The process of appender.ts, for as long as `body` runs.
 * @param isStamped each line begins with the moment it was due, as a word
 */
export async function withAppender<T>(
  directory: string,
  body: (appender: Appender) => Promise<T>,
  isStamped = false,
): Promise<T> {
  const script = fileURLToPath(new URL('./appender.ts', import.meta.url))
  const child = fork(script, isStamped ? [directory, 'stamped'] : [directory])
  try {
    await once(child, 'message')
    return await body(new Appender(child))
  } finally {
    child.kill()
  }
}

export class Appender {
  readonly #child: ChildProcess

  constructor(child: ChildProcess) {
    this.#child = child
  }

  /** Appends lines at the pace given, whatever becomes of them. */
  async atPace(linesPerSecond: number, seconds: number): Promise<void> {
    await this.#ask({ type: 'pace', linesPerSecond, seconds })
  }

  /** Appends as fast as it goes with no more than a window of lines unread; answers how many. */
  async inStep(window: number, seconds: number): Promise<number> {
    const { lines } = await this.#ask({ type: 'step', window, seconds })
    return lines
  }

  /** Lines of a time and before were read. */
  read(upTo: number): void {
    this.#child.send({ type: 'read', upTo } satisfies Order)
  }

  async #ask(order: Order): Promise<Said> {
    this.#child.send(order)
    const [said] = await once(this.#child, 'message')
    return said
  }
}

/**
 * Lines per second that go all the way, from an append until what they make was read, while no more
 * than a window of them is under way: appending, working and reading share the machine as they will
 * when delays are measured.
 */
export async function sustainedLoad(
  { broker, appender }: { readonly broker: Broker; readonly appender: Appender },
  output: string,
  window: number,
  seconds: number,
): Promise<number> {
  const newest = Array.from({ length: PARTITIONS }, () => 0)
  let [lastMs, toldMs] = [0, 0]
  const readers = follow(broker, output, (cursor, now, partition) => {
    while (cursor.next()) newest[partition] = Math.max(newest[partition] ?? 0, cursor.time)
    lastMs = now
  })
  const telling = setInterval(() => {
    const upTo = Math.min(...newest)
    if (upTo > toldMs) appender.read(upTo)
    toldMs = upTo
  }, TELL_EVERY_MS)
  const startMs = nowMs()
  const lines = await appender.inStep(window, seconds)
  const untilMs = (): number => (lastMs === 0 ? startMs + PATIENCE_MS : lastMs + QUIET_MS)
  while (nowMs() < untilMs()) await pause(TELL_EVERY_MS)
  clearInterval(telling)
  for (const reader of readers) reader.close()
  if (lastMs === 0) throw new Error('no count came of any line')
  return (lines * 1000) / (lastMs - startMs)
}

/** What comes to a topic from now on, as soon as it can be read; `now` is when it was. */
export function follow(
  broker: Broker,
  topic: string,
  collect: (batch: BatchCursor, now: number, partition: number) => void,
): Reader[] {
  return Array.from({ length: PARTITIONS }, (_, partition) => {
    const look = (): void => {
      for (let found = reader.take(TAKE_BYTES); found.length > 0; found = reader.take(TAKE_BYTES)) {
        const now = nowMs()
        for (const { batch, base } of found) collect(new BatchCursor(batch, base), now, partition)
      }
    }
    const reader = broker.reader({ topic, partition }, 'latest', look)
    look()
    return reader
  })
}
