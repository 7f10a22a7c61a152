// What a task has done since it began here, in numbers: they outlive its works, so that they only ever
// grow. Bumped once per slice or per commit; the one number that grows per record is the topology's own.

import type { TraceContext } from '#protocols/records/trace-context'
import type { TopologyCounters } from '../topology/running-topology.ts'
import { noCounts } from '../topology/running-topology.ts'

/** Upper bounds of the classes of how long commits took, ms; one more class takes the rest. */
export const COMMIT_BOUNDS_MS: readonly number[] = [
  ...[0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500],
  ...[1000, 2500, 5000, 10_000],
]

/** The same of how long it took from where records came in to the commit. Wall time is whole ms. */
export const LATENCY_BOUNDS_MS: readonly number[] = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1000, 2000, 5000, 10_000, 30_000, 60_000, 300_000, 1_800_000],
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
  /** When the oldest record in it came in, wall time, ms; infinite: there is none in it. */
  readonly intakeTime: number
  /** A span of a record in it that is kept. */
  readonly sampled: TraceContext | null
}

/** A commit as it is remembered. */
export type CommitFacts = Pick<Committed, 'ms' | 'atMs' | 'records' | 'bytes' | 'changes'>

/** Commits that are remembered one by one. */
const NEWEST = 10

/** A commit with a record in it that was traced. */
export interface TracedCommit {
  /** Which class of `LATENCY_BOUNDS_MS` it is in. */
  readonly index: number
  /** From where its oldest record came in to the commit. */
  readonly ms: number
  /** Wall time of the commit, ms. */
  readonly atMs: number
  readonly traceId: string
  readonly spanId: string
}

/** From where records first came in to the commit that makes what they did readable: the longest of each commit. */
export interface LatencyReading {
  /** Commits, one number per class of `LATENCY_BOUNDS_MS`, and all of it, ms. */
  readonly counts: readonly number[]
  readonly ms: number
  /** The newest of each class, where records are traced. */
  readonly traced: readonly TracedCommit[]
}

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
  /** Absent from older hosts. */
  readonly latency?: LatencyReading
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
  readonly #commitMs = new Classes(COMMIT_BOUNDS_MS)
  readonly #latencyMs = new Classes(LATENCY_BOUNDS_MS)
  readonly #traced = new Map<number, TracedCommit>()
  #recordsOut = 0
  readonly #recordsTo = new Map<string, number>()
  #bytesOut = 0
  #changes = 0
  #commits = 0
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

  committed(commit: Committed): void {
    const { ms, atMs, records, recordsTo, bytes, changes } = commit
    this.#newest.push({ ms, atMs, records, bytes, changes })
    if (this.#newest.length > NEWEST) this.#newest.shift()
    this.#commits++
    this.#committedAt = atMs
    this.#recordsOut += records
    for (const [topic, count] of recordsTo) {
      this.#recordsTo.set(topic, (this.#recordsTo.get(topic) ?? 0) + count)
    }
    this.#bytesOut += bytes
    this.#changes += changes
    this.#commitMs.add(ms)
    if (commit.intakeTime < Number.POSITIVE_INFINITY) this.#since(commit)
  }

  /** A slice of work took so long. */
  worked(ms: number): void {
    this.#busyMs += ms
  }

  read(): MeterReading {
    return {
      ...{ recordsOut: this.#recordsOut, bytesOut: this.#bytesOut, changes: this.#changes },
      recordsTo: Object.fromEntries(this.#recordsTo),
      commits: this.#commits,
      ...{ commitCounts: [...this.#commitMs.counts], commitMs: this.#commitMs.sum },
      latency: {
        ...{ counts: [...this.#latencyMs.counts], ms: this.#latencyMs.sum },
        traced: [...this.#traced.values()],
      },
      ...{ committedAt: this.#committedAt, busyMs: this.#busyMs },
    }
  }

  /** Clocks of two machines may differ: nothing takes less than no time. */
  #since({ intakeTime, atMs, sampled }: Committed): void {
    const ms = Math.max(0, atMs - intakeTime)
    const index = this.#latencyMs.add(ms)
    if (sampled === null) return
    const { traceId, spanId } = sampled
    this.#traced.set(index, { index, ms, atMs, traceId, spanId })
  }
}

/** How many values are in each class. */
class Classes {
  readonly counts: Float64Array
  sum = 0
  readonly #bounds: readonly number[]

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.counts = new Float64Array(bounds.length + 1)
  }

  /** Answers which class the value is in. */
  add(value: number): number {
    let index = 0
    while (value > (this.#bounds[index] ?? Number.POSITIVE_INFINITY)) index++
    this.counts[index] = (this.counts[index] ?? 0) + 1
    this.sum += value
    return index
  }
}

/** Of what never committed. */
export const NOTHING_METERED: MeterReading = new TaskMeter().read()
