// Looks for specs of the dashboard: an application with one host and two tasks, and what is changed of it.

import { type MeterReading, TaskMeter } from '#actors/task/meter'
import type { StandbyRow, StatusDocument, StoreRow, TasksDocument } from '#runtime/admin/documents'
import { added, type Look, type Seen, type Sight } from '#runtime/dashboard/looks'
import { pageOf, render } from '#runtime/dashboard/screen'
import { columnsOfLine, type Line } from '#runtime/dashboard/text'
import { firstView, press, type View } from '#runtime/dashboard/view'
import type { PastEvent } from '#runtime/events/read-events'

export type Task = TasksDocument['tasks'][number]

export const NOW = 1_700_000_000_000

/** What a task has counted that gave so many records. */
export const given = (recordsOut: number): MeterReading => ({
  ...new TaskMeter().read(),
  recordsOut,
})

export const aTask = (change: Partial<Task> = {}): Task => ({
  ...{ id: 'words/counts/0', role: 'active', state: 'running.idle', worker: 0, epoch: 1 },
  ...{ records: 0, dropped: {}, commits: 0, lag: 0, positions: [], streamTime: 0 },
  ...{ restoredFrom: 0, restored: 0, restoreEnd: 0, restarts: 0, error: null },
  ...{ meter: given(0), host: 'one' },
  ...change,
})

export const aCopy = (change: Partial<StandbyRow> = {}): StandbyRow => ({
  ...aTask({ role: 'standby', state: 'following.idle', host: 'two' }),
  purpose: 'standby',
  ...change,
})

export const aHost = (id: string): StatusDocument['hosts'][number] => ({
  ...{ id, state: 'active', pid: 7, workers: 2, tasks: 2, standbys: 0, startedAt: NOW - 60_000 },
})

export const aStore = (change: Partial<StoreRow> = {}): StoreRow => ({
  ...{ store: 'counts', task: 'words/counts/0', role: 'active', host: 'one', kind: 'keyvalue' },
  ...{ medium: 'lmdb', isLogged: true, usage: { rows: 2, bytes: 40, pending: 0 } },
  ...change,
})

export const anEvent = (change: Partial<PastEvent> = {}): PastEvent => ({
  ...{ atMs: NOW, code: 'TASKS_PLACED', level: 'info', message: 'placement 3', host: 'one' },
  ...{ by: null, reason: null, facts: {} },
  ...change,
})

export const aLook = (change: {
  readonly at?: number
  readonly status?: Partial<StatusDocument>
  readonly tasks?: Partial<TasksDocument>
  readonly tree?: Sight['tree']
  readonly quarantine?: Sight['quarantine']
  readonly stores?: Sight['stores']
  readonly events?: Sight['events']
  readonly alerts?: Sight['alerts']
}): Sight => {
  const tasks = [aTask(), aTask({ id: 'words/counts/1' })]
  return {
    at: change.at ?? NOW,
    status: {
      ...{ application: 'words', host: 'one', coordinator: 'one', hosts: [aHost('one')] },
      ...{ tasks: { running: 2 }, standbys: {}, lag: 0, placement: 3, unanswered: [] },
      ...change.status,
    },
    tasks: { tasks, standbys: [], moves: [], unanswered: [], ...change.tasks },
    ...(change.tree === undefined ? {} : { tree: change.tree }),
    ...(change.quarantine === undefined ? {} : { quarantine: change.quarantine }),
    ...(change.stores === undefined ? {} : { stores: change.stores }),
    ...(change.events === undefined ? {} : { events: change.events }),
    ...(change.alerts === undefined ? {} : { alerts: change.alerts }),
  }
}

export const looksOf = (...sights: readonly Sight[]): readonly Look[] =>
  sights.reduce<readonly Look[]>(added, [])

export const seenOf = (...sights: readonly Sight[]): Seen => ({
  ...{ looks: looksOf(...sights), now: NOW, trouble: null },
})

export const textOf = (lines: readonly Line[]): string[] =>
  lines.map((line) =>
    line
      .map(({ text }) => text)
      .join('')
      .trimEnd(),
  )

export const widest = (lines: readonly Line[]): number => Math.max(0, ...lines.map(columnsOfLine))

export const SIZE = { width: 80, height: 24 }

/** The view after these keys. */
export const after = (keys: readonly string[], seen: Seen, rows = pageOf(SIZE)): View =>
  keys.reduce((view, name) => press(view, { name }, { seen, rows }).view, firstView())

/** The screen after these keys, on a small terminal. */
export const shown = (seen: Seen, ...keys: readonly string[]): string[] =>
  textOf(render({ seen, view: after(keys, seen), note: null }, SIZE))
