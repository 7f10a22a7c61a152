// How long a host takes over what is in its input topics, as its own documents tell.

import { askAdmin } from '#runtime/admin/admin-client'
import type { TasksDocument } from '#runtime/admin/documents'
import { pause, type Spent } from './measure.ts'

export interface Watched {
  readonly name: string
  /** Topics whose records are counted. */
  readonly topics: ReadonlySet<string>
  /** Processor time of whatever runs the host, until now, ms. */
  readonly cpuMs: () => number
  /** After which it is given up, ms. */
  readonly patienceMs?: number
}

const LOOK_EVERY_MS = 10
/** Nothing came for so long, and nothing waits: it is done. */
const QUIET_MS = 500
const PATIENCE_MS = 120_000
/** What must be left to measure after the first look. */
const SHARE_LEAST = 0.2

/**
 * From the first look at which something had been processed until nothing moved any more. What was done
 * by the first look is added in proportion.
 */
export async function processed(socket: string, watched: Watched): Promise<Spent> {
  const { name, topics, cpuMs, patienceMs = PATIENCE_MS } = watched
  const deadline = performance.now() + patienceMs
  let first: (Look & Spent) | null = null
  let last = { mark: '', ms: 0, cpuMs: 0, read: 0 }
  while (performance.now() < deadline) {
    const look = await lookAt(socket, topics)
    const now = { ...look, ms: performance.now(), cpuMs: cpuMs() }
    if (first === null && now.read > 0) first = now
    if (now.mark !== last.mark) last = now
    else if (first !== null && now.lag === 0 && now.ms - last.ms > QUIET_MS) {
      const share = 1 - first.read / last.read
      if (share < SHARE_LEAST) throw new Error(`${name}: too few records to tell how fast it is`)
      return { ms: (last.ms - first.ms) / share, cpuMs: (last.cpuMs - first.cpuMs) / share }
    }
    await pause(LOOK_EVERY_MS)
  }
  throw new Error(`${name}: not done within ${patienceMs} ms`)
}

interface Look {
  /** Records of the inputs that were read. */
  readonly read: number
  /** Records that wait, in whatever topic. */
  readonly lag: number
  /** Differs from the one before when something moved. */
  readonly mark: string
}

async function lookAt(socket: string, topics: ReadonlySet<string>): Promise<Look> {
  const { tasks } = await askAdmin<TasksDocument>(socket, '/v1/tasks')
  let [read, lag, moved, commits] = [0, 0, 0, 0]
  for (const task of tasks) {
    if (task.error !== null) throw new Error(`${task.id}: ${task.error.what}`)
    lag += task.lag
    commits += task.commits
    for (const { topic, position } of task.positions) {
      moved += position
      if (topics.has(topic)) read += position
    }
  }
  return { read, lag, mark: `${moved} ${commits}` }
}
