// What commands print with --json that no host answers as it is: made on the spot, of what hosts or the broker
// say, or of this machine. Fields are only ever added.

import type { Simulation } from '#actors/coordinator/simulate'
import type { ErrorFacts } from '#protocols/core/errors'
import type { MoveRow, Unanswered } from '../admin/documents.ts'
import type { Replay } from '../dashboard/replays.ts'
import type { Check } from '../process/checkup.ts'

/** What restores and follows, and how far it is; made by `millrace restore` of what hosts say of their tasks. */
export interface RestoreDocument {
  /** Tasks that replay their commit log, and copies that are not fresh. */
  readonly replays: readonly ReplayRow[]
  /** Tasks that are not where the placement wants them. */
  readonly moves: readonly MoveRow[]
  readonly unanswered: readonly Unanswered[]
}

/** As `top` has it, with the task by its id. */
export interface ReplayRow extends Omit<Replay, 'task'> {
  readonly task: string
  readonly state: string
  readonly host: string
  readonly error: ErrorFacts | null
}

/** What a host more or less would change; made by `millrace rebalance simulate`. */
export interface SimulationDocument extends Simulation {
  readonly application: string
  /** Nothing moves that could stay. */
  readonly isFrozen: boolean
  readonly without: readonly string[]
  /** Names of the hosts that would join. */
  readonly with: readonly string[]
}

/** Named places of this user, by name. Passwords are left out. */
export interface ContextsDocument {
  readonly file: string
  readonly contexts: readonly ContextRow[]
}

export interface ContextRow {
  readonly name: string
  /** Meant where nothing nearer is named. */
  readonly isCurrent: boolean
  readonly broker?: string
  readonly manifest?: string
  readonly app?: string
  readonly host?: string
}

/** What commands speak to, and what named it. */
export interface PlaceDocument {
  readonly source: string
  readonly broker: string | null
  readonly manifest: string | null
  readonly app: string | null
  readonly host: string | null
}

/** Versions; `nats` is the client's. */
export interface VersionDocument {
  readonly millrace: string
  readonly node: string
  readonly lmdb: string
  readonly nats: string
  readonly xstate: string
  /** Name, release and processor of the operating system. */
  readonly system: string
}

export interface DoctorDocument {
  /** Nothing is wrong; there may be notices. */
  readonly isWell: boolean
  readonly checks: readonly Check[]
}
