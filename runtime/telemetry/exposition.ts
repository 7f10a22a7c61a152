// Samples as Prometheus reads them. prom-client writes the text and measures the process; our own values
// are read when somebody asks and are never kept in its counters, which cost a look-up each time.

import { collectDefaultMetrics, type Metric, Registry } from 'prom-client'
import { ALL_METRICS, type MetricDefinition } from './metrics.ts'
import type { Distribution, Sample } from './samples.ts'

/** One line of a metric. */
interface Line {
  readonly metricName?: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** What Node and the operating system say of this process: one for all its hosts, and never closed. */
const ofProcess = new Registry()
collectDefaultMetrics({ register: ofProcess })

export class Exposition {
  readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE
  readonly #common: Readonly<Record<string, string>>

  /** @param common labels of every metric */
  constructor(common: Readonly<Record<string, string>>) {
    this.#common = common
  }

  async text(samples: readonly Sample[]): Promise<string> {
    const registry = new Registry()
    registry.setDefaultLabels(this.#common)
    for (const metric of ALL_METRICS) {
      const own = samples.filter((it) => it.metric === metric)
      registry.registerMetric(asMetric(metric, own))
    }
    for (const metric of ofProcess.getMetricsAsArray()) {
      registry.registerMetric(metric as unknown as Metric) // that is what it keeps
    }
    return registry.metrics()
  }
}

/** A registry asks a metric for its name, its kind and its lines, and for nothing else. */
function asMetric(metric: MetricDefinition, samples: readonly Sample[]): Metric {
  const { name, help, kind: type } = metric
  const values = samples.flatMap((sample) => linesOf(metric, sample))
  const get = async () => ({ name, help, type, values, aggregator: 'sum' })
  return { name, help, get } as unknown as Metric
}

function linesOf(metric: MetricDefinition, { labels, value }: Sample): Line[] {
  if (typeof value === 'number') return [{ labels, value }]
  return histogramLines(metric, labels, value)
}

/** Each class counts what is in it and in those below. */
function histogramLines(
  { name, bounds = [] }: MetricDefinition,
  labels: Line['labels'],
  { counts, sum }: Distribution,
): Line[] {
  let below = 0
  const lines = [...bounds.map(String), '+Inf'].map((le, n): Line => {
    below += counts[n] ?? 0
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: below }
  })
  return [
    ...lines,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: below },
  ]
}
