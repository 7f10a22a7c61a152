// A topology against a plain loop over the same records, in the same run: Millrace exactly once, from
// and to the embedded broker in fsynced transactions, with state in LMDB; the loop with Maps, in one
// thread. Both encode what they come to, and must come to the same, or the bench ends.

import { host, type Topic, type TopologyDefinition } from 'millrace'
import type { Broker } from '#protocols/broker/broker'
import { askAdmin } from '#runtime/admin/admin-client'
import type { TasksDocument } from '#runtime/admin/documents'
import { type Figure, shown } from './harness.ts'
import { fillByKey, type KeyedInput } from './keyed-input.ts'
import { withLog } from './log-directory.ts'
import { cpuMsSince, inTurn, pause, type Spent, timed } from './measure.ts'
import { type Counts, type Emit, Emitted, type Outcome, outcomeIn, outcomeOf } from './outcome.ts'

export interface Contest<K = unknown, V = unknown> {
  readonly name: string
  readonly topology: TopologyDefinition
  /** URL of the module that exports the topology. */
  readonly module: string
  readonly inputs: readonly KeyedInput[]
  readonly output: Topic<K, V>
  readonly counts: Counts
  /** The same by hand. */
  loop(emit: Emit<K, V>): void
}

/** Lists hold contests of every type alike. */
export const contest = <K, V>(it: Contest<K, V>): Contest => it as unknown as Contest

const LOOK_EVERY_MS = 10
/** Nothing came for so long, and nothing waits: it is done. */
const QUIET_MS = 500
const PATIENCE_MS = 120_000
/** What must be left to measure after the first look. */
const SHARE_LEAST = 0.2
const WORKERS = 2

/** What a contest's loop comes to. */
export function expected<K, V>({ output, counts, loop }: Contest<K, V>): Outcome {
  const batches: Uint8Array[] = []
  const emitted = new Emitted(output, (batch) => batches.push(batch))
  loop(emitted.emit)
  emitted.finish()
  return outcomeOf(batches, counts)
}

/** @throws when the two do not come to the same */
export async function compare(contest: Contest, rounds: number): Promise<Figure> {
  const right = expected(contest)
  const [byHand, whole] = await inTurn(rounds, [
    () => timed(() => loopOnce(contest)),
    () => run(contest, right),
  ])
  if (byHand === undefined || whole === undefined) throw new Error('two bodies, two results')
  const records = contest.inputs.reduce((sum, input) => sum + input.records, 0)
  return {
    name: contest.name,
    value: (records / whole.ms) * 1000,
    unit: 'events/s',
    ratio: { to: 'the loop', value: byHand.ms / whole.ms },
    note: `${shown(right.tally()['rows'] ?? 0)} rows; processor time ${shown(whole.cpuMs / byHand.cpuMs)} times the loop's`,
  }
}

function loopOnce({ output, loop }: Contest): void {
  const emitted = new Emitted(output)
  loop(emitted.emit)
  emitted.finish()
}

function run(contest: Contest, right: Outcome): Promise<Spent> {
  return withLog('fsync', async ({ directory, broker }) => {
    for (const input of contest.inputs) await fillByKey(broker, input)
    const options = { application: 'bench', broker: { file: directory }, workers: WORKERS } as const
    await using app = await host(options)
    await app.register(new URL(contest.module))
    const spent = await processed(app.socket, contest)
    check(contest, broker, right)
    return spent
  })
}

/**
 * From the first look at which something had been processed until nothing moved any more. What was done
 * by the first look is added in proportion.
 */
async function processed(socket: string, { name, inputs }: Contest): Promise<Spent> {
  const topics = new Set(inputs.map(({ topic }) => topic))
  const deadline = performance.now() + PATIENCE_MS
  let first: (Look & Spent) | null = null
  let last = { mark: '', ms: 0, cpuMs: 0, read: 0 }
  while (performance.now() < deadline) {
    const look = await lookAt(socket, topics)
    const now = { ...look, ms: performance.now(), cpuMs: cpuMsSince({ user: 0, system: 0 }) }
    if (first === null && now.read > 0) first = now
    if (now.mark !== last.mark) last = now
    else if (first !== null && now.lag === 0 && now.ms - last.ms > QUIET_MS) {
      const share = 1 - first.read / last.read
      if (share < SHARE_LEAST) throw new Error(`${name}: too few records to tell how fast it is`)
      return { ms: (last.ms - first.ms) / share, cpuMs: (last.cpuMs - first.cpuMs) / share }
    }
    await pause(LOOK_EVERY_MS)
  }
  throw new Error(`${name}: not done within ${PATIENCE_MS} ms`)
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

function check({ name, output, counts }: Contest, broker: Broker, right: Outcome): void {
  const found = JSON.stringify(outcomeIn(broker, output, counts).tally())
  const wanted = JSON.stringify(right.tally())
  if (found !== wanted) throw new Error(`${name}: came to ${found}, the loop to ${wanted}`)
}
