// What every screen shows, as data: the admin API answers these documents, `--json` prints them, text
// is a rendering of them. Fields are only ever added.

import type { TaskPlace } from '#actors/coordinator/explain'
import type { GlobalFacts, StoreFacts, TaskFacts, TaskOrder, TaskRole } from '#actors/host/messages'
import type { DeadLettersReading } from '#actors/kernel/dead-letters'
import type { TraceStep } from '#actors/kernel/trace'
import type { ActorSnapshot } from '#actors/kernel/tree'
import type { TaskHistory } from '#actors/task/messages'
import type { ErrorFacts } from '#protocols/core/errors'
import type { LogLevel } from '#protocols/core/log'
import type { Failure } from '../events/failures.ts'
import type { PastEvent } from '../events/read-events.ts'
import type { PlanDescription } from '../plan/describe.ts'
import type { HostFacts } from '../process/host-facts.ts'
import type { ActorLevel } from '../telemetry/pino-logger.ts'

export interface StatusDocument {
  readonly application: string
  /** The host that answered; null: none did, and this is what the coordination map says. */
  readonly host: string | null
  /** Who places tasks; null while nobody does. */
  readonly coordinator: string | null
  readonly hosts: readonly HostRow[]
  /** Tasks by state, and those that are placed but answered for by nobody. */
  readonly tasks: Readonly<Record<string, number>>
  /** Copies of tasks by state. */
  readonly standbys: Readonly<Record<string, number>>
  /** Records waiting in all inputs; null: nobody says. */
  readonly lag: number | null
  /** Version of the placement of tasks. */
  readonly placement: number
  /** Hosts that did not answer, and why. */
  readonly unanswered: readonly Unanswered[]
  /** Why the application is not well, as phrases; empty when it is. Absent from hosts before 0.1. */
  readonly unwell?: readonly string[]
  /** Where hosts run several versions of a topology. Absent from hosts before that. */
  readonly versions?: readonly VersionRow[]
  /** Hosts that do not run, and something is wished of. Absent from older hosts. */
  readonly away?: readonly AwayRow[]
}

export interface AwayRow {
  readonly id: string
  readonly wish: 'draining' | 'fenced'
}

export interface HostRow {
  readonly id: string
  /** What is wished of it goes before how it is: `fenced`, `draining`. */
  readonly state: string
  readonly pid: number
  readonly workers: number
  readonly tasks: number
  readonly standbys: number
  /** Wall time, ms. */
  readonly startedAt: number
}

export interface HostsDocument {
  readonly application: string
  readonly coordinator: string | null
  readonly hosts: readonly WishedHostRow[]
}

export interface WishedHostRow {
  readonly id: string
  /** `leaving`: it was told to stop; `away`: it does not run, and something is wished of it. */
  readonly state: 'active' | 'leaving' | 'away'
  readonly wish: 'draining' | 'fenced' | null
  /** Until when its tasks wait for copies, wall time, ms; null: as long as it takes. */
  readonly drainBy: number | null
  readonly zone: string | null
  readonly capacity: number
  /** Of the program it runs, as its author calls it; null: not said. Absent from older hosts. */
  readonly version?: string | null
  readonly workers: number
  readonly tasks: number
  readonly standbys: number
  readonly pid: number
  /** Wall time, ms. */
  readonly startedAt: number
}

/** One host whole: `/v1/host?id=`. */
export interface HostDocument {
  readonly application: string
  readonly host: WishedHostRow
  readonly isCoordinator: boolean
  /** What it says of itself; null while it does not, and why. */
  readonly facts: HostFacts | null
  readonly silence: string | null
  /** What it runs and copies. */
  readonly tasks: readonly TaskRow[]
  readonly standbys: readonly StandbyRow[]
  /** What it said and what was done to it, oldest first: at most twenty, of the newest 5000 events. */
  readonly events: readonly PastEvent[]
}

