// Our side: a host process as it is installed (dist/), on the embedded broker in a directory of its own,
// with every commit flushed to the disk.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { askAdmin } from '#runtime/admin/admin-client'
import type { TasksDocument } from '#runtime/admin/documents'
import { manifestIn } from '../../kit/host-process.ts'
import { type LogDirectory, withLog, written } from '../log-directory.ts'
import { nowMs, pause, quantile } from '../measure.ts'
import { outcomeIn, type Tally } from '../outcome.ts'
import { follow, sustainedLoad, withAppender } from '../pace.ts'
import type { Percentiles } from './kafka.ts'
import { Speaker } from './processes.ts'
import { type Look, type Run, recordsOf, sustained, type Workload } from './workload.ts'

const DIST = fileURLToPath(new URL('../../../dist/', import.meta.url))
const LOOK_EVERY_MS = 10
const QUIET_MS = 2000
const SETTLE_MS = 3000
/** The process that appends is new: what it appends first is late of its own. */
const WARM_S = 1
/** Of so many counts one is kept: millions of them would have to be collected as garbage meanwhile. */
const ONE_OF = 8

export interface OwnOptions {
  readonly guarantee: 'exactly-once' | 'at-least-once'
  readonly workers: number
}

/** A log with a workload's inputs in it, for one measurement. */
export function withMillrace<T>(
  { inputs, output }: Workload,
  body: (side: Millrace) => Promise<T>,
): Promise<T> {
  return withLog('fsync', async (log) => {
    for (const input of inputs) await input.fill(log.broker)
    await log.broker.topics.ensure({
      name: output.name,
      partitions: output.options.partitions ?? 1,
    })
    return await body(new Millrace(log))
  })
}

export class Millrace {
  readonly #log: LogDirectory

  constructor(log: LogDirectory) {
    this.#log = log
  }

  app({ module }: Workload, { guarantee, workers }: OwnOptions): Speaker {
    const { directory } = this.#log
    const topology = join(DIST, 'spec/bench', `${module}.js`)
    const facts = { application: 'bench', broker: `file:${directory}`, actors: [{ topology }] }
    const manifest = manifestIn(directory, { ...facts, guarantee, workers })
    const command = join(DIST, 'bundle/millrace.js')
    return new Speaker(process.execPath, [command, 'host', manifest, '--json'])
  }

  async run(workload: Workload, options: OwnOptions): Promise<Run> {
    const startedAt = nowMs()
    const { looks, ...run } = await this.#done(workload, options)
    return { ...run, ...sustained(looks, recordsOf(workload), startedAt) }
  }

  /** What it comes to, however few the records are. */
  async tally(workload: Workload, options: OwnOptions): Promise<Tally> {
    const { tally } = await this.#done(workload, options)
    return tally
  }

  async #done(workload: Workload, options: OwnOptions) {
    const app = this.app(workload, options)
    const looks = await this.#watch(app, workload)
    const { cpuMs, peakBytes } = app
    await app.stop()
    const tally = outcomeIn(this.#log.broker, workload.output, workload.counts).tally()
    return { looks, cpuMs, peakBytes, tally }
  }

  /** Looks until all inputs were read and nothing moved for a while. */
  async #watch(app: Speaker, workload: Workload): Promise<Look[]> {
    const { broker } = this.#log
    const topics = new Set(workload.inputs.map(({ topic }) => topic))
    const wanted = recordsOf(workload)
    let readable = 0
    while (readable === 0) {
      await pause(LOOK_EVERY_MS)
      readable = await written(broker, workload.output.name)
    }
    // How far it is with its inputs is not known yet.
    const looks: Look[] = [{ ms: nowMs(), read: 0, readable }]
    const { socket } = JSON.parse(await app.next('')) as { readonly socket: string }
    let last = { read: -1, readable: -1, lag: -1 }
    for (let moved = nowMs(); ; await pause(LOOK_EVERY_MS)) {
      const now = {
        ...(await progress(socket, topics)),
        readable: await written(broker, workload.output.name),
      }
      const ms = nowMs()
      if (now.read !== last.read || now.readable !== last.readable || now.lag !== last.lag) {
        looks.push({ ...now, ms })
        last = now
        moved = ms
      } else if (now.read === wanted && now.lag === 0 && ms - moved > QUIET_MS) return looks
    }
  }

  /** From the start of a process with nothing but the log until its tasks run, ms. */
  async restore(workload: Workload, options: OwnOptions): Promise<number> {
    rmSync(join(this.#log.directory, 'state'), { recursive: true })
    const startedAt = nowMs()
    const app = this.app(workload, options)
    const { socket } = JSON.parse(await app.next('')) as { readonly socket: string }
    for (;;) {
      const { tasks } = await askAdmin<TasksDocument>(socket, '/v1/tasks')
      if (tasks.length > 0 && tasks.every(({ state }) => state.startsWith('running'))) break
      await pause(LOOK_EVERY_MS)
    }
    const ms = nowMs() - startedAt
    await app.stop()
    return ms
  }

  async sustained(window: number, seconds: number): Promise<number> {
    const { broker, directory } = this.#log
    return await withAppender(directory, (appender) =>
      sustainedLoad({ broker, appender }, 'word-counts', window, seconds),
    )
  }

  async latency(linesPerSecond: number, seconds: number): Promise<Percentiles> {
    const { broker, directory } = this.#log
    const delays: number[] = []
    let countedFromMs = Number.POSITIVE_INFINITY
    const readers = follow(broker, 'word-counts', (cursor, now) => {
      for (let n = 0; cursor.next(); n++) {
        if (n % ONE_OF === 0 && cursor.time >= countedFromMs) delays.push(now - cursor.time)
      }
    })
    await withAppender(directory, (appender) => {
      countedFromMs = nowMs() + WARM_S * 1000
      return appender.atPace(linesPerSecond, WARM_S + seconds)
    })
    await pause(SETTLE_MS)
    for (const reader of readers) reader.close()
    if (delays.length === 0) throw new Error('no count came of any line')
    const [p50 = 0, p95 = 0, p99 = 0] = [0.5, 0.95, 0.99].map((q) => quantile(delays, q))
    return { p50, p95, p99 }
  }
}

async function progress(socket: string, topics: ReadonlySet<string>) {
  const { tasks } = await askAdmin<TasksDocument>(socket, '/v1/tasks')
  let [read, lag] = [0, 0]
  for (const task of tasks) {
    if (task.error !== null) throw new Error(`${task.id}: ${task.error.what}`)
    lag += task.lag
    for (const { topic, position } of task.positions) if (topics.has(topic)) read += position
  }
  return { read, lag }
}
