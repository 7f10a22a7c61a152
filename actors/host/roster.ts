// Which tasks a host holds, on which of its workers, and how they are.

import type { ErrorFacts } from '#protocols/core/errors'
import type { TaskSpec } from './messages.ts'

export interface RosterEntry {
  readonly task: TaskSpec
  readonly worker: number
  /** The task's chart state; `starting` before its first news. */
  readonly state: string
  /** It was told to close. */
  readonly isClosing: boolean
  readonly error: ErrorFacts | null
}

export class Roster {
  readonly #entries = new Map<string, RosterEntry>()

  get size(): number {
    return this.#entries.size
  }

  get ids(): string[] {
    return [...this.#entries.keys()]
  }

  get entries(): readonly RosterEntry[] {
    return [...this.#entries.values()]
  }

  get(id: string): RosterEntry | undefined {
    return this.#entries.get(id)
  }

  add(task: TaskSpec, worker: number): void {
    this.#entries.set(task.id, { task, worker, state: 'starting', isClosing: false, error: null })
  }

  change(id: string, change: Partial<Omit<RosterEntry, 'task' | 'worker'>>): void {
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

  /** The worker with fewest tasks of the task's sub-topology, then fewest of all. */
  leastBusy(workers: number, subtopology: string): number {
    const loads = Array.from({ length: workers }, (_, worker) => {
      const mine = this.entries.filter((entry) => entry.worker === worker)
      const alike = mine.filter(({ task }) => task.subtopology === subtopology)
      return { worker, all: mine.length, alike: alike.length }
    })
    return loads.reduce((a, b) =>
      b.alike < a.alike || (b.alike === a.alike && b.all < a.all) ? b : a,
    ).worker
  }
}