/** How much hosts say in their logs: `/v1/log-level`. */
export interface LogLevelDocument {
  readonly hosts: readonly {
    readonly host: string
    readonly level: LogLevel
    /** What it was when the host began. */
    readonly initial: LogLevel
    /** Actors that have a level of their own. Absent from older hosts. */
    readonly actors?: readonly ActorLevel[]
  }[]
  readonly unanswered: readonly Unanswered[]
}

/** Messages that actors were told and never took: `/v1/deadletters`. */
export interface DeadLettersDocument {
  readonly hosts: readonly {
    readonly host: string
    /** The main thread has no worker; its actors are counted by themselves. */
    readonly threads: readonly (DeadLettersReading & { readonly worker: number | null })[]
  }[]
  readonly unanswered: readonly Unanswered[]
}

/** What actors that are followed did since the same follower asked before: posted to `/v1/trace`. */
export interface TraceDocument {
  /** Oldest first. */
  readonly steps: readonly TraceRow[]
  /** Steps that hosts had no room for. */
  readonly lost: number
  readonly unanswered: readonly Unanswered[]
}

/** A step of an actor; each is a line of `millrace trace --json`. */
export interface TraceRow extends TraceStep {
  readonly host: string
}

/** Every actor of every host, flat; as the tree has them, or as was asked. */
export interface ActorsDocument {
  readonly actors: readonly ActorRow[]
  readonly unanswered: readonly Unanswered[]
}

export interface ActorRow extends Omit<ActorSnapshot, 'children'> {
  readonly host: string
}

export interface RebalanceDocument {
  readonly application: string
  readonly coordinator: string | null
  /** Version of the placement of tasks. */
  readonly placement: number
  readonly isFrozen: boolean
  readonly draining: readonly string[]
  readonly fenced: readonly string[]
  readonly tasks: readonly TaskPlace[]
}

export interface UpgradeDocument {
  readonly application: string
  readonly versions: readonly VersionRow[]
}

/** Hosts that run one version of a topology. */
export interface VersionRow {
  readonly topology: string
  /** As the author of the program calls it; null: not said. */
  readonly version: string | null
  /** Stands for the topology's shape; null: of a host that does not say. */
  readonly shape: string | null
  readonly hosts: readonly string[]
  /**
   * `active`: of the shape the group works by; `pending`: of another, which begins when all have it;
   * `overtaken`: of one that was never compared with the active one.
   */
  readonly state: 'active' | 'pending' | 'overtaken'
  /** Tasks of the active shape that these hosts can run, of how many. */
  readonly supports: number
  readonly tasks: number
  /** Of what waits: hosts that do not have it. */
  readonly blockers: readonly string[]
}

/** A task, and who runs it. */
export interface TaskRow extends TaskFacts {
  readonly host: string
}

export interface TasksDocument {
  readonly tasks: readonly TaskRow[]
  /** Copies of tasks; their lag is in changes of the task's commit log. */
  readonly standbys: readonly StandbyRow[]
  /** Where the coordination map has tasks; absent unless it was all that answered. */
  readonly placed?: readonly PlacedRow[]
  /** Tasks that are not where the placement wants them. */
  readonly moves: readonly MoveRow[]
  /** Tasks that were moved by hand, and the host each is held at. Absent from older hosts. */
  readonly pins?: Readonly<Record<string, string>>
  readonly unanswered: readonly Unanswered[]
}

/** One task whole: `/v1/task?id=`. */
export interface TaskDocument {
  /** No host answered: this is what the coordination map, the topics and the events say. */
  readonly isFromBroker?: true
  readonly application: string
  readonly task: string
  /** Where it should be, and why it is not, or is; null while it is placed nowhere. */
  readonly place: TaskPlace | null
  /** Version of the placement of tasks. */
  readonly placement: number
  /** As the host says that runs it; null while nobody says so. */
  readonly active: TaskRow | null
  readonly standbys: readonly StandbyRow[]
  /** Its inputs. */
  readonly partitions: readonly LagRow[]
  /** Its own, and those of its standbys. */
  readonly stores: readonly StoreRow[]
  /** Commits and changes of state since it came to its host; null while nobody tells. Absent from older hosts. */
  readonly history?: TaskHistory | null
  /** What happened to it, oldest first: at most twenty, of the newest 5000 events of the application. */
  readonly events: readonly PastEvent[]
  readonly unanswered: readonly Unanswered[]
}

