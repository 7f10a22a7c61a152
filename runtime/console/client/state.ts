// What the console knows: what hosts said, and what the person at it looks at. A page is a function of it.

import type {
  AlertsDocument,
  EventsDocument,
  LagDocument,
  PeekDocument,
  QuarantineDocument,
  QueryDocument,
  RebalanceDocument,
  StatusDocument,
  StoresDocument,
  TasksDocument,
  TopologyDocument,
  TreeDocument,
} from '../../admin/documents.ts'

export type Task = TasksDocument['tasks'][number]
export type AnyTask = Task | TasksDocument['standbys'][number]

/** What can be watched, by the name of its event. */
export interface Documents {
  readonly status: StatusDocument
  readonly tasks: TasksDocument
  readonly tree: TreeDocument
  readonly lag: LagDocument
  readonly stores: StoresDocument
  readonly topology: TopologyDocument
  readonly rebalance: RebalanceDocument
  readonly events: EventsDocument
  readonly alerts: AlertsDocument
}

export type ViewName = keyof Documents

export interface Rates {
  /** Records a second, taken in and written. */
  readonly in: number
  readonly out: number
  /** Part of a thread that was spent on records. */
  readonly busy: number
  /** Changes of the commit log replayed a second, by a task that restores or a copy. */
  readonly replayed: number
}

/** A moment of the application. */
export interface Sample {
  /** Wall time of the host, ms. */
  readonly at: number
  readonly lag: number
  /** Since the one before; null: it is the first, or too long ago. */
  readonly rates: Rates | null
}

export interface History {
  /** The newest one last. */
  readonly samples: readonly Sample[]
  /** The newest document of tasks, and what each of its tasks did a second. */
  readonly tasks: TasksDocument | null
  readonly rates: ReadonlyMap<string, Rates>
  /** Records a second between sub-topologies and topics, by `edgeOf`. */
  readonly edges: ReadonlyMap<string, number>
  /** States that each task was seen in, the newest last; what is within a state is left out. */
  readonly lives: ReadonlyMap<string, readonly Stay[]>
}

/** A state, and since when a task was seen in it: wall time, ms. */
export interface Stay {
  readonly state: string
  readonly at: number
}

export interface Sort {
  readonly column: string
  readonly isDown: boolean
}

export interface Route {
  readonly page: string
  /** What is open on the page, e.g. a task's id. */
  readonly open: string | null
}

/** A question to a store, as typed. */
export interface Lookup {
  readonly store: string
  readonly key: string
  readonly from: string
  readonly to: string
  readonly limit: string
  readonly answer: QueryDocument | null
  readonly trouble: string | null
}

/** A look into a topic, as typed. */
export interface Peek {
  readonly topic: string
  readonly from: string
  readonly count: string
  readonly answer: PeekDocument | null
  readonly trouble: string | null
}

/** What a host can be told, and what comes of it. */
export interface Order {
  readonly verb: string
  readonly subject: string
  readonly effect: string
  readonly path: string
  readonly body: Readonly<Record<string, string>>
}

/** An order that somebody is asked about. */
export interface Ask {
  readonly order: Order
  /** Why, for the record. */
  readonly reason: string
  readonly isSent: boolean
  readonly trouble: string | null
}

export interface State {
  readonly route: Route
  readonly documents: Partial<Documents>
  /** Keys in quarantine: only with the token. */
  readonly quarantine: QuarantineDocument | null
  readonly history: History
  /** Wall time of the newest look, ms; 0 before the first. */
  readonly at: number
  /** Why what is shown is old; null while the host answers. */
  readonly trouble: string | null
  readonly filter: string
  /** By page. */
  readonly sorts: Readonly<Record<string, Sort>>
  /** Kept by this page alone, and gone with it. */
  readonly token: string
  readonly lookup: Lookup
  readonly peek: Peek
  /** Null while nobody is asked. */
  readonly ask: Ask | null
  /** What became of the newest order; null some time after it. */
  readonly note: string | null
}
