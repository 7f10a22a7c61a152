// What a log needs now and then: expired batches and keys removed, compacted topics compacted, the
// remains of dropped topics collected. Any broker of a directory may do it, several at once too: each
// step checks what it relies on in its own transaction.

import type { Clock } from '#protocols/core/clock'
import { asError, isMillraceError } from '#protocols/core/errors'
import type { Logger } from '#protocols/core/log'
import { inRounds, type Round } from '#protocols/core/rounds'
import type { Engine } from '../engine/engine.ts'
import type { Catalog, Topic } from './catalog.ts'
import { type CompactionSettings, compact } from './compaction.ts'
import { collectGarbage } from './garbage.ts'
import { type LogTables, partitionKey } from './layout.ts'
import type { LogSnapshots } from './log-snapshots.ts'
import type { Partitions, Place } from './partitions.ts'
import { expire } from './retention.ts'

export interface MaintenancePorts {
  readonly engine: Engine
  readonly clock: Clock
  readonly log: Logger
  readonly tables: LogTables
  readonly catalog: Catalog
  readonly partitions: Partitions
  readonly compaction: CompactionSettings
  readonly snapshots: LogSnapshots | null
  /** Sweeps keys and bus rows whose time is over. */
  readonly sweeps: readonly (() => Promise<number>)[]
  /** Default: one that nobody stops, and that does not rest. */
  readonly round?: CalmRound | undefined
}

/** Rests for most of its time, until it is late. */
export interface CalmRound extends Round {
  /** Monotonic, ms. */
  readonly lateMs: number
}

export interface Maintained {
  readonly batchesExpired: number
  readonly recordsCompacted: number
  readonly rowsSwept: number
  /** Files of snapshots that were nobody's. */
  readonly filesCollected: number
}

const SOME_ROWS = 1_000
/** A round rests so many times as long as it worked: what it takes from others is one part in five. */
const REST = 4

/** One round over everything. A damaged partition is reported and passed over. */
export async function maintain(ports: MaintenancePorts): Promise<Maintained> {
  const { engine, tables, catalog } = ports
  let batchesExpired = 0
  let recordsCompacted = 0
  let rowsSwept = 0
  await collectGarbage(engine, tables)
  engine.refresh()
  for (const topic of catalog.all()) {
    for (let partition = 0; partition < topic.spec.partitions; partition++) {
      if (ports.round?.isStopped() === true) break
      const place = { topicId: topic.id, partition }
      batchesExpired += await expireAll(ports, topic, place)
      recordsCompacted += await compactOne(ports, topic, place)
    }
  }
  for (const sweep of ports.sweeps) {
    let some = SOME_ROWS
    while (some === SOME_ROWS) {
      some = await sweep()
      rowsSwept += some
    }
  }
  const filesCollected = (await ports.snapshots?.collect()) ?? 0
  return { batchesExpired, recordsCompacted, rowsSwept, filesCollected }
}

async function expireAll(ports: MaintenancePorts, topic: Topic, place: Place): Promise<number> {
  const { spec } = topic
  if ((spec.cleanup ?? 'delete') !== 'delete') return 0
  if (spec.retentionMs === undefined && spec.retentionBytes === undefined) return 0
  let expired = 0
  for (;;) {
    const some = await ports.engine.commit(
      () => (exists(ports, place) ? expire(ports.partitions, place, spec, ports.clock.now()) : 0),
      { passesLimit: true },
    )
    expired += some
    if (some === 0) return expired
  }
}

async function compactOne(ports: MaintenancePorts, topic: Topic, place: Place): Promise<number> {
  const { spec } = topic
  ports.engine.refresh()
  if (spec.cleanup !== 'compact' || !exists(ports, place)) return 0
  const at = { topic: spec.name, partition: place.partition }
  try {
    const pause = pausesOf(ports)
    return await compact({ ...ports, pause }, place, at, ports.compaction, ports.clock.now())
  } catch (error) {
    if (error instanceof Stopped) return 0
    if (!isMillraceError(error, 'BATCH_CORRUPT')) throw error
    ports.log.log('error', error.code, error.message, at)
    return 0
  }
}

/** Ends a compaction between two steps. */
class Stopped extends Error {}

/** Between two steps others have their turn, and then the machine. */
function pausesOf({ clock, round }: MaintenancePorts): () => Promise<void> {
  let startMs = clock.monotonic()
  return async () => {
    const endMs = clock.monotonic()
    await new Promise<void>((resolve) => clock.defer(resolve))
    if (round !== undefined && endMs < round.lateMs) await round.rest((endMs - startMs) * REST)
    if (round?.isStopped() === true) throw new Stopped()
    startMs = clock.monotonic()
  }
}

const exists = ({ tables }: MaintenancePorts, { topicId, partition }: Place): boolean =>
  tables.heads.get(partitionKey(topicId, partition)) !== undefined

/** Runs rounds on the clock, one after the other; the returned function stops them. */
export const maintainEvery = (ports: MaintenancePorts, everyMs: number): (() => Promise<void>) =>
  inRounds(ports.clock, everyMs, async (round) => {
    try {
      // As late as it would have begun anew: then what comes in is more than rests allow for.
      const lateMs = ports.clock.monotonic() + everyMs
      await maintain({ ...ports, round: { ...round, lateMs } })
    } catch (error) {
      // Full or failing disks are for writers to tell; the next round tries again.
      ports.log.log('warn', 'MAINTENANCE_FAILED', asError(error).message)
    }
  })