/** What tasks were told, or would be. */
export interface OrdersDocument {
  readonly order: TaskOrder
  /** False: nothing was done, this is what would be. */
  readonly isDone: boolean
  /** Why a task could not be told; null: it was. */
  readonly tasks: readonly { readonly task: string; readonly error: ErrorFacts | null }[]
}

/** A task by the coordination map: nothing is known of how it does. */
export interface PlacedRow {
  readonly task: string
  /** The host that should run it. */
  readonly target: string
  /** The host that may; null: nobody was told to. */
  readonly granted: string | null
}

export interface MoveRow {
  readonly task: string
  /** Who runs it, or may; null: nobody. */
  readonly from: string | null
  readonly to: string
  /** `warming`: the new host copies it; `closing`: the old one has to let go; `opening`: nobody runs it. */
  readonly waitsFor: 'warming' | 'closing' | 'opening'
}

export interface StandbyRow extends TaskFacts {
  readonly host: string
  /** `warm-up`: the task is to move there as soon as the copy is fresh. */
  readonly purpose: 'standby' | 'warm-up'
}

export interface TreeDocument {
  /** What the coordination map says that hosts run; absent unless it was all that answered. */
  readonly placed?: readonly PlacedHost[]
  readonly hosts: readonly { readonly host: string; readonly trees: readonly ActorSnapshot[] }[]
  readonly unanswered: readonly Unanswered[]
}

export interface Unanswered {
  readonly host: string
  readonly error: string
}

export interface LagDocument {
  /** No host answered: all of it is from the broker, and who runs what is not known. */
  readonly isFromBroker?: true
  /** One for each partition of each source, also of those that no task reads now. */
  readonly partitions: readonly LagRow[]
  /** Of all partitions whose lag is known. */
  readonly lag: number
  /** Partitions whose lag nobody knows. */
  readonly unknown: number
  readonly unanswered: readonly Unanswered[]
}

export interface LagRow {
  readonly topic: string
  readonly partition: number
  readonly task: string
  /** Who runs the task; null while nobody says so. */
  readonly host: string | null
  /** The task's state; `absent` while nobody says so, `pending` while no host was given it. */
  readonly state: string
  /** Offset after the last record of the partition; null when there is no such topic. */
  readonly end: number | null
  /** Offset of the next record, by the newest commit; null before the first, and where that is not known. */
  readonly committed: number | null
  /** Records behind the newest commit, about. */
  readonly lag: number | null
}

export interface StoresDocument {
  /** Stores by kept plans, where the coordination map has their tasks; absent unless it was all that answered. */
  readonly placed?: readonly PlacedStore[]
  readonly stores: readonly StoreRow[]
  /** Every worker's copies of global tables. Absent from older hosts, and where none answered. */
  readonly globals?: readonly GlobalRow[]
  readonly unanswered: readonly Unanswered[]
}

/** A host by the coordination map: what it holds, and nothing of how that does. */
export interface PlacedHost {
  readonly host: string
  readonly tasks: readonly string[]
  readonly standbys: readonly string[]
}

/** A store by the coordination map: nothing is known of what is in it. */
export interface PlacedStore {
  readonly store: string
  readonly kind: string
  readonly task: string
  readonly role: TaskRole
  /** The host that should keep it. */
  readonly host: string
}

export interface StoreRow extends StoreFacts {
  readonly host: string
}

