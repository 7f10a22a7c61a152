// Makes the document of what waits: the ends of all inputs, beside what their tasks have committed. What
// a task does not say itself, because it is restored, stands still or runs nowhere, its commit log does.

import type { Broker, Position, TaskName, TopicDescription } from '#protocols/broker/broker'
import { byName } from '#protocols/core/by-name'
import { committedBy } from '../process/committed.ts'
import type { Group } from '../process/group.ts'
import type { GroupLook, KeptPlan } from '../process/group-look.ts'
import type { PlannedTopology } from '../process/planned-topology.ts'
import type { RunningHost } from '../process/running-host.ts'
import type { LagDocument, LagRow, TaskRow, Unanswered } from './documents.ts'
import { tasksDocument } from './reports.ts'

/** Commit logs that are read for one look; the rest stays unknown. */
const READS_MAX = 100

/** One partition of a source, and who reads it. */
interface Input {
  readonly topic: string
  readonly name: TaskName
}

type Topics = ReadonlyMap<string, TopicDescription | null>

/** What hosts know of the tasks. */
interface Known {
  readonly application: string
  readonly tasks: readonly TaskRow[]
  readonly unanswered: readonly Unanswered[]
  /** Where tasks should be. */
  readonly target: Readonly<Record<string, string>>
}

/** Of every topology that is registered here, or that the group works by. */
export async function lagDocument(host: RunningHost, group: Group): Promise<LagDocument> {
  const { broker, application } = host.parts
  const [{ tasks, unanswered }, { plans }] = await Promise.all([
    tasksDocument(host, group),
    group.look(),
  ])
  const { target } = host.view.placement
  const sources = [
    ...[...host.topologies.values()].flatMap(sourcesOf),
    ...sourcesIn([...plans].filter(([topology]) => !host.topologies.has(topology))),
  ]
  return documentOf(broker, sources, { application, tasks, unanswered, target })
}

/** The same while no host answers: all of it is from the broker. */
export async function lagOfMap(broker: LagBroker, look: GroupLook): Promise<LagDocument> {
  const { application, placement, plans } = look
  const known = { application, tasks: [], unanswered: [], target: placement.target }
  return { ...(await documentOf(broker, sourcesIn([...plans]), known)), isFromBroker: true }
}

export type LagBroker = Pick<Broker, 'topics' | 'commits'>

/** A topic that the tasks of a sub-topology read. */
interface Source {
  readonly topology: string
  readonly subtopology: string
  readonly tasks: number
  readonly topic: string
}

const sourcesOf = ({ plan, deployment: { topology, tasks } }: PlannedTopology): Source[] =>
  plan.subtopologies.flatMap(({ name, sources }) =>
    sources.map(({ topic }) => ({ topology, subtopology: name, tasks: tasks[name] ?? 0, topic })),
  )

const sourcesIn = (plans: readonly (readonly [string, KeptPlan])[]): Source[] =>
  plans.flatMap(([topology, { shape }]) =>
    Object.entries(shape.subtopologies).flatMap(([subtopology, { tasks, sources }]) =>
      sources.map((topic) => ({ topology, subtopology, tasks, topic })),
    ),
  )

async function documentOf(
  broker: LagBroker,
  sources: readonly Source[],
  known: Known,
): Promise<LagDocument> {
  const topics = new Map<string, TopicDescription | null>()
  for (const name of new Set(sources.map(({ topic }) => topic))) {
    topics.set(name, await broker.topics.describe(name))
  }
  const inputs = sources.flatMap((source) => inputsOf(source, topics, known.application))
  const rows = inputs.map((input) => rowOf(input, topics, known))
  const partitions = await filled(broker, inputs, rows, topics)
  partitions.sort((a, b) => byName(a.topic, b.topic) || a.partition - b.partition)
  return {
    partitions,
    lag: partitions.reduce((sum, { lag }) => sum + (lag ?? 0), 0),
    unknown: partitions.filter(({ lag }) => lag === null).length,
    unanswered: known.unanswered,
  }
}

function inputsOf({ topic, tasks, ...of }: Source, topics: Topics, application: string): Input[] {
  const count = Math.min(topics.get(topic)?.partitions ?? tasks, tasks)
  return Array.from({ length: count }, (_, partition) => {
    return { topic, name: { application, ...of, partition } }
  })
}

const idOf = ({ topology, subtopology, partition }: TaskName): string =>
  `${topology}/${subtopology}/${partition}`

function rowOf({ topic, name }: Input, topics: Topics, { tasks, target }: Known): LagRow {
  const { partition } = name
  const id = idOf(name)
  const bounds = boundsOf(topics, topic, partition)
  const task = tasks.find((it) => it.id === id)
  const at = task?.positions.find((it) => it.topic === topic && it.partition === partition)
  // What no host was given waits for an upgrade, or for its first placement.
  const silence = Object.hasOwn(target, id) ? 'absent' : 'pending'
  const facts = { host: task?.host ?? null, state: task?.state ?? silence }
  const end = bounds?.next ?? null
  const row = { topic, partition, task: id, ...facts, end }
  if (at === undefined) return { ...row, committed: null, lag: null }
  const { committed, position, lag } = at
  // Where offsets count records the end is newer than what the task knows of it.
  const isCounted = end !== null && bounds?.records === undefined
  const behind = isCounted ? Math.max(0, end - committed) : lag + position - committed
  return { ...row, committed, lag: behind }
}

/** With what commit logs say of tasks that do not. */
async function filled(
  broker: LagBroker,
  inputs: readonly Input[],
  rows: readonly LagRow[],
  topics: Topics,
): Promise<LagRow[]> {
  const silent = inputs.filter((_, n) => rows[n]?.committed === null)
  const names = new Map(silent.map(({ name }) => [idOf(name), name]))
  const found = new Map<string, readonly Position[]>()
  for (const [id, name] of [...names].slice(0, READS_MAX)) {
    found.set(id, await committedBy(broker, name))
  }
  return rows.map((row) => {
    const positions = row.committed === null ? found.get(row.task) : undefined
    return positions === undefined ? row : fromLog(row, positions, topics)
  })
}

function fromLog(row: LagRow, positions: readonly Position[], topics: Topics): LagRow {
  const bounds = boundsOf(topics, row.topic, row.partition)
  if (bounds === undefined) return row
  const { first, next, records } = bounds
  const at = positions.find((it) => it.at.topic === row.topic && it.at.partition === row.partition)
  // Without a commit it begins with the first record there is.
  if (at === undefined) return { ...row, lag: records ?? next - first }
  if (at.next >= next) return { ...row, committed: at.next, lag: 0 }
  const lag = records === undefined ? next - Math.max(at.next, first) : null
  return { ...row, committed: at.next, lag }
}

const boundsOf = (topics: Topics, topic: string, partition: number) =>
  topics.get(topic)?.bounds.find((it) => it.partition === partition)
