// A process that appends lines to a log and does nothing else, told what to do by the one that measures
// (pace.ts), so that reading and measuring delay no line.
//
// Usage: node appender.ts DIRECTORY [stamped]; then each line begins with the moment it was due, as a word

import { argv } from 'node:process'
import { openBroker } from '#runtime/process/open-broker'
import { nowMs, pause } from './measure.ts'
import type { Order, Said } from './pace.ts'
import { SteadyLines } from './text.ts'

const PARTITIONS = 4
const TICK_MS = 10
/** Fewer lines at once would be more work than lines. */
const LOT = 256
const LOT_MAX = 8192

const producer = openBroker({ directory: argv[2] ?? '', durability: 'fsync' }).producer()
const lines = new SteadyLines()
const isStamped = argv[3] === 'stamped'
/** Lines of this time and before were read. */
let readMs = 0

process.on('message', (order: Order) => {
  if (order.type === 'read') readMs = order.upTo
  else void (order.type === 'pace' ? atPace(order) : inStep(order)).then(say)
})
say(0)

function say(count: number): void {
  const said: Said = { lines: count }
  process.send?.(said)
}

function linesOf(count: number, timeMs: number): Uint8Array {
  return lines.batch(count, timeMs, isStamped ? `${timeMs} ` : '')
}

/** The time of each line is the moment it was due. */
async function atPace(order: Extract<Order, { type: 'pace' }>): Promise<number> {
  const { linesPerSecond, seconds } = order
  const start = Math.round(nowMs())
  const appended: Promise<unknown>[] = []
  let sent = 0
  for (let tick = 1; tick * TICK_MS < seconds * 1000; tick++) {
    const dueMs = start + tick * TICK_MS
    await pause(Math.max(0, dueMs - nowMs()))
    const due = Math.round((linesPerSecond * tick * TICK_MS) / 1000)
    if (due === sent) continue
    const batch = linesOf(due - sent, dueMs)
    const to = { topic: 'lines', partition: tick % PARTITIONS }
    appended.push(producer.append([{ to, batch }]))
    sent = due
  }
  await Promise.all(appended)
  return sent
}

/** As fast as it goes while no more than a window of lines was not read yet. */
async function inStep({ window, seconds }: Extract<Order, { type: 'step' }>): Promise<number> {
  const end = nowMs() + seconds * 1000
  const marks: { timeMs: number; sent: number }[] = []
  let [sent, read, lastMs] = [0, 0, 0]
  readMs = 0
  while (nowMs() < end) {
    for (let first = marks[0]; first !== undefined && first.timeMs <= readMs; first = marks[0]) {
      read = first.sent
      marks.shift()
    }
    const lot = Math.floor(Math.min(window - (sent - read), LOT_MAX) / PARTITIONS)
    if (lot * PARTITIONS >= LOT) {
      const timeMs = Math.max(Math.round(nowMs()), lastMs + 1)
      const append = (partition: number) => {
        return { to: { topic: 'lines', partition }, batch: linesOf(lot, timeMs) }
      }
      await producer.append(Array.from({ length: PARTITIONS }, (_, n) => append(n)))
      sent += lot * PARTITIONS
      lastMs = timeMs
      marks.push({ timeMs, sent })
    } else await pause(1)
  }
  return sent
}