export interface GlobalRow extends GlobalFacts {
  readonly host: string
}

/** Some records of a topic: `/v1/peek?topic=`. */
export interface PeekDocument {
  readonly topic: string
  /** Names of the serdes that keys and values were read with. */
  readonly key: string
  readonly value: string
  /** In the order of partitions and offsets. */
  readonly records: readonly PeekedRow[]
}

export interface PeekedRow {
  readonly partition: number
  readonly offset: number
  /** Event time, ms. */
  readonly time: number
  /** As JSON can hold them; what cannot be read as it should be says so. */
  readonly key: unknown
  readonly value: unknown
  readonly headers: Readonly<Record<string, string>>
}

export interface QueryDocument {
  readonly store: string
  /** Changes that an answer of a standby was behind; 0 when tasks answered. */
  readonly lag: number
  /** The answer has all that was committed so many ms before it was asked for; null where nobody asked for that. */
  readonly ageMs: number | null
  /** Of each input, the last record that the answer has. */
  readonly positions: readonly {
    readonly topic: string
    readonly partition: number
    readonly offset: number
  }[]
  readonly rows: readonly { readonly key: unknown; readonly value: unknown }[]
}

/** What a keyed actor answered; null when it was only told. */
export interface ReplyDocument {
  readonly actor: string
  readonly key: string
  readonly reply: unknown
}

export interface QuarantineDocument {
  readonly keys: readonly QuarantineRow[]
}

/** A key of an actor whose behavior threw. */
export interface QuarantineRow {
  readonly actor: string
  readonly key: unknown
  readonly error: string
  /** Wall time of the failure, ms. */
  readonly atMs: number
  /** Messages that came for the key since then. */
  readonly waiting: number
  /** The message it failed at. */
  readonly message: unknown
}

/** Alert rules that hold, judged by the numbers of all hosts: `/v1/alerts`. */
export interface AlertsDocument {
  /** Those that fire first. */
  readonly alerts: readonly AlertRow[]
  /** Rules that only Prometheus can judge. */
  readonly unjudged: readonly string[]
  /** How long commits took that were made while somebody looked, of five minutes at most. */
  readonly commitMs: Spread
  /** Of the same commits, how long before the oldest record in each had come in. Absent from older hosts. */
  readonly latencyMs?: Spread
  readonly unanswered: readonly Unanswered[]
}

/** Half and almost all, ms; null: there were none. */
export interface Spread {
  readonly p50: number | null
  readonly p99: number | null
}

export interface AlertRow {
  readonly name: string
  readonly severity: 'critical' | 'warning'
  /** `pending`: it does not hold for long enough yet. */
  readonly state: 'pending' | 'firing'
  /** Since when it was seen to hold, wall time, ms. */
  readonly sinceMs: number
  /** Of what it holds. */
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  readonly summary: string
  /** What to do. */
  readonly action: string
}

export interface EventsDocument {
  readonly application: string
  /** Oldest first. */
  readonly events: readonly PastEvent[]
  /** Warnings and errors among them, the like with the like, newest kind first; hosts say it. */
  readonly lately?: readonly Failure[]
}

/** What the topologies of a host are made of: `/v1/topology`. */
export interface TopologyDocument {
  readonly topologies: readonly (PlanDescription & {
    /** How many tasks each sub-topology has. */
    readonly tasks: Readonly<Record<string, number>>
  })[]
}

export interface ErrorsDocument {
  readonly application: string
  /** Null while no host answers. */
  readonly now: ErrorsNow | null
  /** Newest first. */
  readonly lately: readonly Failure[]
}

export interface ErrorsNow {
  /** Those that do not answer. */
  readonly hosts: readonly Unanswered[]
  /** Tasks and copies that failed, or wait for an operator. */
  readonly tasks: readonly TaskRow[]
  readonly keys: readonly QuarantineRow[]
}

export interface ErrorDocument {
  readonly error: ErrorFacts
}
