// What a task has done since it began here, in numbers: they outlive its works, so that they only ever
// grow. Bumped once per slice or per commit; the one number that grows per record is the topology's own.

import type { TopologyCounters } from '../topology/running-topology.ts'
import { noCounts } from '../topology/running-topology.ts'

/** Upper bounds of the classes of how long commits took, ms; one more class takes the rest. */
export const COMMIT_BOUNDS_MS: readonly number[] = [
  ...[0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500],
  ...[1000, 2500, 5000, 10_000],
]

/** A commit that succeeded. */
export interface Committed {
  readonly ms: number
  /** Wall time, ms. */
  readonly atMs: number
  /** Records and bytes of its outputs. */
  readonly records: number
  readonly bytes: number
  /** The records by topic. */
  readonly recordsTo: ReadonlyMap<string, number>
  /** Changes of stores. */
  readonly changes: number
}

/** A commit as it is remembered. */
export type CommitFacts = Omit<Committed, 'recordsTo'>

/** Commits that are remembered one by one. */
const NEWEST = 10

/** The numbers as data. */
export interface MeterReading {
  /** Records written to topics by commits, their bytes, and changes of stores in commits. */
  readonly recordsOut: number
  readonly bytesOut: number
  readonly changes: number
  /** The records by topic. Absent from older hosts. */
  readonly recordsTo?: Readonly<Record<string, number>>
  readonly commits: number
  /** Commits by how long they took, one number per class of `COMMIT_BOUNDS_MS`, and all of it, ms. */
  readonly commitCounts: readonly number[]
  readonly commitMs: number
  /** Wall time of the newest commit, ms; 0 before the first. */
  readonly committedAt: number
  /** Time spent on records, ms. */
  readonly busyMs: number
}

export class TaskMeter {
  /** Counted by the topology, record by record. */
  readonly counters: TopologyCounters = noCounts()
  /** Records an operator passed over. */
  skipped = 0
  readonly #counts = new Float64Array(COMMIT_BOUNDS_MS.length + 1)
  #recordsOut = 0
  readonly #recordsTo = new Map<string, number>()
  #bytesOut = 0
  #changes = 0
  #commits = 0
  #commitMs = 0
  #committedAt = 0
  #busyMs = 0
  readonly #newest: CommitFacts[] = []

  get commits(): number {
    return this.#commits
  }

  /** The newest commits, oldest first. */
  get newest(): readonly CommitFacts[] {
    return this.#newest
  }

  committed({ ms, atMs, records, recordsTo, bytes, changes }: Committed): void {
    this.#newest.push({ ms, atMs, records, bytes, changes })
    if (this.#newest.length > NEWEST) this.#newest.shift()
    this.#commits++
    this.#commitMs += ms
    this.#committedAt = atMs
    this.#recordsOut += records
    for (const [topic, count] of recordsTo) {
      this.#recordsTo.set(topic, (this.#recordsTo.get(topic) ?? 0) + count)
    }
    this.#bytesOut += bytes
    this.#changes += changes
    let index = 0
    while (ms > (COMMIT_BOUNDS_MS[index] ?? Number.POSITIVE_INFINITY)) index++
    this.#counts[index] = (this.#counts[index] ?? 0) + 1
  }

  /** A slice of work took so long. */
  worked(ms: number): void {
    this.#busyMs += ms
  }

  read(): MeterReading {
    return {
      ...{ recordsOut: this.#recordsOut, bytesOut: this.#bytesOut, changes: this.#changes },
      recordsTo: Object.fromEntries(this.#recordsTo),
      ...{ commits: this.#commits, commitCounts: [...this.#counts], commitMs: this.#commitMs },
      ...{ committedAt: this.#committedAt, busyMs: this.#busyMs },
    }
  }
}

/** Of what never committed. */
export const NOTHING_METERED: MeterReading = new TaskMeter().read()
