// What a standby may be told, what it says, and the events and commands between its chart and its
// actor. As for a task, a command that takes time carries `op`, and the event that ends it echoes it.

import type { TaskState } from '#stores/changelog/task-state'
import type { Reply } from '../kernel/actor.ts'
import type { Whereabouts } from '../query/bound.ts'
import type { FailureKind } from '../task/messages.ts'

// ---- between others and the actor -----------------------------------------------------------------

export type StandbyMessage =
  /** Close, and end. What was applied is kept. */
  | { readonly type: 'stop' }
  /** Ends a wait. */
  | { readonly type: 'retry' }
  /** Made by `readCopy`. */
  | { readonly type: 'read'; readonly lagMax: number; readonly answer: ReadAnswer }
  | { readonly type: 'facts'; readonly reply: Reply<StandbyFacts> }
  /** The actor's own: an event for its chart, or the next slice of the log. */
  | { readonly type: 'chart'; readonly event: StandbyEvent }
  | { readonly type: 'slice'; readonly op: number }

export interface ReadAnswer {
  ok(state: TaskState, lag: number, at: Whereabouts): void
  fail(error: Error): void
}

export interface StandbyFacts {
  readonly id: string
  /** The chart's state, e.g. `following.idle`. */
  readonly state: string
  /** Lives given up since the actor was spawned. */
  readonly restarts: number
  readonly error: Error | null
  /** Null while nothing is open. */
  readonly copy: CopyFacts | null
}

export interface CopyFacts {
  /** Offset in the commit log that the stores are true at. */
  readonly position: number
  /** Changes between that and the end of the log; null while it is not known where that is. */
  readonly lag: number | null
  /** Offset at which it began when it was opened. */
  readonly from: number
}

/** What a standby tells its owner; never from inside a call of the owner's. */
export type StandbyReport =
  /** The outer word of its chart's state: `following`. */
  | { readonly type: 'state'; readonly state: string }
  /** Changes it is behind; null while that is not known. */
  | { readonly type: 'lag'; readonly lag: number | null }
  | { readonly type: 'failed'; readonly error: Error }

// ---- between the chart and the actor --------------------------------------------------------------

export interface StandbyCommand {
  readonly type:
    | 'open'
    /** Slices until DRAINED. */
    | 'apply'
    /** ELAPSED after a moment in which commits gather. */
    | 'rest'
    | 'close'
    | 'wipe'
    /** ELAPSED after the backoff of `attempt`. */
    | 'wait'
  readonly op: number
  /** Failures in a row, from 1; 0 when there was none. */
  readonly attempt: number
}

export type StandbyEvent =
  | {
      readonly type: 'OPENED' | 'DRAINED' | 'CLOSED' | 'WIPED' | 'ELAPSED'
      readonly op: number
    }
  | { readonly type: 'FAILED'; readonly op: number; readonly kind: FailureKind }
  | { readonly type: 'DATA' | 'RETRY' | 'STOP' }
