// A steady load: lines appended at a pace, whatever becomes of them, and what comes out read at once.

import type { Broker, Reader } from '#protocols/broker/broker'
import { BatchCursor } from '#protocols/records/batch'
import { nowMs, pause } from './measure.ts'
import { linesAt } from './text.ts'

const PARTITIONS = 4
const TICK_MS = 10
const TAKE_BYTES = 1 << 20

/** The time of each line is the moment it was due. */
export async function appendAtPace(
  broker: Broker,
  linesPerSecond: number,
  seconds: number,
): Promise<void> {
  const producer = broker.producer()
  const start = Date.now()
  const appended: Promise<unknown>[] = []
  let sent = 0
  for (let tick = 1; tick * TICK_MS < seconds * 1000; tick++) {
    await pause(Math.max(0, start + tick * TICK_MS - Date.now()))
    const due = Math.round((linesPerSecond * tick * TICK_MS) / 1000)
    if (due === sent) continue
    const batch = linesAt(due - sent, start + tick * TICK_MS)
    const to = { topic: 'lines', partition: tick % PARTITIONS }
    appended.push(producer.append([{ to, batch }]))
    sent = due
  }
  await Promise.all(appended)
}

/** What comes to a topic from now on, as soon as it can be read; `now` is when it was. */
export function follow(
  broker: Broker,
  topic: string,
  collect: (batch: BatchCursor, now: number) => void,
): Reader[] {
  return Array.from({ length: PARTITIONS }, (_, partition) => {
    const look = (): void => {
      for (let found = reader.take(TAKE_BYTES); found.length > 0; found = reader.take(TAKE_BYTES)) {
        const now = nowMs()
        for (const { batch, base } of found) collect(new BatchCursor(batch, base), now)
      }
    }
    const reader = broker.reader({ topic, partition }, 'latest', look)
    look()
    return reader
  })
}
