// Samples as Prometheus reads them. prom-client writes the text and measures the process; our own values
// are read when somebody asks and are never kept in its counters, which cost a look-up each time.

import { collectDefaultMetrics, type Metric, Registry } from 'prom-client'
import { ALL_METRICS, type MetricDefinition } from './metrics.ts'
import { type MetricsFormat, OPEN_METRICS, PROMETHEUS } from './metrics-format.ts'
import type { Distribution, Sample } from './samples.ts'

/** One line of a metric. */
interface Line {
  readonly metricName?: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  /** Written as OpenMetrics alone. */
  readonly exemplar?: {
    readonly labelSet: Readonly<Record<string, string>>
    readonly value: number
    readonly timestamp: number
  }
}

/** What Node and the operating system say of this process: one for all its hosts, and never closed. */
const ofProcess = new Registry()
collectDefaultMetrics({ register: ofProcess })

export class Exposition {
  readonly #common: Readonly<Record<string, string>>

  /** @param common labels of every metric */
  constructor(common: Readonly<Record<string, string>>) {
    this.#common = common
  }

  /** @param format of `metrics-format.ts`; default: that of Prometheus */
  async text(samples: readonly Sample[], format: MetricsFormat = PROMETHEUS): Promise<string> {
    const registry = new Registry<MetricsFormat>()
    registry.setContentType(format)
    registry.setDefaultLabels(this.#common)
    for (const metric of ALL_METRICS) {
      const own = samples.filter((it) => it.metric === metric)
      registry.registerMetric(asMetric(metric, own, format))
    }
    for (const metric of ofProcess.getMetricsAsArray()) {
      registry.registerMetric(seen(bound(metric as unknown as Kept), format)) // that is what it keeps
    }
    return registry.metrics()
  }
}

/** What a registry asks a metric for, and nothing else. */
interface Kept {
  readonly name: string
  readonly help: string
  get(): Promise<{ readonly name: string; readonly type: string }>
}

const bound = (metric: Kept): Kept => {
  const { name, help } = metric
  return { name, help, get: () => metric.get() }
}

function asMetric(
  metric: MetricDefinition,
  samples: readonly Sample[],
  format: MetricsFormat,
): Metric {
  const { name, help, kind: type } = metric
  const values = samples.flatMap((sample) => linesOf(metric, sample))
  const get = async () => ({ name, help, type, values, aggregator: 'sum' })
  return seen({ name, help, get }, format)
}

/**
 * In OpenMetrics the family of a counter is called without `_total`, its lines with it. prom-client renames
 * the metric itself, for good: what the next one reads as text would have lost its name. So it is given
 * another one, and renamed on the way.
 */
function seen({ name, help, get }: Kept, format: MetricsFormat): Metric {
  const renamed = async () => {
    const answer = await get()
    const isOther = format === OPEN_METRICS && answer.type === 'counter'
    return isOther ? { ...answer, name: answer.name.replace(/_total$/, '') } : answer
  }
  return { name, help, get: renamed } as unknown as Metric
}

function linesOf(metric: MetricDefinition, { labels, value }: Sample): Line[] {
  if (typeof value === 'number') return [{ labels, value }]
  return histogramLines(metric, labels, value)
}

/** Each class counts what is in it and in those below. */
function histogramLines(
  { name, bounds = [] }: MetricDefinition,
  labels: Line['labels'],
  { counts, sum, exemplars = [] }: Distribution,
): Line[] {
  let below = 0
  const lines = [...bounds.map(String), '+Inf'].map((le, n): Line => {
    below += counts[n] ?? 0
    const line = { metricName: `${name}_bucket`, labels: { ...labels, le }, value: below }
    const found = exemplars.find(({ index }) => index === n)
    if (found === undefined) return line
    const { traceId, spanId, value, at: timestamp } = found
    return {
      ...line,
      exemplar: { labelSet: { trace_id: traceId, span_id: spanId }, value, timestamp },
    }
  })
  return [
    ...lines,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: below },
  ]
}
