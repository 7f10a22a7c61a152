// Before a topology runs, its topics exist and their partition counts are known: those of users are
// looked up or created as declared, internal ones follow from them (plan-widths.ts).

import type { TopologyPlan } from '#actors/topology/plan'
import type { Broker } from '#protocols/broker/broker'
import { topicUnknown } from '#protocols/broker/errors'
import { PlanWidths } from './plan-widths.ts'

export interface PreparedPlan {
  readonly plan: TopologyPlan
  /** Partitions of every topic the plan touches. */
  readonly topicPartitions: ReadonlyMap<string, number>
  /** Tasks of every sub-topology. */
  readonly taskCounts: ReadonlyMap<string, number>
}

/**
 * Creates what is missing and looks up the rest.
 * @param partitionsDefault for topics whose declaration does not say
 * @throws MillraceError TOPIC_UNKNOWN for a missing topic that belongs to somebody else;
 *   TOPIC_MISMATCH; PARTITIONS_DIFFER when sources that meet in one sub-topology are not alike
 */
export async function prepareTopics(
  broker: Broker,
  plan: TopologyPlan,
  partitionsDefault: number,
  onCreated: (name: string, partitions: number) => void,
): Promise<PreparedPlan> {
  const topicPartitions = new Map<string, number>()
  const taskCounts = new Map<string, number>()
  const ensure = async (name: string, spec: { partitions: number; owner: 'user' | 'internal' }) => {
    const declared = plan.topics.find((topic) => topic.name === name)?.declared
    const outcome = await broker.topics.ensure({ ...declared, ...spec, name })
    if (outcome === 'created') onCreated(name, spec.partitions)
    topicPartitions.set(name, spec.partitions)
  }

  for (const { name, owner, declared, mustExist, writtenBy } of plan.topics) {
    if (writtenBy !== undefined) continue
    const found = await broker.topics.describe(name)
    if (found === null && mustExist === true) {
      throw topicUnknown(
        name,
        (await broker.topics.list()).map((topic) => topic.name),
      )
    }
    const partitions = declared.partitions ?? found?.partitions ?? partitionsDefault
    await ensure(name, { partitions, owner })
  }
  const widths = new PlanWidths(plan, topicPartitions)
  for (const { name } of plan.subtopologies) taskCounts.set(name, widths.ofTasks(name))
  for (const { name, writtenBy } of plan.topics) {
    if (writtenBy === undefined) continue
    await ensure(name, { partitions: widths.ofTopic(name), owner: 'internal' })
  }
  return { plan, topicPartitions, taskCounts }
}
