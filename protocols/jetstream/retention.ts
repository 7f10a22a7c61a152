// What an installation needs now and then: batches that are older than a topic keeps, or more than it
// keeps, removed, tables compacted, commit logs trimmed to their snapshots, pieces that nobody needs
// collected, and keys whose time is over. NATS' own limits are not used for it: they go by when a message
// came, count a stream and not a partition, and would take the last message of a task, by which the next
// owner knows what was forwarded.
//
// Invariants: (1) the floor of a partition is raised before anything below it goes, so that a reader
// below it is told; (2) the last message of each task stays, below the floor, where nobody reads it.

import type { Offset } from '../core/brands.ts'
import type { Clock } from '../core/clock.ts'
import { asError } from '../core/errors.ts'
import { inRounds } from '../core/rounds.ts'
import type { Catalog, Place, Topic } from './catalog.ts'
import { compactTopic } from './compaction.ts'
import { isRefusal, JET } from './errors.ts'
import { scan } from './feed.ts'
import { JetSnapshots } from './jet-snapshots.ts'
import type { KeyMap } from './key-map.ts'
import { FROM, MARK, readMark, SIZE } from './mark.ts'
import { removeMessages } from './messages.ts'
import { nextOf } from './names.ts'
import { collectPieces } from './pieces.ts'
import { prefixOf } from './prefix.ts'
import { type TrimPorts, trim } from './trim.ts'

export interface JetMaintenancePorts extends TrimPorts {
  readonly clock: Clock
  readonly catalog: Catalog
  readonly map: KeyMap
}

export interface JetMaintained {
  readonly messagesExpired: number
  /** Commits and claims that a snapshot stands for, or that changed nothing. */
  readonly messagesTrimmed: number
  /** Messages of tables that compacted prefixes stand for. */
  readonly messagesCompacted: number
  /** Pieces of snapshots and prefixes that are not kept, or were never whole. */
  readonly piecesCollected: number
  readonly keysSwept: number
}

/** What is known of a partition after a walk over its headers. */
interface Walked {
  /** Offset after the last batch that goes. */
  readonly floor: Offset
  /** Numbers of messages that go, those kept below the floor by an earlier round included. */
  readonly over: readonly number[]
  readonly expired: number
}

/** One round over everything; a topic that is dropped meanwhile is passed over. */
export async function maintain(ports: JetMaintenancePorts): Promise<JetMaintained> {
  const { catalog, map } = ports
  await map.fresh()
  const snapshots = new JetSnapshots(ports)
  let messagesExpired = 0
  let messagesTrimmed = 0
  let messagesCompacted = 0
  let piecesCollected = 0
  for (const topic of catalog.all()) {
    const { cleanup = 'delete', owner, retentionMs, retentionBytes } = topic.spec
    const isLimited = retentionMs !== undefined || retentionBytes !== undefined
    if (cleanup === 'delete' && isLimited) {
      messagesExpired += await each(catalog, topic, (place) => expire(ports, place))
    } else if (cleanup === 'compact' && owner === 'internal') {
      messagesTrimmed += await each(catalog, topic, (place) => trim(ports, snapshots, place))
      piecesCollected += await snapshots.collect(topic)
    } else if (cleanup === 'compact') {
      messagesCompacted += await unlessDropped(() => compactTopic(ports, topic))
      piecesCollected += await collectPieces(
        ports,
        'x',
        topic,
        (place, id) => prefixOf(map, place).prefix?.id === id,
      )
    }
  }
  const keysSwept = await map.sweep()
  return { messagesExpired, messagesTrimmed, messagesCompacted, piecesCollected, keysSwept }
}

/** The sum over a topic's partitions; of a topic that is dropped meanwhile, of what there was. */
async function each(
  catalog: Catalog,
  topic: Topic,
  run: (place: Place) => Promise<number>,
): Promise<number> {
  let sum = 0
  for (let partition = 0; partition < topic.spec.partitions; partition++) {
    sum += await unlessDropped(() => run(catalog.place(topic, partition)))
  }
  return sum
}

/** 0 when its topic was dropped meanwhile. */
async function unlessDropped(run: () => Promise<number>): Promise<number> {
  try {
    return await run()
  } catch (error) {
    if (isRefusal(error, JET.streamUnknown)) return 0
    throw error
  }
}

async function expire(ports: JetMaintenancePorts, place: Place): Promise<number> {
  const { floor, over, expired } = await walk(ports, place)
  if (expired > 0) await ports.catalog.raiseFloor(place, floor)
  await removeMessages(ports, place.stream, over)
  return expired
}

interface Seen {
  readonly message: number
  readonly subject: string
  readonly next: Offset
  readonly maxTime: number
  readonly bytes: number
}

async function walk(ports: JetMaintenancePorts, place: Place): Promise<Walked> {
  const { catalog, map } = ports
  const { retentionMs, retentionBytes } = place.topic.spec
  let floor = catalog.floor(place)
  const oldestMs = retentionMs === undefined ? Number.NEGATIVE_INFINITY : map.now() - retentionMs
  const all: Seen[] = []
  /** Number of the last message of each task. */
  const lasts = new Map<string, number>()
  const { stream, subject: pattern } = place
  const filter = { stream, subject: pattern, from: 1, headersOnly: true }
  await scan(ports, filter, ({ message, subject, headers, timeMs }) => {
    const { maxTime, span } = readMark(headers?.get(MARK), timeMs)
    if (headers?.has(FROM) === true) lasts.set(subject, message)
    const bytes = Number(headers?.get(SIZE) ?? 0)
    all.push({ message, subject, next: nextOf(message, span), maxTime, bytes })
    return true
  })
  const above = all.filter(({ next }) => next > floor)
  let kept = above.reduce((sum, { bytes }) => sum + bytes, 0)
  let expired = 0
  for (const { next, maxTime, bytes } of above) {
    const isTooMuch = retentionBytes !== undefined && kept - bytes >= retentionBytes
    if (maxTime >= oldestMs && !isTooMuch) break
    kept -= bytes
    expired++
    floor = next
  }
  const over = all
    .filter(({ next, message, subject }) => next <= floor && lasts.get(subject) !== message)
    .map(({ message }) => message)
  return { floor, over, expired }
}

/** Runs rounds on the clock, one after the other; the returned function stops them. */
export const maintainEvery = (ports: JetMaintenancePorts, everyMs: number): (() => Promise<void>) =>
  inRounds(ports.clock, everyMs, async ({ isStopped }) => {
    try {
      await maintain(ports)
    } catch (error) {
      // The server may be away; the next round tries again.
      if (!isStopped()) ports.log.log('warn', 'MAINTENANCE_FAILED', asError(error).message)
    }
  })
