// Which tasks a host runs or keeps copies of, on which of its workers, and how they are. There is one
// entry for each task: a host never has a task and a copy of it at the same time.

import { type ErrorFacts, MillraceError } from '#protocols/core/errors'
import type { TaskRole, TaskSpec } from './messages.ts'

export interface RosterEntry {
  readonly task: TaskSpec
  readonly role: TaskRole
  readonly worker: number
  /** The task's chart state; `starting` before its first news. */
  readonly state: string
  /** It was told to close. */
  readonly isClosing: boolean
  readonly error: ErrorFacts | null
  /** Of a copy: changes it is behind; -1 before it knows. */
  readonly lag: number
}

export class Roster {
  readonly #entries = new Map<string, RosterEntry>()

  get size(): number {
    return this.#entries.size
  }

  get ids(): string[] {
    return [...this.#entries.keys()]
  }

  of(role: TaskRole): readonly RosterEntry[] {
    return this.entries.filter((entry) => entry.role === role)
  }

  get entries(): readonly RosterEntry[] {
    return [...this.#entries.values()]
  }

  get(id: string): RosterEntry | undefined {
    return this.#entries.get(id)
  }

  add(task: TaskSpec, role: TaskRole, worker: number): void {
    const fresh = { state: 'starting', isClosing: false, error: null, lag: -1 }
    this.#entries.set(task.id, { task, role, worker, ...fresh })
  }

  /** The copy becomes the task, on the same worker. */
  promote(id: string): void {
    const entry = this.#entries.get(id)
    if (entry !== undefined) this.add(entry.task, 'active', entry.worker)
  }

  change(id: string, change: Partial<Omit<RosterEntry, 'task' | 'role' | 'worker'>>): void {
    const entry = this.#entries.get(id)
    if (entry !== undefined) this.#entries.set(id, { ...entry, ...change })
  }

  remove(id: string): void {
    this.#entries.delete(id)
  }

  /** A worker lost everything it ran. */
  removeWorker(worker: number): void {
    for (const { task, worker: its } of this.entries) {
      if (its === worker) this.#entries.delete(task.id)
    }
  }

  /** The worker with fewest entries of the role and of the task's sub-topology, then fewest of the role. */
  leastBusy(workers: number, subtopology: string, role: TaskRole): number {
    const entries = this.of(role)
    const loads = Array.from({ length: workers }, (_, worker) => {
      const mine = entries.filter((entry) => entry.worker === worker)
      const alike = mine.filter(({ task }) => task.subtopology === subtopology)
      return { worker, all: mine.length, alike: alike.length }
    })
    return loads.reduce((a, b) =>
      b.alike < a.alike || (b.alike === a.alike && b.all < a.all) ? b : a,
    ).worker
  }
}

export const workerAway = (worker: number): MillraceError =>
  new MillraceError({
    code: 'WORKER_AWAY',
    what: `worker ${worker} does not answer`,
    retry: 'soon',
  })
