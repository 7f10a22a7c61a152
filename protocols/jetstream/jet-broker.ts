// The broker port over NATS JetStream: several machines, one or more NATS servers between them. The
// parts are in the files beside this one; what each promises is in their heads, and the decision behind
// them in spec/decisions/0020-jetstream.md.

import type {
  Broker,
  Producer,
  Reader,
  Snapshots,
  TaskClaim,
  TaskName,
  TaskSession,
} from '../broker/broker.ts'
import type { Offset } from '../core/brands.ts'
import type { Clock, Random } from '../core/clock.ts'
import { type Logger, silent } from '../core/log.ts'
import { commitLog } from '../messages/commit-header.ts'
import type { TopicPartition } from '../records/record.ts'
import { Catalog } from './catalog.ts'
import { COMPACTION_DEFAULTS, type CompactionSettings } from './compaction.ts'
import type { LinkSettings } from './connect.ts'
import { PullBudget } from './feed.ts'
import { JetBus } from './jet-bus.ts'
import { JetKeys } from './jet-keys.ts'
import { JetProducer } from './jet-producer.ts'
import { JetReader } from './jet-reader.ts'
import { JetSnapshots } from './jet-snapshots.ts'
import { claimTask, type JetTaskPorts } from './jet-tasks.ts'
import { JetTopics } from './jet-topics.ts'
import { KeyMap } from './key-map.ts'
import { Link } from './link.ts'
import { namesOf } from './names.ts'
import type { OnPoint } from './points.ts'
import {
  type JetMaintained,
  type JetMaintenancePorts,
  maintain,
  maintainEvery,
} from './retention.ts'
import type { Trimmed } from './trim.ts'

export interface JetStreamSettings extends LinkSettings {
  /** First word of every subject and stream: what keeps two installations apart. Default `millrace`. */
  readonly namespace?: string | undefined
  /** Copies that a cluster keeps of each stream. Default 1. */
  readonly replicas?: number | undefined
  /** Most bytes of one stream, which is up to 16 partitions. Default: what the account allows. */
  readonly bytesMax?: number | undefined
}

export interface JetBrokerPorts {
  readonly settings: JetStreamSettings
  readonly clock: Clock
  /** What time-outs of the network go by; default `clock`, which may be turned by hand. */
  readonly wire?: Clock | undefined
  readonly random: Random
  /** Default: none. */
  readonly log?: Logger | undefined
  /** Whether to run retention on the clock; one broker of an installation is enough. Default false. */
  readonly maintenance?: boolean | undefined
  /** When tables are compacted. */
  readonly compaction?: Partial<CompactionSettings> | undefined
  /** All brokers of this installation go by this clock, as under a test; default false. */
  readonly isClockShared?: boolean | undefined
  /** For specs: see points.ts. */
  readonly onPoint?: OnPoint | undefined
}

export interface JetBroker extends Broker {
  readonly snapshots: Snapshots
  /** One round of retention, compaction and sweeping. */
  maintain(): Promise<JetMaintained>
}

const MAINTAIN_EVERY_MS = 30_000
/** Bytes that readers of one broker may have asked for at once; the server gives up on 64 MiB. */
const PULLED_BYTES_MAX = 24 * 1024 * 1024
/** A pull has room for the largest message, which headers and subject make a little larger. */
const PULL_SLACK_BYTES = 16 * 1024

/** @throws MillraceError BROKER_AWAY, BROKER_REFUSED, BROKER_FORBIDDEN, CREDENTIALS_INVALID, JETSTREAM_OFF, NATS_TOO_OLD */
export async function openJetStream(ports: JetBrokerPorts): Promise<JetBroker> {
  const { settings, clock, wire = clock, random, log = silent, isClockShared = false } = ports
  const link = await Link.open({ settings, clock: wire, random, log })
  try {
    const names = namesOf(settings.namespace ?? 'millrace')
    const replicas = settings.replicas ?? 1
    const budget = new PullBudget(PULLED_BYTES_MAX, link.payloadMax + PULL_SLACK_BYTES)
    const feeds = { link, wire, clock, budget }
    const map = await KeyMap.open({ ...feeds, names, replicas, isClockShared })
    const { onPoint } = ports
    const { bytesMax } = settings
    const catalog = new Catalog({ link, map, names, replicas, bytesMax, onPoint })
    const openings = new Set<Promise<void>>()
    const compaction = { ...COMPACTION_DEFAULTS, ...ports.compaction }
    const trimmed = new Map<string, Trimmed>()
    const kept = { openings, trimmed }
    const parts = { ...feeds, ...kept, names, map, catalog, random, log, onPoint, compaction }
    return new JetBrokerImpl(parts, ports.maintenance ?? false)
  } catch (error) {
    await link.close()
    throw error
  }
}

class JetBrokerImpl implements JetBroker {
  readonly topics: JetTopics
  readonly keys: JetKeys
  readonly bus: JetBus
  readonly snapshots: JetSnapshots
  readonly #parts: JetTaskPorts & JetMaintenancePorts
  readonly #stopMaintenance: () => Promise<void>

  constructor(parts: JetTaskPorts & JetMaintenancePorts, isMaintaining: boolean) {
    this.#parts = parts
    this.topics = new JetTopics(parts)
    this.keys = new JetKeys(parts.map, parts.clock)
    this.bus = new JetBus(parts)
    this.snapshots = new JetSnapshots(parts)
    this.#stopMaintenance = isMaintaining
      ? maintainEvery(parts, MAINTAIN_EVERY_MS)
      : () => Promise.resolve()
  }

  producer(): Producer {
    return new JetProducer(this.#parts)
  }

  reader(at: TopicPartition, from: Offset | 'earliest' | 'latest', onData: () => void): Reader {
    return new JetReader(this.#parts, { at, from, onData })
  }

  claim(task: TaskClaim): Promise<TaskSession> {
    return claimTask(this.#parts, task)
  }

  commits(task: TaskName, from: Offset | 'earliest', onData: () => void): Reader {
    return new JetReader(this.#parts, { at: commitLog(task), from, onData, isCommitLog: true })
  }

  maintain(): Promise<JetMaintained> {
    return maintain(this.#parts)
  }

  async close(): Promise<void> {
    // A round that is under way may wait for a server that is away: closing the link ends it.
    const maintained = this.#stopMaintenance()
    await this.bus.close()
    this.#parts.map.close()
    await this.#parts.link.close()
    await maintained
  }
}
