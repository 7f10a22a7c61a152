// What applies changes of a commit log and is not done: tasks that open, and copies that are not fresh; how
// far each is, and how long it will take at its rate.

import type { StandbyRow, TaskRow, TasksDocument } from '../admin/documents.ts'
import { type TasksSeen, taskRate } from './looks.ts'

export interface Replay {
  readonly task: TaskRow
  readonly what: 'restoring' | StandbyRow['purpose']
  /** Who runs the task that is copied; null: nobody, or it is no copy. */
  readonly from: string | null
  /** Changes applied since it was opened, of how many, and those that are left. */
  readonly done: number
  readonly whole: number
  readonly left: number
  /** 0 to 1 */
  readonly share: number
  /** Changes applied a second, between two looks. */
  readonly perSecond: number
  /** How long the rest takes at that rate, ms; null: it would be a guess. */
  readonly leftMs: number | null
}

/** Slower than this a time that is left would be a guess about hours. */
const PER_SECOND_MIN = 0.01

/** By the newest look; rates by those before it. */
export function replaysOf(looks: readonly TasksSeen[]): readonly Replay[] {
  const look = looks.at(-1)
  if (look === undefined) return []
  const { tasks, standbys } = look.tasks
  const restoring = tasks.filter(({ state }) => state.startsWith('restoring'))
  const behind = standbys.filter(
    ({ purpose, state, lag }) => purpose === 'warm-up' || lag > 0 || !state.startsWith('following'),
  )
  return [
    ...restoring.map((task) => replay(looks, task, 'restoring', null)),
    ...behind.map((copy) => replay(looks, copy, copy.purpose, sourceOf(look.tasks, copy))),
  ]
}

function replay(
  looks: readonly TasksSeen[],
  task: TaskRow,
  what: Replay['what'],
  from: string | null,
): Replay {
  const { restoredFrom, restored, restoreEnd } = task
  const [done, whole] = [restored - restoredFrom, restoreEnd - restoredFrom]
  const left = Math.max(0, restoreEnd - restored)
  const perSecond = taskRate(looks, task, (it) => it.restored)
  const isGuess = left > 0 && perSecond < PER_SECOND_MIN
  return {
    ...{ task, what, from, done, whole, left, perSecond },
    share: whole <= 0 ? (left === 0 ? 1 : 0) : done / whole,
    leftMs: left === 0 ? 0 : isGuess ? null : (left / perSecond) * 1000,
  }
}

const sourceOf = ({ tasks }: TasksDocument, { id }: StandbyRow): string | null =>
  tasks.find((task) => task.id === id)?.host ?? null
