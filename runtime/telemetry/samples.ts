// From what a host says of itself to samples of metrics: one place where each metric gets its value.

import type { GlobalFacts, StoreFacts, TaskFacts, ThreadFacts } from '#actors/host/messages'
import type { ActorSnapshot } from '#actors/kernel/tree'
import type { LatencyReading } from '#actors/task/meter'
import type { TopicDescription } from '#protocols/broker/broker'
import type { Member, Placement } from '#protocols/messages/membership'
import { METRICS, type MetricDefinition } from './metrics.ts'

export interface Sample {
  readonly metric: MetricDefinition
  readonly labels: Readonly<Record<string, string>>
  readonly value: number | Distribution
}

/** Of a histogram: how many in each class, not summed up, and all of it in the metric's unit. */
export interface Distribution {
  readonly counts: readonly number[]
  readonly sum: number
  readonly exemplars?: readonly Exemplar[]
}

/** One of the values of a histogram, whose trace was kept. */
export interface Exemplar {
  /** Of its class. */
  readonly index: number
  readonly value: number
  /** Wall time, s. */
  readonly at: number
  readonly traceId: string
  readonly spanId: string
}

/** What a host knows; null: it was not said in time. */
export interface Scene {
  readonly version: string
  readonly workers: number
  readonly isReady: boolean
  readonly tasks: readonly TaskFacts[] | null
  readonly stores: readonly StoreFacts[] | null
  readonly globals: readonly GlobalFacts[] | null
  readonly trees: readonly ActorSnapshot[] | null
  readonly threads: readonly ThreadFacts[] | null
  readonly placement: Placement
  readonly isCoordinator: boolean | null
  /** Only where this host coordinates. */
  readonly members: readonly Member[] | null
  readonly topics: readonly TopicDescription[] | null
}

export function samplesOf(scene: Scene): Sample[] {
  const { tasks, stores, globals, trees, threads, topics } = scene
  return [
    ...hostSamples(scene),
    ...(tasks ?? []).flatMap(taskSamples),
    ...(stores ?? []).flatMap(storeSamples),
    ...(globals ?? []).flatMap(globalSamples),
    ...(trees === null ? [] : actorSamples(trees)),
    ...(threads ?? []).flatMap(threadSamples),
    ...groupSamples(scene),
    ...(topics ?? []).flatMap(topicSamples),
  ]
}

function sample<Label extends string>(
  metric: MetricDefinition<Label>,
  labels: Readonly<Record<NoInfer<Label>, string>>,
  value: Sample['value'],
): Sample {
  return { metric, labels, value }
}

function hostSamples(scene: Scene): Sample[] {
  const { version, workers, isReady, isCoordinator } = scene
  const parts: readonly (keyof Scene)[] = [
    ...(['tasks', 'stores', 'globals', 'trees', 'threads', 'isCoordinator'] as const),
    ...(isCoordinator === true ? (['members', 'topics'] as const) : []),
  ]
  return [
    sample(METRICS.hostInfo, { version, workers: String(workers) }, 1),
    readySample(isReady),
    ...parts.map((part) => unansweredSample(NAMES[part] ?? part, scene[part] === null)),
  ]
}

export const readySample = (isReady: boolean): Sample =>
  sample(METRICS.hostReady, {}, Number(isReady))

export const unansweredSample = (part: string, isMissing: boolean): Sample =>
  sample(METRICS.hostUnanswered, { part }, Number(isMissing))

const NAMES: Readonly<Record<string, string>> = {
  ...{ trees: 'actors', isCoordinator: 'coordinator', members: 'hosts' },
}

const topologyOf = (task: string): string => task.slice(0, task.indexOf('/'))

export function taskSamples(facts: TaskFacts): Sample[] {
  const { id: task, role, state, restarts } = facts
  const labels = { topology: topologyOf(task), task }
  // `running.idle` and `running.working` are the same to someone who asks how things are.
  const outer = state.split('.')[0] ?? state
  const isStandby = role === 'standby'
  return [
    sample(METRICS.taskState, { ...labels, role, state: outer }, 1),
    sample(METRICS.taskRestarts, labels, restarts),
    ...(isStandby
      ? [sample(METRICS.standbyLag, labels, facts.lag)]
      : activeSamples(facts, labels, outer)),
  ]
}

