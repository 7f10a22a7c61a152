// Kafka Streams over a broker of its own on this machine: one broker process (KRaft, one node), and one
// process for each thing that is done to it (kafka-streams/, built with Maven). Both run as they come:
// the broker with its defaults for a single node and the heap of its start script, Kafka Streams with
// its defaults for the guarantee.

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { tempDir } from '../../kit/temp-dir.ts'
import { nowMs } from '../measure.ts'
import type { Tally } from '../outcome.ts'
import { Speaker } from './processes.ts'
import { writeRecords } from './record-file.ts'
import { type Look, type Run, recordsOf, sustained, type Workload } from './workload.ts'

const PROJECT = fileURLToPath(new URL('./kafka-streams/', import.meta.url))
const BROKER_HEAP = '-Xmx1g'
const STREAMS_HEAP = '-Xmx2g'
const QUIETLY = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'
/** What Kafka Streams takes when it is not told. */
const CACHE_BYTES = 10 * 1024 * 1024
const PATIENCE_MS = 1_800_000

export interface Percentiles {
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

export interface PeerOptions {
  readonly guarantee: 'exactly_once_v2' | 'at_least_once'
  readonly threads: number
}

/** Builds the peer; a line tells what is missing where it cannot. */
export function buildKafka(): void {
  execFileSync('mvn', ['-q', '-B', 'package'], {
    cwd: PROJECT,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
}

/** A broker with a workload's inputs in it, for one measurement. */
export async function withKafka<T>(
  workload: Workload,
  body: (side: Kafka) => Promise<T>,
): Promise<T> {
  const side = await Kafka.start()
  try {
    await side.load(workload)
    return await body(side)
  } finally {
    await side.stop()
  }
}

/** A broker, and what it was given, for one measurement. */
class Kafka {
  readonly #broker: Speaker
  readonly #bootstrap: string
  readonly #state = tempDir()

  private constructor(broker: Speaker, bootstrap: string) {
    this.#broker = broker
    this.#bootstrap = bootstrap
  }

  static async start(): Promise<Kafka> {
    const [port, controller] = [await freePort(), await freePort()]
    const directory = tempDir()
    const file = join(directory, 'server.properties')
    writeFileSync(file, serverProperties(join(directory, 'log'), port, controller))
    const format = ['format', '-t', 'MkU3OEVBNTcwNTJENDM2Qg', '-c', file]
    execFileSync('java', [...classpath(), 'kafka.tools.StorageTool', ...format], {
      stdio: 'ignore',
    })
    const broker = new Speaker('java', [BROKER_HEAP, ...classpath(), 'kafka.Kafka', file])
    return new Kafka(broker, `127.0.0.1:${port}`)
  }

  /** Creates the topics, with the inputs in them. */
  async load({ inputs, output }: Workload): Promise<void> {
    const file = join(tempDir(), 'records')
    writeRecords(file, inputs)
    const topics = inputs.map(({ topic, partitions }) => `${topic}:${partitions}`)
    topics.push(`${output.name}:${output.options.partitions ?? 1}`)
    const loader = this.#peer('load', file, ...topics)
    await loader.next('loaded')
    await loader.stop()
  }

  app({ topology, cacheBytes = CACHE_BYTES }: Workload, options: PeerOptions): Speaker {
    const { guarantee, threads } = options
    const args = [this.#state, topology, guarantee, String(threads), String(cacheBytes)]
    return this.#peer('run', ...args)
  }

  run(workload: Workload, options: PeerOptions): Promise<Run> {
    return this.watched(workload, () => this.app(workload, options))
  }

  /**
   * What a process does with the inputs; its group is named as the topology.
   * @param start gets where the broker is
   * @param patienceMs after which it is given up, ms
   */
  async watched(
    workload: Workload,
    start: (bootstrap: string) => Speaker,
    patienceMs = PATIENCE_MS,
  ): Promise<Run> {
    const { topology, output, inputs, counts } = workload
    const topics = inputs.map(({ topic }) => topic)
    const watcher = this.#peer('watch', topology, output.name, ...topics)
    await watcher.next('watching')
    const before = this.#broker.cpuMs
    const startedAt = nowMs()
    const app = start(this.#bootstrap)
    const looks: Look[] = []
    const failure = Promise.race([app.next('state ERROR').then(failed), lost(patienceMs)])
    try {
      for (let line = ''; line !== 'done'; ) {
        line = await Promise.race([watcher.next(''), failure])
        const [word, ms, read, readable] = line.split(' ')
        if (word !== 'look') continue
        looks.push({ ms: Number(ms), read: Number(read), readable: Number(readable) })
      }
    } catch (error) {
      failure.catch(() => {}) // it may have failed besides
      await Promise.all([app.stop('SIGKILL'), watcher.stop('SIGKILL')])
      throw error
    }
    failure.catch(() => {}) // from here on it may end
    const cpuMs = this.#broker.cpuMs - before + app.cpuMs
    const peakBytes = this.#broker.peakBytes + app.peakBytes
    await Promise.all([app.stop(), watcher.stop()])
    const spent = sustained(looks, recordsOf(workload), startedAt)
    return { ...spent, cpuMs, peakBytes, tally: await this.#tally(output.name, counts) }
  }

  /** From the start of a process without state until its tasks run, ms. */
  async restore(workload: Workload, options: PeerOptions): Promise<number> {
    rmSync(this.#state, { recursive: true })
    const startedAt = nowMs()
    const app = this.app(workload, options)
    const runningAt = Number(await app.next('state RUNNING'))
    await app.stop()
    return runningAt - startedAt
  }

  async sustained(window: number, seconds: number): Promise<number> {
    const peer = this.#peer('sustain', String(window), String(seconds))
    const linesPerSecond = Number(await peer.next('sustained'))
    await peer.stop()
    if (!(linesPerSecond > 0)) throw new Error('no count came of any line')
    return linesPerSecond
  }

  async latency(linesPerSecond: number, seconds: number): Promise<Percentiles> {
    const peer = this.#peer('latency', String(linesPerSecond), String(seconds))
    const [count = 0, p50 = 0, p95 = 0, p99 = 0] = (await peer.next('latency'))
      .split(' ')
      .map(Number)
    await peer.stop()
    if (count === 0) throw new Error('no count came of any line')
    return { p50, p95, p99 }
  }

  async #tally(topic: string, counts: Workload['counts']): Promise<Tally> {
    const peer = this.#peer('tally', topic, counts)
    const [rows, sum] = (await peer.next('tally')).split(' ').map(Number)
    await peer.stop()
    return { rows: rows ?? 0, sum: sum ?? 0 }
  }

  #peer(command: string, ...args: string[]): Speaker {
    const heap = command === 'run' ? [STREAMS_HEAP] : []
    return new Speaker('java', [
      ...heap,
      ...classpath(),
      'millrace.peers.Peers',
      ...[command, this.#bootstrap, ...args],
    ])
  }

  async stop(): Promise<void> {
    await this.#broker.stop('SIGKILL')
  }
}

function lost(afterMs: number): Promise<never> {
  return new Promise((_resolve, reject) => {
    const error = new Error(`the peer is not done after ${afterMs / 1000} s`)
    setTimeout(() => reject(error), afterMs).unref()
  })
}

function failed(line: string): never {
  throw new Error(`the peer failed ${line}`)
}

function classpath(): string[] {
  const file = join(PROJECT, 'target/classpath')
  if (!existsSync(file)) throw new Error('the peer is not built: make bench-peers builds it')
  return [QUIETLY, '-cp', `${join(PROJECT, 'target/classes')}:${readFileSync(file, 'utf8').trim()}`]
}

/**
 * One node that is broker and controller, and what follows from there being one. Nothing is forgotten:
 * the records of a workload have times of long ago.
 */
const serverProperties = (directory: string, port: number, controller: number): string => `
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
controller.quorum.voters=1@127.0.0.1:${controller}
log.dirs=${directory}
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
log.retention.ms=-1
log.retention.check.interval.ms=86400000
`

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        resolve(typeof address === 'object' && address !== null ? address.port : 0),
      )
    })
  })
}
