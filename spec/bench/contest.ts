// A topology against a plain loop over the same records, in the same run: Millrace exactly once, from
// and to the embedded broker in fsynced transactions, with state in LMDB; the loop with Maps, in one
// thread. Both encode what they come to, and must come to the same, or the bench ends.

import { host, type Topic, type TopologyDefinition } from 'millrace'
import type { Broker } from '#protocols/broker/broker'
import { type Figure, shown } from './harness.ts'
import { fillByKey, type KeyedInput } from './keyed-input.ts'
import { withLog } from './log-directory.ts'
import { cpuMsSince, inTurn, type Spent, timed } from './measure.ts'
import { type Counts, type Emit, Emitted, type Outcome, outcomeIn, outcomeOf } from './outcome.ts'
import { processed } from './processed.ts'

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
    const spent = await processed(app.socket, {
      name: contest.name,
      topics: new Set(contest.inputs.map(({ topic }) => topic)),
      cpuMs: () => cpuMsSince({ user: 0, system: 0 }),
    })
    check(contest, broker, right)
    return spent
  })
}

function check({ name, output, counts }: Contest, broker: Broker, right: Outcome): void {
  const found = JSON.stringify(outcomeIn(broker, output, counts).tally())
  const wanted = JSON.stringify(right.tally())
  if (found !== wanted) throw new Error(`${name}: came to ${found}, the loop to ${wanted}`)
}
