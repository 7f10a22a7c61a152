// What was seen of an application, look by look, and what is only there between two looks: rates.

import type {
  AlertsDocument,
  EventsDocument,
  QuarantineDocument,
  StatusDocument,
  StoresDocument,
  TasksDocument,
  TreeDocument,
} from '../admin/documents.ts'

/** Documents that only some tabs need, or some hosts have. */
export interface Extras {
  readonly tree: TreeDocument
  readonly quarantine: QuarantineDocument
  readonly stores: StoresDocument
  readonly events: EventsDocument
  readonly alerts: AlertsDocument
}

export type Extra = keyof Extras

/** What a host answered at one time. */
export interface Sight extends Partial<Extras> {
  /** Wall time, ms. */
  readonly at: number
  readonly status: StatusDocument
  readonly tasks: TasksDocument
}

/** What is counted once, so that a screen of a thousand tasks costs little. */
export interface Look extends Sight {
  /** Tasks and copies, by role, host and id. */
  readonly index: ReadonlyMap<string, Task>
  /** Since the look before; null: it is the first. */
  readonly rates: Rates | null
}

/** As much of a look as rates of tasks are taken from. */
export type TasksSeen = Pick<Look, 'at' | 'tasks' | 'index'>

/** All that a screen is made of. */
export interface Seen {
  /** The newest one last. */
  readonly looks: readonly Look[]
  /** Wall time, ms. */
  readonly now: number
  /** Why there is no newer look; null while hosts answer. */
  readonly trouble: string | null
}

export interface Rates {
  /** Records a second, taken in, and written. */
  readonly in: number
  readonly out: number
}

type Task = TasksDocument['tasks'][number]

/** Between so many looks there is a line to draw. */
export const LOOKS_MAX = 61
/** A rate is taken over so long, if there are looks enough, so that it can be read. */
const RATE_MS = 2000

export function added(looks: readonly Look[], sight: Sight): readonly Look[] {
  const look: Look = { ...sight, ...tasksSeen(sight.at, sight.tasks), rates: null }
  const before = looks.at(-1)
  const rates = before === undefined ? null : between(before, look)
  return [...looks, { ...look, rates }].slice(-LOOKS_MAX)
}

/** @param at wall time, ms */
export function tasksSeen(at: number, tasks: TasksDocument): TasksSeen {
  const all = [...tasks.tasks, ...tasks.standbys]
  return { at, tasks, index: new Map(all.map((task) => [nameOf(task), task])) }
}

export const newest = (looks: readonly Look[]): Look | undefined => looks.at(-1)

/** The newest document there is of one that not every look has. */
export function newestOf<E extends Extra>(looks: readonly Look[], extra: E): Extras[E] | undefined {
  // A mapped type that went through Partial is not seen to be the same one.
  return looks.findLast((look) => look[extra] !== undefined)?.[extra] as Extras[E] | undefined
}

/** Rates between each look and the next. */
export const ratesOf = (looks: readonly Look[]): readonly Rates[] =>
  looks.slice(1).flatMap(({ rates }) => rates ?? [])

/** Rates now. */
export function rateNow(looks: readonly Look[]): Rates {
  const pair = recent(looks)
  return pair === null ? { in: 0, out: 0 } : between(...pair)
}

/** Of one task, by how a number of it grew: per second. */
export function taskRate(
  looks: readonly TasksSeen[],
  task: Pick<Task, 'id' | 'host' | 'role'>,
  numberOf: (task: Task) => number,
): number {
  const pair = recent(looks)
  if (pair === null) return 0
  const [before, after] = pair.map(({ index }) => index.get(nameOf(task)))
  if (before === undefined || after === undefined) return 0
  return Math.max(0, numberOf(after) - numberOf(before)) / seconds(...pair)
}

/** The newest look, and one some time before it. */
function recent<T extends TasksSeen>(looks: readonly T[]): [T, T] | null {
  const last = looks.at(-1)
  const before = looks.slice(0, -1)
  const first = before.findLast(({ at }) => last !== undefined && last.at - at >= RATE_MS)
  const from = first ?? before[0]
  return last === undefined || from === undefined ? null : [from, last]
}

function between(before: TasksSeen, after: TasksSeen): Rates {
  let [taken, given] = [0, 0]
  for (const task of after.tasks.tasks) {
    const was = before.index.get(nameOf(task))
    // What began here in between, or began again, is counted from the next look on.
    if (was === undefined) continue
    taken += Math.max(0, task.records - was.records)
    given += Math.max(0, task.meter.recordsOut - was.meter.recordsOut)
  }
  const s = seconds(before, after)
  return { in: taken / s, out: given / s }
}

const seconds = (before: TasksSeen, after: TasksSeen): number =>
  Math.max(1, after.at - before.at) / 1000

const nameOf = ({ role, host, id }: Pick<Task, 'id' | 'host' | 'role'>): string =>
  `${role} ${host} ${id}`
