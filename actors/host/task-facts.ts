// Tasks, standbys and what they keep as screens show them: what each says of itself, in one shape.

import { factsOf } from '#protocols/core/error-facts'
import type { ErrorFacts } from '#protocols/core/errors'
import type { StoreUsage, TaskState } from '#stores/changelog/task-state'
import type { StoreSpec } from '#stores/store'
import type { ActorRef } from '../kernel/actor.ts'
import type { StandbyFacts, StandbyMessage } from '../standby/messages.ts'
import { readCopy } from '../standby/standby.ts'
import type { GlobalReading } from '../task/global-tables.ts'
import { type TaskFacts as ActiveFacts, query, type TaskMessage } from '../task/messages.ts'
import { NOTHING_METERED } from '../task/meter.ts'
import type { GlobalFacts, StoreFacts, TaskFacts, TaskRole, TaskSpec } from './messages.ts'

/** What a worker runs: a task, or a copy of one. */
export type Child =
  | { readonly role: 'active'; readonly ref: ActorRef<TaskMessage> }
  | { readonly role: 'standby'; readonly ref: ActorRef<StandbyMessage> }

const ASK_MS = 2000

export function askFacts(running: Child, worker: number): Promise<TaskFacts> {
  if (running.role === 'active') {
    const asked = running.ref.ask<ActiveFacts>((reply) => ({ type: 'facts', reply }), ASK_MS)
    return asked.then((facts) => activeFacts(facts, worker))
  }
  const asked = running.ref.ask<StandbyFacts>((reply) => ({ type: 'facts', reply }), ASK_MS)
  return asked.then((facts) => standbyFacts(facts, worker))
}

/** What the stores hold, in the order of the plan; of a copy, however far behind it is. */
export function askUsages(
  running: Child,
  stores: readonly StoreSpec[],
): Promise<readonly StoreUsage[]> {
  const run = (state: TaskState) => stores.map(({ name }) => state.usage(name))
  if (running.role === 'active') return running.ref.ask((reply) => query(run, reply), ASK_MS)
  return running.ref.ask((reply) => readCopy(Number.MAX_SAFE_INTEGER, run, reply), ASK_MS)
}

export function activeFacts(facts: ActiveFacts, worker: number): TaskFacts {
  const { id, state, restarts, error, poison, work } = facts
  const positions = work?.positions ?? []
  const isWell = state.startsWith('running') || state === 'paused'
  return {
    ...NOTHING,
    ...{ id, role: 'active', state, worker, restarts },
    ...(work === null ? {} : { epoch: work.epoch, records: work.records, dropped: work.dropped }),
    commits: work?.meter.commits ?? 0,
    lag: positions.reduce((sum, { lag }) => sum + lag, 0),
    positions: positions.map(({ at, ...rest }) => ({ ...at, ...rest })),
    streamTime: work?.streamTime ?? 0,
    restoredFrom: work?.restoredFrom ?? 0,
    restored: work?.restored ?? 0,
    restoreEnd: work?.restoreEnd ?? 0,
    meter: work?.meter ?? NOTHING_METERED,
    checkpoint: work?.checkpoint ?? null,
    ...(poison === null || isWell ? {} : { failedAt: poison }),
    error: error === null || isWell ? null : factsOf(error),
  }
}

/** It takes in no records; its lag is in changes, and its replay goes on for as long as it lives. */
export function standbyFacts(facts: StandbyFacts, worker: number): TaskFacts {
  const { id, state, restarts, error, copy } = facts
  return {
    ...NOTHING,
    ...{ id, role: 'standby', state, worker, restarts },
    lag: copy?.lag ?? 0,
    restoredFrom: copy?.from ?? 0,
    restored: copy?.position ?? 0,
    restoreEnd: copy === null ? 0 : copy.position + (copy.lag ?? 0),
    error: error === null ? null : factsOf(error),
  }
}

/** Of one that cannot answer: it waits for its plan, or is ending. */
export function silentFacts(
  { task, role, error }: { task: TaskSpec; role: TaskRole; error?: ErrorFacts | null },
  worker: number,
  silence: ErrorFacts | null,
): TaskFacts {
  const state = silence === null ? 'loading' : 'silent'
  return { ...NOTHING, id: task.id, role, state, worker, error: error ?? silence }
}

export function storeFacts(
  owner: Pick<StoreFacts, 'task' | 'role'>,
  { name, kind, medium, logged }: StoreSpec,
  usage: StoreUsage | null,
): StoreFacts {
  const isLogged = logged !== false
  return { ...owner, store: name, kind, medium: medium ?? 'lmdb', isLogged, usage }
}

export function globalFacts(
  keeper: Pick<GlobalFacts, 'topology' | 'worker'>,
  { plan, usage, positions, dropped, failure }: GlobalReading,
): GlobalFacts {
  const { name: store, medium } = plan.store
  return {
    ...{ ...keeper, store, topic: plan.topic, medium: medium ?? 'lmdb', usage, dropped },
    lag: positions.reduce((sum, { lag }) => sum + lag, 0),
    positions,
    error: failure === null ? null : factsOf(failure),
  }
}

const NOTHING = {
  ...{ epoch: 0, records: 0, dropped: {}, commits: 0, lag: 0, positions: [] },
  ...{ streamTime: 0, restoredFrom: 0, restored: 0, restoreEnd: 0, restarts: 0 },
  meter: NOTHING_METERED,
}
