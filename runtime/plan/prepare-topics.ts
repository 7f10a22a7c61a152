// Before a topology runs, its topics exist and their partition counts are known: those of users are
// looked up or created as declared, internal ones follow from them (plan-widths.ts). Everything is
// looked at before anything is created, and what is looked at can be refused in between.

import type { TopologyPlan } from '#actors/topology/plan'
import type { Broker, TopicSpec } from '#protocols/broker/broker'
import { topicUnknown } from '#protocols/broker/errors'
import { PlanWidths } from './plan-widths.ts'

export interface PreparedPlan {
  readonly plan: TopologyPlan
  /** Partitions of every topic the plan touches. */
  readonly topicPartitions: ReadonlyMap<string, number>
  /** Tasks of every sub-topology. */
  readonly taskCounts: ReadonlyMap<string, number>
  /** Topics that are to be created. */
  readonly missing: readonly TopicSpec[]
}

/**
 * Looks up what there is, and says what is missing. Creates nothing.
 * @param partitionsDefault for topics whose declaration does not say
 * @throws MillraceError TOPIC_UNKNOWN for a missing topic that belongs to somebody else;
 *   TOPIC_MISMATCH; PARTITIONS_DIFFER when sources that meet in one sub-topology are not alike
 */
export async function prepareTopics(
  broker: Broker,
  plan: TopologyPlan,
  partitionsDefault: number,
): Promise<PreparedPlan> {
  const topicPartitions = new Map<string, number>()
  const taskCounts = new Map<string, number>()
  const wanted: Wanted[] = []
  for (const { name, owner, declared, mustExist, writtenBy } of plan.topics) {
    if (writtenBy !== undefined) continue
    const found = await broker.topics.describe(name)
    if (found === null && mustExist === true) throw topicUnknown(name, await topicNames(broker))
    const partitions = declared.partitions ?? found?.partitions ?? partitionsDefault
    topicPartitions.set(name, partitions)
    wanted.push({ spec: { ...declared, name, owner, partitions }, isThere: found !== null })
  }
  const widths = new PlanWidths(plan, topicPartitions)
  for (const { name } of plan.subtopologies) taskCounts.set(name, widths.ofTasks(name))
  for (const { name, declared, writtenBy } of plan.topics) {
    if (writtenBy === undefined) continue
    const partitions = widths.ofTopic(name)
    topicPartitions.set(name, partitions)
    const isThere = (await broker.topics.describe(name)) !== null
    wanted.push({ spec: { ...declared, name, owner: 'internal', partitions }, isThere })
  }
  for (const { spec, isThere } of wanted) if (isThere) await broker.topics.ensure(spec)
  const missing = wanted.filter(({ isThere }) => !isThere).map(({ spec }) => spec)
  return { plan, topicPartitions, taskCounts, missing }
}

/** @throws MillraceError TOPIC_MISMATCH when somebody else created one meanwhile, otherwise */
export async function createMissing(
  broker: Broker,
  { missing }: PreparedPlan,
  onCreated: (name: string, partitions: number) => void,
): Promise<void> {
  for (const spec of missing) {
    const outcome = await broker.topics.ensure(spec)
    if (outcome === 'created') onCreated(spec.name, spec.partitions)
  }
}

interface Wanted {
  readonly spec: TopicSpec
  readonly isThere: boolean
}

const topicNames = async (broker: Broker): Promise<string[]> =>
  (await broker.topics.list()).map((topic) => topic.name)
