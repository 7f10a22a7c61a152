// Internal topics that nothing uses any more: commit logs and repartition topics of topologies, or parts of
// them, that the kept plans do not have. A topology that was only unregistered has its plan, and keeps all.
//
// What is left out because it cannot be judged: the mail of actors, which others may read; applications
// that are being reset, or of which no plan is kept (a reset of them finds everything); topologies of which
// a running host has another version than the kept plan.

import type { Broker, TopicDescription } from '#protocols/broker/broker'
import { commitLog } from '#protocols/messages/commit-header'
import { decodeMember, hostsPrefix, type Member, resetKey } from '#protocols/messages/membership'
import type { PlanShape } from '#protocols/messages/plan-shape'
import { keptShapes } from './kept-shapes.ts'
import { applicationsIn, type DoomedTopic, doomed, longest } from './reset-plan.ts'

export interface Orphan extends DoomedTopic {
  readonly application: string
  /** Whether a host of it runs, so that what it registers is known. */
  readonly isAttended: boolean
}

/** Looks, and changes nothing. */
export async function orphansIn(broker: Broker): Promise<readonly Orphan[]> {
  const entries = await broker.keys.list('')
  const names = applicationsIn([...entries.keys()])
  const internal = (await broker.topics.list()).filter(({ owner }) => owner === 'internal')
  return names.flatMap((application) => {
    if (entries.has(resetKey(application))) return []
    const under = (prefix: string) => [...entries].filter(([key]) => key.startsWith(prefix))
    const members = under(hostsPrefix(application)).map(([, { value }]) => decodeMember(value))
    const plans = keptShapes(entries, application)
    const own = internal.filter((topic) => longest(names, topic.name) === application)
    return orphansOf({ application, plans, members }, own)
  })
}

interface Known {
  readonly application: string
  readonly plans: readonly PlanShape[]
  readonly members: readonly Member[]
}

/** Of the internal topics of one application. */
export function orphansOf(
  { application, plans, members }: Known,
  internal: readonly TopicDescription[],
): readonly Orphan[] {
  if (plans.length === 0) return []
  const used = new Set(plans.flatMap((plan) => topicsOf(application, plan)))
  const disputed = plans
    .filter((plan) => members.some((member) => !agrees(member, plan)))
    .map(({ topology }) => `${application}.${topology}.`)
  const isJudged = (name: string): boolean =>
    !isMail(application, name) && !disputed.some((prefix) => name.startsWith(prefix))
  return internal
    .filter(({ name }) => !used.has(name) && isJudged(name))
    .map((topic) => ({ ...doomed(topic), application, isAttended: members.length > 0 }))
}

const topicsOf = (
  application: string,
  { topology, subtopologies, topics }: PlanShape,
): readonly string[] => [
  ...Object.keys(topics),
  ...Object.entries(subtopologies).flatMap(([subtopology, { sources }]) => [
    ...sources,
    commitLog({ application, topology, subtopology, partition: 0 }).topic,
  ]),
]

/** A host that does not run it has nothing to say. */
function agrees({ topologies }: Member, { topology, subtopologies }: PlanShape): boolean {
  const offered = topologies[topology]
  return offered === undefined || Object.keys(offered).every((name) => name in subtopologies)
}

/** And what happened, which is nobody's state. */
const isMail = (application: string, name: string): boolean =>
  ['replies', 'events'].some((kind) => name === `${application}.${kind}`) ||
  ['.mailbox', '.output'].some((ending) => name.endsWith(ending))
