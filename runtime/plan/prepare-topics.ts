// Before a topology runs, its topics exist and their partition counts are known. A sub-topology has
// as many tasks as its widest source has partitions; a repartition topic is as wide as the
// sub-topology that writes it, so that work spreads no less after it than before.

import type { SubtopologyPlan, TopologyPlan } from '#actors/topology/plan'
import type { Broker } from '#protocols/broker/broker'
import { topicUnknown } from '#protocols/broker/errors'
import { MillraceError } from '#protocols/core/errors'

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

  for (const { name, owner, declared, mustExist } of plan.topics) {
    if (owner === 'internal') continue
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
  // Sub-topologies come in the order of the flow: what one reads, an earlier one writes.
  for (const subtopology of plan.subtopologies) {
    const tasks = taskCount(subtopology, topicPartitions)
    taskCounts.set(subtopology.name, tasks)
    for (const { name, writtenBy } of plan.topics) {
      if (writtenBy === subtopology.name)
        await ensure(name, { partitions: tasks, owner: 'internal' })
    }
  }
  return { plan, topicPartitions, taskCounts }
}

function taskCount(
  subtopology: SubtopologyPlan,
  topicPartitions: ReadonlyMap<string, number>,
): number {
  const widths = subtopology.sources.map(({ topic }) => topicPartitions.get(topic) ?? 1)
  const widest = Math.max(...widths)
  if (subtopology.stores.length > 0 && widths.some((width) => width !== widest)) {
    const list = subtopology.sources.map(({ topic }, i) => `${topic} (${widths[i]})`).join(', ')
    throw new MillraceError({
      code: 'PARTITIONS_DIFFER',
      what: `the inputs of '${subtopology.name}' have different partition counts: ${list}`,
      hint: 'Records that meet by key must be partitioned alike: recreate one of the topics',
    })
  }
  return widest
}
