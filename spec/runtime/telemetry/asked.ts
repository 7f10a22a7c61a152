// The metrics that a question in Prometheus' language is about, by Prometheus' own grammar. What is not
// of the language is refused.

import { parser } from '@prometheus-io/lezer-promql'

export function askedIn(expr: string): string[] {
  // Grafana fills in a duration.
  const text = expr.replaceAll('$__rate_interval', '5m')
  const names: string[] = []
  parser.parse(text).iterate({
    enter({ type, from, to, node }) {
      if (type.isError) throw new Error(`not a question, at ${from}: ${expr}`)
      if (type.name === 'Identifier' && node.parent?.type.name === 'VectorSelector') {
        names.push(text.slice(from, to))
      }
    },
  })
  return names
}
