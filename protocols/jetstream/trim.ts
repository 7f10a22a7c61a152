// Takes from a commit log what the older of its two snapshots covers, so that the log has an end to its
// growth and two ways to the state: either snapshot, and the commits after it.
//
// Invariants: (1) the floor is raised before anything below it goes, so that who reads there is told;
// (2) there stay the log's newest message, the commit whose outputs a claim says may be missing, and the
// commits that snapshots cover, each with its parts; (3) parts go before the commit that names them. A
// round that was cut off is finished by the next one.

import { type Offset, offset } from '../core/brands.ts'
import type { Place } from './catalog.ts'
import { CommitLog, type CommitLogPorts } from './commit-log.ts'
import { PARTS, partsOf } from './commit-message.ts'
import { scan } from './feed.ts'
import type { JetSnapshots } from './jet-snapshots.ts'
import { MARK, readMark } from './mark.ts'
import { removeMessages } from './messages.ts'
import { messageOf, nextOf } from './names.ts'

/** Requires: a fresh mirror. Answers how many commits and claims went. */
export async function trim(
  ports: CommitLogPorts,
  snapshots: JetSnapshots,
  place: Place,
): Promise<number> {
  const { catalog, onPoint } = ports
  const standing = await snapshots.standing(place)
  const floor = offset(Math.max(catalog.floor(place), standing[1]?.covers.next ?? 0))
  if (floor === 0) return 0
  await catalog.raiseFloor(place, floor)
  await onPoint?.('floor-raised')
  const last = await new CommitLog(ports, place).last()
  const spared = new Set(standing.map(({ covers }) => messageOf(covers.next - 1)))
  // A claim that comes later names one of these, or something above the floor.
  for (const message of [last?.message, last?.unforwarded]) spared.add(message ?? 0)
  const { over, parts } = await below(ports, place, { floor, spared })
  await removeMessages(ports, place.stream, parts)
  await onPoint?.('parts-removed')
  await removeMessages(ports, place.stream, over)
  return over.length
}

/** Numbers of what goes: commits and claims, and parts of commits. */
async function below(
  ports: CommitLogPorts,
  place: Place,
  { floor, spared }: { readonly floor: Offset; readonly spared: ReadonlySet<number> },
): Promise<{ over: number[]; parts: number[] }> {
  const { stream, subject, at } = place
  const over: number[] = []
  const sparedParts = new Set<number>()
  const commits = { stream, subject, from: 1, headersOnly: true }
  await scan(ports, commits, ({ message, headers, timeMs }) => {
    if (nextOf(message, readMark(headers?.get(MARK), timeMs).span) > floor) return false
    if (!spared.has(message)) over.push(message)
    else for (const part of partsOf(headers?.get(PARTS))) sparedParts.add(part)
    return true
  })
  // Parts are stored after the commit before theirs: what is older than the last commit below the floor
  // belongs to it, to one before it, or to one that was never stored.
  const end = messageOf(floor - 1)
  const parts: number[] = []
  const all = { ...commits, subject: ports.names.parts(at.topic, at.partition) }
  await scan(ports, all, ({ message }) => {
    if (message >= end) return false
    if (!sparedParts.has(message)) parts.push(message)
    return true
  })
  return { over, parts }
}
