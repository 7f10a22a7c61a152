// Samples of the last minutes, kept by those who judge them: each metric under each of its labels is a
// series of points. What is not told any more is gone at once, as it is in Prometheus.

import type { MetricDefinition } from './metrics.ts'
import type { Sample } from './samples.ts'

/** As far back as a rule looks. */
const KEPT_MS = 10 * 60_000
/** After so long without a look all begins anew: nobody knows what was in between. */
const GAP_MS = 60_000

export interface Series {
  readonly metric: MetricDefinition
  readonly labels: Readonly<Record<string, string>>
  /** The newest one last. */
  readonly points: readonly Point[]
}

export interface Point {
  /** ms, of a clock that only goes forward. */
  readonly at: number
  readonly value: Sample['value']
}

export class SeriesLog {
  #series = new Map<string, Series>()
  #newest = Number.NEGATIVE_INFINITY

  get all(): readonly Series[] {
    return [...this.#series.values()]
  }

  /** False where all begins anew. */
  add(at: number, samples: readonly Sample[]): boolean {
    const goesOn = at - this.#newest <= GAP_MS
    const before = goesOn ? this.#series : new Map<string, Series>()
    this.#newest = at
    this.#series = new Map(
      samples.map(({ metric, labels, value }) => {
        const name = `${metric.name} ${JSON.stringify(labels)}`
        const kept = (before.get(name)?.points ?? []).filter((point) => point.at > at - KEPT_MS)
        return [name, { metric, labels, points: [...kept, { at, value }] }]
      }),
    )
    return goesOn
  }
}
