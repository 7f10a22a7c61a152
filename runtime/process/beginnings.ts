// Where the tasks of what was reset begin to read. Without more they begin at the earliest record; anything
// else is a first commit in their commit logs, made while no host may run them: positions and nothing more.
//
// Topics that are compacted are tables, which are whole from their beginning only; internal topics are new,
// or hold the mail of actors, which is nobody's to pass over. Both are read from their beginning.
//
// Source of the semantics: Kafka's application reset tool, --to-latest, --to-datetime, --to-offset.

import type { Broker, Position, TopicDescription } from '#protocols/broker/broker'
import { type Offset, offset, streamTime } from '#protocols/core/brands'
import { EMPTY } from '#protocols/core/bytes'
import { MillraceError } from '#protocols/core/errors'
import type { Beginning, Reading } from '#protocols/messages/reset-mark'
import { type Duration, durationMs } from '../dsl/duration.ts'

/** Who claims a task to write its first commit. */
const CLAIMANT = 'reset'

/**
 * What people write: `earliest`, `latest`, `1200` (an offset), `2h` (ago), `2026-11-30T08:00:00Z`.
 * @throws MillraceError OPTION_INVALID
 */
export function beginningOf(text: string, nowMs: number): Beginning {
  if (text === 'earliest' || text === 'latest') return text
  if (/^\d+$/.test(text)) return { offset: Number(text) }
  if (/^\d+(\.\d+)?[a-z]+$/.test(text)) {
    return { timeMs: nowMs - durationMs(text as Duration, '--from') }
  }
  const timeMs = Date.parse(text)
  if (Number.isNaN(timeMs)) throw beginningInvalid(text)
  return { timeMs }
}

export interface TaskBeginning extends Omit<Reading, 'sources'> {
  readonly partition: number
  readonly positions: readonly Position[]
}

/** The tasks that would not begin at the earliest record, as the topics are now. */
export async function beginningsOf(
  broker: Broker,
  from: Beginning,
  readings: readonly Reading[],
): Promise<readonly TaskBeginning[]> {
  if (from === 'earliest') return []
  const found: TaskBeginning[] = []
  for (const { sources, ...reading } of readings) {
    const topics = await Promise.all(sources.map((name) => broker.topics.describe(name)))
    const streams = topics.filter((topic) => topic !== null).filter(isStream)
    for (let partition = 0; partition < reading.tasks; partition++) {
      const positions = await positionsIn(broker, from, { streams, partition })
      if (positions.length > 0) found.push({ ...reading, partition, positions })
    }
  }
  return found
}

/** Requires: no host runs a task of the application, nor begins to. */
export async function begin(
  broker: Broker,
  application: string,
  { tasks: partitions, positions, ...task }: TaskBeginning,
): Promise<void> {
  const session = await broker.claim({ ...task, application, partitions, host: CLAIMANT })
  await session.commit({ positions, changes: null, outputs: [], meta: EMPTY })
  await session.close()
}

const isStream = ({ cleanup, owner }: TopicDescription): boolean =>
  cleanup !== 'compact' && owner !== 'internal'

async function positionsIn(
  broker: Broker,
  from: Beginning,
  { streams, partition }: { streams: readonly TopicDescription[]; partition: number },
): Promise<Position[]> {
  const positions: Position[] = []
  for (const topic of streams) {
    if (partition >= topic.partitions) continue
    const at = { topic: topic.name, partition }
    positions.push({ at, next: await nextOf(broker, from, topic, partition) })
  }
  return positions
}

async function nextOf(
  { topics }: Broker,
  from: Beginning,
  { name, bounds }: TopicDescription,
  partition: number,
): Promise<Offset> {
  const { first, next } = bounds.find((it) => it.partition === partition) ?? NOWHERE
  if (from === 'earliest') return first
  if (from === 'latest') return next
  if ('timeMs' in from) {
    return topics.offsetAt({ topic: name, partition }, streamTime(from.timeMs))
  }
  return offset(Math.min(Math.max(from.offset, first), next))
}

const NOWHERE = { first: offset(0), next: offset(0) }

const beginningInvalid = (text: string): MillraceError =>
  new MillraceError({
    code: 'OPTION_INVALID',
    what: `--from cannot be '${text}'`,
    hint: 'It takes earliest, latest, an offset, a time such as 2026-11-30T08:00:00Z, or how long ago, such as 2h',
  })
