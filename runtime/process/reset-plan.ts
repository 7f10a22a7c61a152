// What there is of an application that is its own: commit logs, internal topics, and what is kept of it
// in the coordination map. Names may have dots, so an internal topic belongs to the longest name of an
// application that begins it, and within it to the longest name of a topology.

import type { Broker, TopicDescription } from '#protocols/broker/broker'
import { fromUtf8 } from '#protocols/core/bytes'
import { MillraceError } from '#protocols/core/errors'
import { mailboxTopic, outputTopic, repliesTopic } from '#protocols/messages/actor-mail'
import {
  applicationKeys,
  planKey,
  plansPrefix,
  resetKey,
  shapesPrefix,
} from '#protocols/messages/membership'
import type { PlanShape } from '#protocols/messages/plan-shape'
import { decodeResetMark, type Reading, type ResetMark } from '#protocols/messages/reset-mark'

export interface ResetScope {
  readonly application: string
  /** One topology of it; undefined: all of it. */
  readonly topology?: string | undefined
}

export interface DoomedTopic {
  readonly name: string
  readonly isCommitLog: boolean
  readonly records: number
  readonly bytes: number
}

export interface ResetPlan extends ResetScope {
  /** Commit logs first: what they fence must not write to what goes after them. */
  readonly topics: readonly DoomedTopic[]
  /** Keys of the coordination map, kept plans last. */
  readonly keys: readonly string[]
  /** What will begin anew, and from which topics. */
  readonly readings: readonly Reading[]
  /** An earlier reset that was not finished; null: there is none. */
  readonly unfinished: ResetMark | null
}

const NAME = /^(?!\.+$)[a-zA-Z0-9._-]{1,200}$/
const KINDS = new Set(['lease', 'hosts', 'assignment', 'wishes', 'plans', 'reset'])

/**
 * Looks, and changes nothing.
 * @throws MillraceError OPTION_INVALID, TOPOLOGY_UNKNOWN, RESET_UNFINISHED of another part of it
 */
export async function planReset(broker: Broker, scope: ResetScope): Promise<ResetPlan> {
  const { application, topology } = scope
  for (const name of [application, topology]) {
    if (name !== undefined && !NAME.test(name)) throw nameInvalid(name)
  }
  const all = [...(await broker.keys.list('')).keys()]
  const topologies = topologiesOf(all, application)
  const begun = await broker.keys.get(resetKey(application))
  const unfinished = begun === null ? null : decodeResetMark(begun.value)
  if (unfinished !== null) checkCovers(scope, unfinished)
  else if (topology !== undefined && !topologies.includes(topology)) {
    throw topologyUnknown(topology, topologies)
  }
  const names = [...new Set([application, ...applicationsIn(all)])]
  const topics = (await broker.topics.list())
    .filter((topic) => topic.owner === 'internal' && longest(names, topic.name) === application)
    .filter(({ name }) => topology === undefined || isOf(scope, name, [topology, ...topologies]))
    .map(doomed)
  const keys = all.filter((key) =>
    topology === undefined
      ? key.startsWith(applicationKeys(application))
      : key === planKey(application, topology) ||
        key.startsWith(shapesPrefix(application, topology)),
  )
  return {
    application,
    topology,
    topics: [...topics.filter((it) => it.isCommitLog), ...topics.filter((it) => !it.isCommitLog)],
    keys: [
      ...keys.filter((key) => !isPlan(key, application) && key !== resetKey(application)),
      ...keys.filter((key) => isPlan(key, application)),
    ],
    readings: await readingsOf(broker, scope, { topologies, unfinished }),
    unfinished,
  }
}

/** As the kept plans say; what an unfinished reset has removed its mark says. */
async function readingsOf(
  { keys }: Broker,
  { application, topology }: ResetScope,
  known: { readonly topologies: readonly string[]; readonly unfinished: ResetMark | null },
): Promise<readonly Reading[]> {
  const found = [...(known.unfinished?.readings ?? [])]
  for (const name of known.topologies) {
    if (topology !== undefined && name !== topology) continue
    const kept = await keys.get(planKey(application, name))
    if (kept === null || found.some((reading) => reading.topology === name)) continue
    // Written when the topology was registered.
    const { subtopologies = {} } = JSON.parse(fromUtf8(kept.value)) as Partial<PlanShape>
    for (const [subtopology, { tasks, sources }] of Object.entries(subtopologies)) {
      found.push({ topology: name, subtopology, tasks, sources })
    }
  }
  return found
}

/** Applications of which keys of the coordination map tell. */
export function applicationsIn(keys: readonly string[]): readonly string[] {
  const parts = keys.map((key) => key.split('/')).filter(([, kind]) => KINDS.has(kind ?? ''))
  return [...new Set(parts.map(([name = '']) => name))]
}

/** Whether a key is that of a kept plan. */
export const isPlan = (key: string, application: string): boolean =>
  key.startsWith(plansPrefix(application))

const topologiesOf = (keys: readonly string[], application: string): string[] =>
  keys
    .filter((key) => isPlan(key, application))
    .map((key) => key.slice(plansPrefix(application).length))

/** The longest of the names that the topic's begins with. */
export function longest(names: readonly string[], topic: string): string | undefined {
  const found = names.filter((name) => topic.startsWith(`${name}.`))
  return found.sort((a, b) => b.length - a.length)[0]
}

/** Whether a topic is the topology's alone: the mail of an actor is also that of those who write to it. */
function isOf(
  { application, topology = '' }: ResetScope,
  name: string,
  topologies: readonly string[],
): boolean {
  const shared = [
    mailboxTopic(application, topology),
    outputTopic(application, topology),
    repliesTopic(application),
  ]
  if (shared.includes(name)) return false
  return longest(topologies, name.slice(application.length + 1)) === topology
}

export const doomed = ({ name, bounds }: TopicDescription): DoomedTopic => ({
  name,
  isCommitLog: name.endsWith('.changelog'),
  records: bounds.reduce((sum, { first, next, records }) => sum + (records ?? next - first), 0),
  bytes: bounds.reduce((sum, { bytes }) => sum + bytes, 0),
})

/** What was begun is finished by the same reset, or by one of more. */
function checkCovers({ application, topology }: ResetScope, begun: ResetMark): void {
  if (topology === undefined || topology === begun.topology) return
  throw resetUnfinished(application, begun)
}

export const resetUnfinished = (application: string, { topology }: ResetMark): MillraceError => {
  const of = topology === '' ? '' : ` --topology ${topology}`
  return new MillraceError({
    code: 'RESET_UNFINISHED',
    what: `application '${application}' is being reset, or a reset of it was cut off`,
    hint: `Finish it with: millrace reset ${application}${of} --yes`,
  })
}

const topologyUnknown = (topology: string, known: readonly string[]): MillraceError =>
  new MillraceError({
    code: 'TOPOLOGY_UNKNOWN',
    what: `nothing is kept of a topology named '${topology}'`,
    hint: known.length > 0 ? `Kept here: ${known.join(', ')}` : undefined,
  })

const nameInvalid = (name: string): MillraceError =>
  new MillraceError({
    code: 'OPTION_INVALID',
    what: `'${name}' is no name: it has a-z A-Z 0-9 . _ -`,
  })
