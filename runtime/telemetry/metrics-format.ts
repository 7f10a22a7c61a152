// In which form metrics are written: Prometheus' own text, or OpenMetrics where who asks would rather have it.
// https://prometheus.io/docs/specs/om/open_metrics_spec/, negotiated as HTTP does (RFC 9110, 12.5.1).

export const PROMETHEUS = 'text/plain; version=0.0.4; charset=utf-8'
export const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

export type MetricsFormat = typeof PROMETHEUS | typeof OPEN_METRICS

/** OpenMetrics only when it is named, in a version that is written here, and liked no less than text. */
export function formatFor(accept: string | undefined): MetricsFormat {
  const ranges = (accept ?? '').split(',').map(rangeOf)
  const liking = (...types: string[]): number =>
    Math.max(0, ...ranges.filter(({ type }) => types.includes(type)).map(({ q }) => q))
  const open = Math.max(
    0,
    ...ranges.filter(({ type, version }) => type === OPEN && version === '1.0.0').map(({ q }) => q),
  )
  const named = liking('text/plain')
  const text = named > 0 ? named : liking('text/*', '*/*')
  return open > 0 && open >= text ? OPEN_METRICS : PROMETHEUS
}

const OPEN = 'application/openmetrics-text'

interface Range {
  readonly type: string
  readonly version: string
  /** How much it is liked, 0 to 1. */
  readonly q: number
}

function rangeOf(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const values = new Map(
    parameters.map((it) => {
      const [name = '', value = ''] = it.split('=')
      return [name.trim(), value.trim().replaceAll('"', '')] as const
    }),
  )
  const q = Number(values.get('q') ?? 1)
  return { type, version: values.get('version') ?? '1.0.0', q: Number.isNaN(q) ? 0 : q }
}