function activeSamples(
  facts: TaskFacts,
  labels: { readonly topology: string; readonly task: string },
  state: string,
): Sample[] {
  const { meter, positions, dropped, streamTime, restoredFrom, restored, restoreEnd } = facts
  const { commitCounts: counts, commitMs, latency, committedAt } = meter
  const replayed = Math.max(0, restored - restoredFrom)
  const isRestoring = state === 'restoring'
  const remaining = isRestoring ? Math.max(0, restoreEnd - Math.max(restored, restoredFrom)) : 0
  return [
    sample(METRICS.taskRecordsIn, labels, facts.records),
    sample(METRICS.taskRecordsOut, labels, meter.recordsOut),
    sample(METRICS.taskBytesOut, labels, meter.bytesOut),
    sample(METRICS.taskChanges, labels, meter.changes),
    ...Object.entries(dropped).map(([reason, count]) =>
      sample(METRICS.taskDropped, { ...labels, reason }, count),
    ),
    sample(METRICS.taskCommit, labels, { counts, sum: commitMs / 1000 }),
    ...(latency === undefined
      ? []
      : [sample(METRICS.taskLatency, labels, latencyDistribution(latency))]),
    ...(committedAt > 0 ? [sample(METRICS.taskLastCommit, labels, committedAt / 1000)] : []),
    sample(METRICS.taskBusy, labels, meter.busyMs / 1000),
    ...positions.flatMap(({ topic, partition, position, committed, lag }) => {
      const input = { ...labels, topic, partition: String(partition) }
      return [
        sample(METRICS.taskLag, input, lag + position - committed),
        sample(METRICS.taskCommitted, input, committed),
      ]
    }),
    ...(streamTime > 0 ? [sample(METRICS.taskStreamTime, labels, streamTime / 1000)] : []),
    sample(METRICS.taskRestored, labels, replayed),
    sample(METRICS.taskRestoreRemaining, labels, remaining),
  ]
}

const latencyDistribution = ({ counts, ms: sum, traced }: LatencyReading): Distribution => ({
  counts,
  sum: sum / 1000,
  exemplars: traced.map(({ index, ms, atMs, traceId, spanId }) => {
    return { index, value: ms / 1000, at: atMs / 1000, traceId, spanId }
  }),
})

function storeSamples({ task, role, store, usage }: StoreFacts): Sample[] {
  if (usage === null) return []
  const labels = { topology: topologyOf(task), task, role, store }
  return [
    sample(METRICS.storeRows, labels, usage.rows),
    sample(METRICS.storeBytes, labels, usage.bytes),
    sample(METRICS.storePending, labels, usage.pending),
  ]
}

export function globalSamples(facts: GlobalFacts): Sample[] {
  const { topology, store, topic, usage, positions, dropped } = facts
  const labels = { topology, store, worker: String(facts.worker) }
  return [
    sample(METRICS.globalRows, labels, usage.rows),
    sample(METRICS.globalBytes, labels, usage.bytes),
    ...positions.flatMap(({ partition, position, lag }) => {
      const input = { ...labels, topic, partition: String(partition) }
      return [
        sample(METRICS.globalPosition, input, position),
        sample(METRICS.globalLag, input, lag),
      ]
    }),
    ...Object.entries(dropped).map(([reason, count]) =>
      sample(METRICS.globalDropped, { ...labels, reason }, count),
    ),
  ]
}

function actorSamples(trees: readonly ActorSnapshot[]): Sample[] {
  const all = trees.flatMap(withDescendants)
  const kinds = counted(all.map(({ kind }) => kind))
  const sum = (lane: 'control' | 'data'): number => all.reduce((total, it) => total + it[lane], 0)
  return [
    ...[...kinds].map(([kind, count]) => sample(METRICS.hostActors, { kind }, count)),
    sample(METRICS.hostMessages, { lane: 'control' }, sum('control')),
    sample(METRICS.hostMessages, { lane: 'data' }, sum('data')),
  ]
}

function threadSamples({ worker, busyMs, heapUsed }: ThreadFacts): Sample[] {
  const thread = worker === null ? 'main' : String(worker)
  return [
    sample(METRICS.threadBusy, { thread }, busyMs / 1000),
    sample(METRICS.threadHeap, { thread }, heapUsed),
  ]
}

const withDescendants = (actor: ActorSnapshot): ActorSnapshot[] => [
  actor,
  ...actor.children.flatMap(withDescendants),
]

function counted(words: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return counts
}

export function groupSamples({
  placement,
  isCoordinator,
  members,
}: Pick<Scene, 'placement' | 'isCoordinator' | 'members'>): Sample[] {
  const tasks = Object.keys(placement.target)
  const held = new Set(members?.flatMap((member) => member.held))
  return [
    sample(METRICS.groupPlacement, {}, placement.version),
    ...(isCoordinator === null
      ? []
      : [sample(METRICS.groupCoordinator, {}, Number(isCoordinator))]),
    ...(members === null
      ? []
      : [
          ...[...counted(members.map(({ state }) => state))].map(([state, count]) =>
            sample(METRICS.groupHosts, { state }, count),
          ),
          sample(METRICS.groupTasks, {}, tasks.length),
          sample(METRICS.groupUnheld, {}, tasks.filter((id) => !held.has(id)).length),
        ]),
  ]
}

const topicSamples = ({ name: topic, bounds }: TopicDescription): Sample[] =>
  bounds.flatMap(({ partition, next, bytes }) => {
    const labels = { topic, partition: String(partition) }
    return [sample(METRICS.topicEnd, labels, next), sample(METRICS.topicBytes, labels, bytes)]
  })
