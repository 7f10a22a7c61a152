// The embedded broker: the broker port over an engine. Over LMDB it is a directory that several
// processes share; over memory, under a hand-turned clock, it is the simulated broker. The parts are
// in the files beside this one and know one another through the tables they share (layout.ts).

import type {
  Append,
  Broker,
  Producer,
  Reader,
  TaskClaim,
  TaskName,
  TaskSession,
  Topics,
} from '#protocols/broker/broker'
import type { Offset } from '#protocols/core/brands'
import { fromUtf8, utf8 } from '#protocols/core/bytes'
import type { Clock, Random } from '#protocols/core/clock'
import { MillraceError } from '#protocols/core/errors'
import { type Logger, silent } from '#protocols/core/log'
import { commitLog } from '#protocols/messages/commit-header'
import type { TopicPartition } from '#protocols/records/record'
import type { Engine, EngineUsage } from '../engine/engine.ts'
import { Arrivals } from './arrivals.ts'
import { Catalog } from './catalog.ts'
import { COMPACTION_DEFAULTS, type CompactionSettings } from './compaction.ts'
import type { Doorbell } from './doorbell.ts'
import { type LogTables, openTables } from './layout.ts'
import { LogBus } from './log-bus.ts'
import { LogKeys } from './log-keys.ts'
import { LogReader, type ReaderPorts } from './log-reader.ts'
import { LogSnapshots } from './log-snapshots.ts'
import { LogTopics } from './log-topics.ts'
import { appendAll, checkAppends } from './log-writer.ts'
import { type Maintained, type MaintenancePorts, maintain, maintainEvery } from './maintenance.ts'
import { Partitions } from './partitions.ts'
import type { SnapshotFiles } from './snapshot-files.ts'
import { claimTask } from './task-sessions.ts'

export interface LogBrokerPorts {
  /** Becomes the broker's: closed with it. */
  readonly engine: Engine
  readonly clock: Clock
  readonly random: Random
  /** Becomes the broker's too. */
  readonly doorbell: Doorbell
  /** Default: none. */
  readonly log?: Logger | undefined
  /** Whether to run maintenance on the clock; one broker of a directory is enough. Default false. */
  readonly maintenance?: boolean | undefined
  readonly compaction?: Partial<CompactionSettings> | undefined
  /** Where snapshots of tasks are kept; default: nowhere, and there are none. */
  readonly snapshots?: SnapshotFiles | undefined
}

/** A broker that can look after its log. */
export interface LogBroker extends Broker {
  /** One round of retention, compaction and sweeping. */
  maintain(): Promise<Maintained>
  usage(): EngineUsage
  /** A consistent copy of the log, without snapshots, into an empty directory, while others read and write. */
  backup(directory: string): Promise<void>
}

const MAINTAIN_EVERY_MS = 30_000

const FORMAT = utf8('format')
const FORMAT_NOW = '2'
/** Its large batches lie in one piece, and may stay so. */
const FORMAT_BEFORE = '1'

/** @throws MillraceError DIRECTORY_FORMAT when another format wrote the log */
export function openLogBroker(ports: LogBrokerPorts): LogBroker {
  const tables = openTables(ports.engine)
  checkFormat(ports.engine, tables)
  return new LogBrokerImpl(ports, tables)
}

class LogBrokerImpl implements LogBroker {
  readonly topics: Topics
  readonly keys: LogKeys
  readonly bus: LogBus
  readonly snapshots: LogSnapshots | null
  readonly #ports: LogBrokerPorts
  readonly #reading: ReaderPorts
  readonly #maintenance: MaintenancePorts
  readonly #stopMaintenance: () => Promise<void>

  constructor(ports: LogBrokerPorts, tables: LogTables) {
    const { engine, clock, random, doorbell } = ports
    const arrivals = new Arrivals(clock, doorbell, () => engine.refresh())
    const catalog = new Catalog(tables, random)
    this.#ports = ports
    this.#reading = { engine, clock, catalog, arrivals, partitions: new Partitions(tables) }
    const { snapshots: files } = ports
    this.snapshots =
      files === undefined ? null : new LogSnapshots(this.#reading, tables, random, files)
    this.topics = new LogTopics(this.#reading, tables, this.snapshots)
    this.keys = new LogKeys({ engine, clock, tables, arrivals })
    this.bus = new LogBus({ engine, clock, random, tables, arrivals })
    this.#maintenance = {
      ...this.#reading,
      tables,
      log: ports.log ?? silent,
      compaction: { ...COMPACTION_DEFAULTS, ...ports.compaction },
      snapshots: this.snapshots,
      sweeps: [() => this.keys.sweep(), () => this.bus.sweep()],
    }
    this.#stopMaintenance =
      ports.maintenance === true
        ? maintainEvery(this.#maintenance, MAINTAIN_EVERY_MS)
        : () => Promise.resolve()
  }

  producer(): Producer {
    return { append: (appends) => this.#append(appends) }
  }

  reader(at: TopicPartition, from: Offset | 'earliest' | 'latest', onData: () => void): Reader {
    return new LogReader(this.#reading, { at, from, onData, isCommitLog: false })
  }

  claim(task: TaskClaim): Promise<TaskSession> {
    return claimTask(this.#reading, this.#ports.random, task)
  }

  commits(task: TaskName, from: Offset | 'earliest', onData: () => void): Reader {
    return new LogReader(this.#reading, { at: commitLog(task), from, onData, isCommitLog: true })
  }

  maintain(): Promise<Maintained> {
    return maintain(this.#maintenance)
  }

  usage(): EngineUsage {
    return this.#ports.engine.usage()
  }

  backup(directory: string): Promise<void> {
    return this.#ports.engine.copy(directory)
  }

  async close(): Promise<void> {
    await this.#stopMaintenance()
    await this.bus.close()
    this.#reading.arrivals.close()
    await this.#ports.engine.close()
    this.#ports.doorbell.close()
  }

  async #append(appends: readonly Append[]): Promise<readonly Offset[]> {
    if (appends.length === 0) return []
    const { engine, catalog, partitions, arrivals } = this.#reading
    const checked = checkAppends(appends)
    const { bases } = await engine.commit(() => appendAll(catalog, partitions, checked), {
      // Readers see it now; the one who appended waits until it is as durable as was promised.
      onVisible: ({ places }) => arrivals.announce(places),
    })
    return bases
  }
}

function checkFormat(engine: Engine, tables: LogTables): void {
  const found = tables.facts.get(FORMAT)
  const format = found === undefined ? FORMAT_BEFORE : fromUtf8(found)
  if (format === FORMAT_NOW) return
  if (format !== FORMAT_BEFORE) {
    throw new MillraceError({
      code: 'DIRECTORY_FORMAT',
      what: `the log has format ${format}; this version reads formats up to ${FORMAT_NOW}`,
      hint: 'Start the version that wrote it',
    })
  }
  engine.transact(() => tables.facts.put(FORMAT, utf8(FORMAT_NOW)))
}
