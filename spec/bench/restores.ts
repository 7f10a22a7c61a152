// How fast a task that finds nothing on its host restores its state from its commit log.

import { join } from 'node:path'
import { GlobalTables } from '#actors/task/global-tables'
import { TaskWork } from '#actors/task/work'
import type { SubtopologyPlan } from '#actors/topology/plan'
import type { Broker, TaskClaim } from '#protocols/broker/broker'
import { systemClock } from '#runtime/process/system-ports'
import { taskSettings } from '#runtime/process/task-settings'
import { memoryEngine } from '#stores/engine/memory'
import type { Figure } from './harness.ts'
import { inTurn, type Spent, timed } from './measure.ts'
import { type MeetingKind, withMeeting } from './meeting.ts'
import { logCounts, storeEngine } from './state.ts'
import { wordcount } from './wordcount.ts'

/** @param least changes/s that are wanted */
export function restores(
  kind: MeetingKind,
  keys: number,
  rounds: number,
  least: number,
): Promise<Figure> {
  const [, plan] = wordcount.plan('bench').subtopologies
  if (plan === undefined) throw new Error('counting has a sub-topology of its own')
  const task = { application: 'bench', topology: 'wordcount', subtopology: plan.name, partition: 0 }
  const claim: TaskClaim = { ...task, host: 'h', partitions: 1 }
  return withMeeting(kind, async ({ broker, directory }) => {
    await logCounts(broker, claim, keys)
    // What it reads, as its host would have made it.
    for (const { topic } of plan.sources) {
      await broker.topics.ensure({ name: topic, partitions: 1 })
    }
    let round = 0
    const empty = (): string => join(directory, `state-${round++}`)
    const [spent] = await inTurn(rounds, [() => restored(broker, claim, plan, empty())])
    if (spent === undefined) throw new Error('one body, one result')
    const value = (keys / spent.ms) * 1000
    return { name: `${kind}: restore of a task`, value, unit: 'changes/s', goal: { least } }
  })
}

/** From open to restored. */
async function restored(
  broker: Broker,
  claim: TaskClaim,
  plan: SubtopologyPlan,
  directory: string,
): Promise<Spent> {
  const disk = storeEngine(directory)
  const engines = async () => ({ disk, memory: memoryEngine() })
  const shared = { broker, clock: systemClock, engines, partitionCount: () => 1 }
  const ports = { ...shared, globals: new GlobalTables(shared) }
  const work = new TaskWork(claim, plan, ports, taskSettings({}))
  const spent = await timed(async () => {
    await work.open()
    await work.claim()
    await work.restore()
  })
  await work.close(false)
  return spent
}
