// Giving a topic of users more partitions. Who reads it has as many tasks, and a commit log as wide, so they
// follow; where that would misread what is kept it is refused:
//
//   nobody reads it                        it grows
//   only what keeps no state reads it,     it grows, and the commit logs of those who read it with it; new
//   and no host runs that                  tasks begin at the beginning of new partitions
//   anything else                          refused: keys move to other partitions, and the state and the
//                                          repartition topics made from them do not
//
// A topology is known by its kept plan, whether it runs or not.
//
// Source of the semantics: Kafka Streams ends an application whose internal topics no longer fit its input,
// and asks for a reset; here that is said before anything is changed.

import type { Broker } from '#protocols/broker/broker'
import { topicInvalid, topicShrinks, topicUnknown } from '#protocols/broker/errors'
import { MillraceError } from '#protocols/core/errors'
import { commitLog } from '#protocols/messages/commit-header'
import { decodeMember, hostsPrefix } from '#protocols/messages/membership'
import type { PlanShape } from '#protocols/messages/plan-shape'
import { keptShapes } from './kept-shapes.ts'
import { applicationsIn } from './reset-plan.ts'

export interface Growth {
  readonly topic: string
  readonly before: number
  readonly after: number
  /** Commit logs that grow with it. */
  readonly commitLogs: readonly string[]
}

/**
 * What would grow. Changes nothing.
 * @throws MillraceError TOPIC_UNKNOWN, TOPIC_INVALID, TOPIC_IN_USE
 */
export async function planGrowth(broker: Broker, topic: string, after: number): Promise<Growth> {
  const found = await broker.topics.describe(topic)
  if (found === null) throw topicUnknown(topic)
  if (found.owner === 'internal') throw topicInvalid(topic, 'it is internal, and follows others')
  if (after < found.partitions) throw topicShrinks(topic, found.partitions, after)
  const commitLogs: string[] = []
  for (const reader of await readersOf(broker, topic)) {
    if (keeps(reader.plan)) throw inUse(topic, reader, 'keeps what it made of it by its partitions')
    if (reader.isRunning) throw inUse(topic, reader, 'runs')
    for (const name of reader.commitLogs) {
      const log = await broker.topics.describe(name)
      if (log !== null && log.partitions < after) commitLogs.push(name)
    }
  }
  return { topic, before: found.partitions, after, commitLogs }
}

/** The topic last: repeated, it does what is left to do. */
export async function grow(broker: Broker, { topic, after, commitLogs }: Growth): Promise<void> {
  for (const name of commitLogs) await broker.topics.grow(name, after)
  await broker.topics.grow(topic, after)
}

interface ReaderOfTopic {
  readonly application: string
  readonly plan: PlanShape
  readonly commitLogs: readonly string[]
  readonly isRunning: boolean
}

async function readersOf({ keys }: Broker, topic: string): Promise<readonly ReaderOfTopic[]> {
  const entries = [...(await keys.list(''))]
  return applicationsIn(entries.map(([key]) => key)).flatMap((application) => {
    const under = (prefix: string) => entries.filter(([key]) => key.startsWith(prefix))
    const members = under(hostsPrefix(application)).map(([, { value }]) => decodeMember(value))
    return keptShapes(entries, application).flatMap((plan): ReaderOfTopic[] => {
      const { topology } = plan
      const commitLogs = Object.entries(plan.subtopologies).flatMap(([subtopology, { sources }]) =>
        sources.includes(topic)
          ? [commitLog({ application, topology, subtopology, partition: 0 }).topic]
          : [],
      )
      const isRunning = members.some(({ topologies }) => topology in topologies)
      return commitLogs.length === 0 ? [] : [{ application, plan, commitLogs, isRunning }]
    })
  })
}

const keeps = ({ subtopologies, topics }: PlanShape): boolean =>
  Object.keys(topics).length > 0 ||
  Object.values(subtopologies).some(({ stores }) => Object.keys(stores).length > 0)

function inUse(topic: string, { application, plan }: ReaderOfTopic, why: string): MillraceError {
  const { topology } = plan
  return new MillraceError({
    code: 'TOPIC_IN_USE',
    what: `topic '${topic}' cannot grow: topology '${topology}' of application '${application}' reads it and ${why}`,
    hint: keeps(plan)
      ? `Let it read a new topic that is as wide as it should be, or stop its hosts and begin it anew: millrace reset ${application} --topology ${topology}`
      : 'Stop its hosts first, and start them when it has grown',
  })
}
