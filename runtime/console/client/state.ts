// What the console knows: what hosts said, and what the person at it looks at. A page is a function of it.

import type {
  LagDocument,
  QuarantineDocument,
  QueryDocument,
  StatusDocument,
  StoresDocument,
  TasksDocument,
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
}

export type ViewName = keyof Documents

export interface Rates {
  /** Records a second, taken in and written. */
  readonly in: number
  readonly out: number
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
}
