// Takes from a commit log what nobody needs to build a state from, so that its growth has an end:
//
//   what the older of its two snapshots covers, up to the floor: there are always two ways to the state,
//     either snapshot and the commits after it
//   claims and commits without changes, wherever they are: the newest one has its positions, and what
//     is left is the same state. All of a task that keeps nothing is such commits
//
// Invariants: (1) the floor is raised before anything below it goes, so that who reads there is told;
// (2) there stay the log's newest message, the commit whose outputs a claim says may be missing, and the
// commits that snapshots cover, each with its parts; (3) what is young stays above the floor: a server
// that loses power may lose what came after it; (4) a commit goes before its parts, so that every commit
// can be read. A round that was cut off is finished by a later one: parts that no commit names go too.

import { type Offset, offset } from '../core/brands.ts'
import type { Place } from './catalog.ts'
import { CommitLog } from './commit-log.ts'
import { PARTS, partsOf } from './commit-message.ts'
import type { CompactionPorts } from './compaction.ts'
import { scan } from './feed.ts'
import type { JetSnapshots } from './jet-snapshots.ts'
import { MARK, readMark } from './mark.ts'
import { removeMessages } from './messages.ts'
import { messageOf, nextOf } from './names.ts'

/** How far a round of this process came; what it left up to there stays until the floor is another. */
export interface Trimmed {
  readonly floor: Offset
  /** Number of a message. */
  readonly through: number
}

export interface TrimPorts extends CompactionPorts {
  /** By id of the topic and partition; of this process alone, to look at each message once. */
  readonly trimmed: Map<string, Trimmed>
}

/** Most that one round takes from a log; the next goes on. */
const REMOVED_MAX = 50_000

/** Requires: a fresh mirror. Answers how many commits and claims went. */
export async function trim(
  ports: TrimPorts,
  snapshots: JetSnapshots,
  place: Place,
): Promise<number> {
  const { catalog, trimmed, onPoint } = ports
  const standing = await snapshots.standing(place)
  const before = catalog.floor(place)
  const floor = offset(Math.max(before, standing[1]?.covers.next ?? 0))
  if (floor > before) {
    await catalog.raiseFloor(place, floor)
    await onPoint?.('floor-raised')
  }
  const last = await new CommitLog(ports, place).last()
  if (last === null) return 0
  const key = `${place.topic.id}/${place.at.partition}`
  const known = trimmed.get(key)
  const after = known?.floor === floor ? known.through : 0
  // A claim that comes later names one of these, or something that is younger than all of them.
  const spared = new Set([last.message, last.unforwarded])
  for (const { covers } of standing) spared.add(messageOf(covers.next - 1))
  const found = await walk(ports, place, { floor, after, newest: last.message, spared })
  await removeMessages(ports, place.stream, found.over)
  await onPoint?.('commits-removed')
  // The first round looks for what others left as well.
  if (found.over.length > 0 || known === undefined) {
    await removeMessages(ports, place.stream, await partsIn(ports, place, after, found))
  }
  trimmed.set(key, { floor, through: found.through })
  return found.over.length
}

interface Walk {
  readonly floor: Offset
  /** Number of the last message that needs no look. */
  readonly after: number
  readonly newest: number
  readonly spared: ReadonlySet<number>
}

interface Found {
  /** Numbers of what goes. */
  readonly over: readonly number[]
  /** Numbers of the parts of what stays. */
  readonly parts: ReadonlySet<number>
  /** Number of the last message that was looked at. */
  readonly reached: number
  /** Number of the last one before any that may go when it is spared no more. */
  readonly through: number
}

async function walk(ports: TrimPorts, place: Place, it: Walk): Promise<Found> {
  const { compaction, map } = ports
  const youngMs = map.now() - compaction.settledMs
  const isYoung = (timeMs: number): boolean => compaction.settledMs > 0 && timeMs > youngMs
  const over: number[] = []
  const parts = new Set<number>()
  let reached = it.after
  let through: number | null = null
  const { stream, subject } = place
  const commits = { stream, subject, from: it.after + 1, headersOnly: true }
  await scan(ports, commits, ({ message, headers, timeMs }) => {
    const { span, changes } = readMark(headers?.get(MARK), timeMs)
    const isCovered = nextOf(message, span) <= it.floor
    if (!isCovered && (message >= it.newest || isYoung(timeMs))) return false
    if (over.length >= REMOVED_MAX) return false
    const isOver = isCovered || changes === 0
    if (isOver && !it.spared.has(message)) over.push(message)
    else {
      for (const part of partsOf(headers?.get(PARTS))) parts.add(part)
      if (isOver) through ??= reached
    }
    reached = message
    return true
  })
  return { over, parts, reached, through: through ?? reached }
}

/**
 * Parts of what went. Parts are stored after the commit before theirs: those before the last commit that was
 * looked at belong to it, to one before it, or to one that was never stored.
 */
async function partsIn(
  ports: TrimPorts,
  { stream, at }: Place,
  after: number,
  { parts, reached }: Found,
): Promise<number[]> {
  const over: number[] = []
  const subject = ports.names.parts(at.topic, at.partition)
  await scan(ports, { stream, subject, from: after + 1, headersOnly: true }, ({ message }) => {
    if (message >= reached) return false
    if (!parts.has(message)) over.push(message)
    return true
  })
  return over
}
