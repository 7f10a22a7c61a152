// A picture of the supervision tree at one moment, as plain data: what `millrace tree` shows and what a
// failing test prints.

/** What the kernel thinks of an actor; what the actor thinks of itself is `note` and `status`. */
export type ActorState = 'starting' | 'running' | 'backoff' | 'quarantined' | 'stopping' | 'stopped'

export interface ActorSnapshot {
  readonly path: string
  readonly kind: string
  readonly state: ActorState
  /** The state the behavior describes, if it does. */
  readonly status: string | null
  readonly note: string | null
  readonly restarts: number
  /** Messages waiting. */
  readonly control: number
  readonly data: number
  /** Messages it took, and time it had its turns for, ms, in all its lives. Absent from hosts before 0.1. */
  readonly taken?: number
  readonly busyMs?: number
  readonly lastError: ActorError | null
  /** In the order in which they were started. */
  readonly children: readonly ActorSnapshot[]
}

export interface ActorError {
  /** Wall time, ms. */
  readonly atMs: number
  readonly message: string
}
