// What a host and its workers tell one another. A worker may be a thread, so everything here survives
// a structured clone: no functions, no classes, errors as facts.

import type { ErrorFacts } from '#protocols/core/errors'
import type { TraceContext } from '#protocols/records/trace-context'
import type { StoreUsage } from '#stores/changelog/task-state'
import type { StoreSpec } from '#stores/store'
import type { MemberPlan } from '../coordinator/upgrade.ts'
import type { DeadLettersReading } from '../kernel/dead-letters.ts'
import type { TraceQuestion, TraceReading } from '../kernel/trace.ts'
import type { ActorSnapshot } from '../kernel/tree.ts'
import type { Bound, InputPosition } from '../query/bound.ts'
import type { TaskHistory } from '../task/messages.ts'
import type { MeterReading } from '../task/meter.ts'
import type { Poison } from '../task/work-port.ts'

/** A topology as a host hands it to its workers. */
export interface Deployment {
  readonly topology: string
  /** How a worker finds the definition: the module that exports it, or null when it is handed over. */
  readonly module: string | null
  /** Tasks per sub-topology. */
  readonly tasks: Readonly<Record<string, number>>
  /** Sub-topologies that keep something a copy can be made of. */
  readonly stateful: readonly string[]
  /** Partitions of every topic it touches. */
  readonly topicPartitions: Readonly<Record<string, number>>
  /** What stands for its shape, and for the active one that it was compared with; absent: it was not. */
  readonly plan?: MemberPlan | undefined
}

export interface TaskSpec {
  /** `topology/subtopology/partition` */
  readonly id: string
  readonly topology: string
  readonly subtopology: string
  readonly partition: number
  /** Tasks of the sub-topology. */
  readonly count: number
}

/** `active`: it processes records; `standby`: it follows the commit log of the one that does. */
export type TaskRole = 'active' | 'standby'

/** What an operator may tell a task. */
export type TaskOrder =
  /** Commit, then take in nothing until `resume`. */
  | 'pause'
  | 'resume'
  /** Commit, close and open again; ends a quarantine, or a wait. */
  | 'restart'
  /** Pass over the record it last failed at, or another one that comes, and try again. */
  | 'skip'
  /** Commit, close and wait for an operator. */
  | 'quarantine'
  /** As `restart`, and rebuild its stores from the log. */
  | 'reset'

/** An order, and for whom. */
export interface Order {
  readonly id: string
  readonly order: TaskOrder
  /** Of `skip`: the record, where it is not the one it last failed at. */
  readonly at?: Poison | undefined
}

/** The placement by which a task comes or goes; said where rebalances are traced. */
export interface Occasion {
  readonly placement: number
  /** Null: the task comes or goes for another reason, which the placement was there before. */
  readonly trace: TraceContext | null
}

export type ToWorker =
  | { readonly type: 'deploy'; readonly deployment: Deployment }
  | { readonly type: 'retire'; readonly topology: string }
  /** Runs the task, or keeps a copy of its stores; never both at a time. */
  | {
      readonly type: 'start'
      readonly task: TaskSpec
      readonly role: TaskRole
      readonly by?: Occasion | undefined
    }
  | {
      readonly type: 'stop'
      readonly id: string
      readonly mode: 'clean' | 'dirty'
      readonly by?: Occasion | undefined
    }
  | ({ readonly type: 'order' } & Order)
  | { readonly type: 'question'; readonly number: number; readonly question: Question }

export type FromWorker =
  /** A worker begins its life, with nothing: first, or again after it failed. */
  | { readonly type: 'ready' }
  /** It has the plan of a topology: its tasks would start at once. */
  | { readonly type: 'loaded'; readonly topology: string }
  | { readonly type: 'news'; readonly news: TaskNews }
  | { readonly type: 'answer'; readonly number: number; readonly answer: Answer }
  | { readonly type: 'refusal'; readonly number: number; readonly error: ErrorFacts }

/** A step in a task's life. */
export interface TaskNews {
  readonly id: string
  /** The chart's state; `closed` is the last one. */
  readonly state: string
  readonly error?: ErrorFacts | undefined
  /** Of a standby: how many changes it is behind; -1 before it knows. */
  readonly lag?: number | undefined
}

export type Question =
  | { readonly about: 'tasks' }
  | { readonly about: 'tree' }
  | { readonly about: 'stores' }
  | { readonly about: 'globals' }
  | { readonly about: 'thread' }
  | { readonly about: 'trace'; readonly trace: TraceQuestion }
  | { readonly about: 'history'; readonly task: string }
  | ({ readonly about: 'store' } & StoreQuestion)
  | ({ readonly about: 'global' } & GlobalQuestion)

/** One row, or those of a range; keys are serialised. */
export type RowsWanted =
  | { readonly get: Uint8Array }
  | {
      /** Both inclusive; absent is open. */
      readonly from?: Uint8Array | undefined
      readonly to?: Uint8Array | undefined
      readonly limit: number
    }

