// What a task may be told, what it says, and the events and commands between its chart and its actor.
//
// Every command that takes time carries `op`, and the event that ends it echoes it: what belongs to an
// older operation is not heard by the chart.

import { asError, MillraceError } from '#protocols/core/errors'
import type { TaskState } from '#stores/changelog/task-state'
import type { Reply } from '../kernel/actor.ts'
import type { Step } from '../kernel/chart.ts'
import type { Whereabouts } from '../query/bound.ts'
import type { CommitFacts } from './meter.ts'
import type { Poison, WorkFacts } from './work-port.ts'

// ---- between others and the actor -----------------------------------------------------------------

export type TaskMessage =
  /** `clean`: commit, seal, close. `dirty`: close at once; what was not committed is done again. */
  | { readonly type: 'stop'; readonly mode: 'clean' | 'dirty' }
  /** Commit, then take in nothing until `resume`; everything stays open. */
  | { readonly type: 'pause' | 'resume' }
  /** Commit and close, then open again. Ends a quarantine, or a wait. */
  | { readonly type: 'restart' }
  /** As `restart`, and its stores are thrown away in between, to be rebuilt from the log. */
  | { readonly type: 'reset' }
  /** Commit and close, then wait for an operator, as after three failures. */
  | { readonly type: 'quarantine' }
  /** Ends a quarantine, or a wait. */
  | { readonly type: 'retry' }
  /** As `retry`, and the record, by default the one it last failed at, is passed over and counted. */
  | { readonly type: 'skip'; readonly at?: Poison | undefined }
  /** Made by `query`. */
  | { readonly type: 'query'; readonly answer: (serving: Serving | null) => void }
  | { readonly type: 'facts'; readonly reply: Reply<TaskFacts> }
  | { readonly type: 'history'; readonly reply: Reply<TaskHistory> }
  /** The actor's own: an event for its chart, or the next slice of work. */
  | { readonly type: 'chart'; readonly event: TaskEvent }
  | { readonly type: 'slice'; readonly op: number }

/** What a task that serves its stores answers from. */
export interface Serving {
  readonly state: TaskState
  readonly at: Whereabouts
}

/**
 * Asks a running or paused task's stores, between two records: it sees every change made so far,
 * committed or not. `run` must not change anything.
 * The reply fails with TASK_NOT_SERVING otherwise, or with what `run` throws.
 */
export function query<R>(
  run: (state: TaskState, at: Whereabouts) => R,
  reply: Reply<R>,
): TaskMessage {
  const answer = (serving: Serving | null): void => {
    if (serving === null) return reply.fail(notServing())
    let result: R
    try {
      result = run(serving.state, serving.at)
    } catch (thrown) {
      return reply.fail(asError(thrown))
    }
    reply.ok(result)
  }
  return { type: 'query', answer }
}

export interface TaskFacts {
  readonly id: string
  /** The chart's state, e.g. `running.idle`. */
  readonly state: string
  /** Lives given up since the actor was spawned. */
  readonly restarts: number
  readonly error: Error | null
  /** The record it last failed at. */
  readonly poison: Poison | null
  /** While nothing is open, as it was when it was closed; null before anything was. */
  readonly work: WorkFacts | null
}

/** What it did lately on this host, oldest first. */
export interface TaskHistory {
  /** At most ten. */
  readonly commits: readonly CommitFacts[]
  /** From one state to another, those within `running` aside; at most twenty. */
  readonly turns: readonly Step[]
}

/** What a task tells its owner; never from inside a call of the owner's. */
export type TaskReport =
  | { readonly type: 'state'; readonly state: string }
  | { readonly type: 'failed'; readonly error: Error; readonly poison: Poison | null }
  | { readonly type: 'fenced'; readonly error: Error }
  | { readonly type: 'quarantined'; readonly error: Error | null; readonly poison: Poison | null }
  /** Its last words. Clean: everything it did is committed and sealed. */
  | { readonly type: 'closed'; readonly isClean: boolean }

// ---- between the chart and the actor --------------------------------------------------------------

export interface TaskCommand {
  readonly type:
    | 'open'
    | 'claim'
    | 'restore'
    | 'start'
    /** Slices until DRAINED or DUE. */
    | 'work'
    | 'commit'
    | 'close-clean'
    | 'close-dirty'
    | 'wipe'
    /** ELAPSED after the backoff of `attempt`. */
    | 'wait'
  readonly op: number
  /** Failures in a row, from 1; 0 when there was none. */
  readonly attempt: number
}

export type TaskEvent =
  | {
      readonly type:
        | 'OPENED'
        | 'CLAIMED'
        | 'RESTORED'
        | 'STARTED'
        | 'DRAINED'
        | 'DUE'
        | 'COMMITTED'
        | 'CLOSED'
        | 'WIPED'
        | 'ELAPSED'
      readonly op: number
    }
  | { readonly type: 'FAILED'; readonly op: number; readonly failure: Failure }
  | { readonly type: 'DATA' | 'PAUSE' | 'RESUME' | 'RETRY' | 'STOP' | 'STOP_NOW' }
  | { readonly type: 'RESTART' | 'RESET' | 'QUARANTINE' }

/** What became of an operation, as far as the chart cares. */
export interface Failure {
  readonly kind: FailureKind
  /** The record it failed at, written as one word. */
  readonly poison: string | null
  /** A commit that can be tried again as it is. */
  readonly isKept: boolean
  /** There were more faults than the restart window allows. */
  readonly isExceeded: boolean
}

/**
 * `fenced`: a newer owner; `untrusted`: the stores do not fit their log; `weather`: it may work later,
 * as it is; `fault`: code or data, and trying again is a hope.
 */
export type FailureKind = 'fenced' | 'untrusted' | 'weather' | 'fault'

export const notServing = (): MillraceError =>
  new MillraceError({
    code: 'TASK_NOT_SERVING',
    what: 'the task does not serve its stores now',
    retry: 'soon',
  })
