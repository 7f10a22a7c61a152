// What every screen shows, as data: the admin API answers these documents, `--json` prints them, text
// is a rendering of them. Fields are only ever added.

import type { TaskFacts } from '#actors/host/messages'
import type { ActorSnapshot } from '#actors/kernel/tree'

export interface StatusDocument {
  readonly application: string
  /** The host that answered. */
  readonly host: string
  /** Who places tasks; null while nobody does. */
  readonly coordinator: string | null
  readonly hosts: readonly HostRow[]
  /** Tasks by state, and those that are placed but answered for by nobody. */
  readonly tasks: Readonly<Record<string, number>>
  /** Records waiting in all inputs. */
  readonly lag: number
  /** Version of the placement of tasks. */
  readonly placement: number
  /** Hosts that did not answer, and why. */
  readonly unanswered: readonly Unanswered[]
}

export interface HostRow {
  readonly id: string
  readonly state: string
  readonly pid: number
  readonly workers: number
  readonly tasks: number
  /** Wall time, ms. */
  readonly startedAt: number
}

export interface TasksDocument {
  readonly tasks: readonly (TaskFacts & { readonly host: string })[]
  readonly unanswered: readonly Unanswered[]
}

export interface TreeDocument {
  readonly hosts: readonly { readonly host: string; readonly trees: readonly ActorSnapshot[] }[]
  readonly unanswered: readonly Unanswered[]
}

export interface Unanswered {
  readonly host: string
  readonly error: string
}

export interface QueryDocument {
  readonly store: string
  readonly rows: readonly { readonly key: unknown; readonly value: unknown }[]
}

export interface ErrorDocument {
  readonly error: {
    readonly code: string
    readonly what: string
    readonly where?: string | undefined
    readonly hint?: string | undefined
  }
}