/** Asks a worker's copy of a global table. */
export interface GlobalQuestion extends Bound {
  readonly topology: string
  readonly store: string
  readonly ask: RowsWanted
}

/** Asks the store of one task; keys are serialised. */
export interface StoreQuestion extends Bound {
  readonly task: string
  readonly store: string
  readonly ask:
    | RowsWanted
    | {
        /** Of a window or session store: one key, whatever its windows, that start or reach into these times. */
        readonly fetch: Uint8Array
        /** Event times, ms, inclusive. */
        readonly earliest: number
        readonly latest: number
        readonly limit: number
      }
}

export interface StoreRow {
  readonly key: Uint8Array
  readonly value: Uint8Array
  /** Event time, ms, where the store keeps it. */
  readonly time?: number | undefined
}

export interface StoreRows {
  readonly rows: readonly StoreRow[]
  /**
   * Changes that the stores were behind the task's commits; 0 when the task itself answered. Of a global table,
   * records of its topic that the copy had not read.
   */
  readonly lag: number
  /**
   * The answer has everything that was committed so many ms before it was asked for; null where the broker was not
   * asked.
   */
  readonly ageMs: number | null
  /** The next record of each input that the answer does not have. */
  readonly positions: readonly InputPosition[]
}

export type Answer =
  | { readonly about: 'tasks'; readonly tasks: readonly TaskFacts[] }
  | { readonly about: 'tree'; readonly tree: ActorSnapshot }
  | { readonly about: 'stores'; readonly stores: readonly StoreFacts[] }
  | { readonly about: 'globals'; readonly globals: readonly GlobalFacts[] }
  | { readonly about: 'thread'; readonly thread: ThreadFacts | null }
  | { readonly about: 'trace'; readonly trace: TraceReading }
  | { readonly about: 'history'; readonly history: TaskHistory }
  | ({ readonly about: 'store' } & StoreRows)

/** A thread of a host as screens show it. */
export interface ThreadFacts {
  /** Worker it runs; null: the main thread. */
  readonly worker: number | null
  /** Part of the last while that its event loop was busy, 0 to 1; since its start before it was asked. */
  readonly utilization: number
  /** Time that its event loop was busy since the thread began, ms; only grows. */
  readonly busyMs: number
  /** Of its JavaScript heap, bytes. */
  readonly heapUsed: number
  readonly heapMax: number
  readonly deadLetters: DeadLettersReading
}

/** A store of a task, or of a copy of it, as screens show it. */
export interface StoreFacts {
  readonly task: string
  readonly role: TaskRole
  readonly store: string
  readonly kind: StoreSpec['kind']
  readonly medium: 'lmdb' | 'memory'
  /** Whether the task's commit log holds its changes; else it starts empty on every host. */
  readonly isLogged: boolean
  /** Null while the task, or the copy, does not answer for its stores. */
  readonly usage: StoreUsage | null
}

/** The copy of a global table that a worker keeps, as screens show it. */
export interface GlobalFacts {
  readonly topology: string
  readonly store: string
  /** What it is a copy of. */
  readonly topic: string
  /** Whose tasks look rows up in it. */
  readonly worker: number
  readonly medium: 'lmdb' | 'memory'
  readonly usage: StoreUsage
  /** Records that were passed over since the copy was opened, by reason. */
  readonly dropped: Readonly<Record<string, number>>
  /** Records between its positions and the ends of the topic, about. */
  readonly lag: number
  /** By partition of the topic. */
  readonly positions: readonly {
    readonly partition: number
    /** Offset of the next record it reads. */
    readonly position: number
    readonly lag: number
  }[]
  /** Why it does not go on; null while it does. */
  readonly error: ErrorFacts | null
}

/** A task as screens show it. */
export interface TaskFacts {
  readonly id: string
  readonly role: TaskRole
  readonly state: string
  /** Worker it runs on. */
  readonly worker: number
  readonly epoch: number
  /** Records taken in, and dropped by reason, since it started here. */
  readonly records: number
  readonly dropped: Readonly<Record<string, number>>
  readonly commits: number
  /** Records between its positions and the ends of its inputs; of a standby, changes it is behind. */
  readonly lag: number
  readonly positions: readonly {
    readonly topic: string
    readonly partition: number
    readonly position: number
    /** By the newest commit. */
    readonly committed: number
    readonly lag: number
  }[]
  /** Event time, ms; 0 before the first record. */
  readonly streamTime: number
  /** The replay of its commit log when it opened here: where it began, how far it is, where it ends. */
  readonly restoredFrom: number
  readonly restored: number
  readonly restoreEnd: number
  readonly restarts: number
  /** The commit its stores on disk are true at; null without one. */
  readonly checkpoint?: number | null
  /** While it fails: the record it failed at, which `skip` passes over. */
  readonly failedAt?: Poison
  /** Of a standby: nothing. */
  readonly meter: MeterReading
  readonly error: ErrorFacts | null
}
