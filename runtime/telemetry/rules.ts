// Rules as data, read twice: as a question in Prometheus' language, and as a judgement of samples that are
// at hand. Both follow from the same conditions, so that a console and a pager cannot differ in what they mean.
//
// What Prometheus makes up beyond the first and the last point of a window is not made up here.

import type { MetricDefinition } from './metrics.ts'
import type { Distribution } from './samples.ts'
import type { Series } from './series.ts'

/** What must hold, of every series of a metric or of sums of them. */
export interface Condition {
  readonly metric: MetricDefinition
  /** Only series that have one of these values of a label. */
  readonly where?: Readonly<Record<string, readonly string[]>>
  /** What became of it over so many minutes, instead of its newest value. */
  readonly over?: readonly ['increase' | 'rate' | 'deriv' | 'delta', number]
  readonly fold?: 'sum' | 'max'
  /** Labels that are left, of a fold or a quantile. */
  readonly by?: readonly string[]
  /** Of a histogram, 0 to 1; needs `over` and `by`. */
  readonly quantile?: number
  /** It is a time, s, and what is compared is how long ago that was. */
  readonly isAge?: boolean
  readonly is: '<' | '>' | '>=' | '=='
  readonly than: number
}

/** What must hold together of the same labels, in one of several ways. */
export type Rule = readonly (readonly Condition[])[]

/** Series that a rule holds of, by their labels. */
export interface Holding {
  readonly labels: Readonly<Record<string, string>>
  /** What the first condition compared, of the first way that holds. */
  readonly value: number
}

export interface Now {
  /** Of the points of the series, ms. */
  readonly at: number
  /** Wall time, ms. */
  readonly wallMs: number
}

/** In Prometheus' language. */
export const exprOf = (rule: Rule): string =>
  rule
    .map((conditions) =>
      conditions
        .map((condition) => `${shown(condition)} ${condition.is} ${condition.than}`)
        .join(' and '),
    )
    .join(' or ')

function shown({ metric, where = {}, over, fold, by = [], quantile, isAge }: Condition): string {
  const only = Object.entries(where).map(([label, values]) =>
    values.length === 1 ? `${label}="${values[0]}"` : `${label}=~"${values.join('|')}"`,
  )
  const name = `${metric.name}${quantile === undefined ? '' : '_bucket'}`
  const chosen = only.length === 0 ? name : `${name}{${only.join(',')}}`
  const whole = over === undefined ? chosen : `${over[0]}(${chosen}[${over[1]}m])`
  if (quantile !== undefined) {
    return `histogram_quantile(${quantile}, sum by (${[...by, 'le'].join(', ')}) (${whole}))`
  }
  const folded = fold === undefined ? whole : `${fold} by (${by.join(', ')}) (${whole})`
  return isAge === true ? `time() - ${folded}` : folded
}

export function holding(rule: Rule, series: readonly Series[], now: Now): readonly Holding[] {
  const found = new Map<string, Holding>()
  for (const one of rule.flatMap((conditions) => together(conditions, series, now))) {
    const name = nameOf(one.labels)
    if (!found.has(name)) found.set(name, one)
  }
  return [...found.values()]
}

function together(
  conditions: readonly Condition[],
  series: readonly Series[],
  now: Now,
): readonly Holding[] {
  const [first = [], ...rest] = conditions.map((condition) =>
    valuesOf(condition, series, now).filter(({ value }) => compared(condition, value)),
  )
  const others = rest.map((found) => new Set(found.map(({ labels }) => nameOf(labels))))
  return first.filter(({ labels }) => others.every((names) => names.has(nameOf(labels))))
}

/** What a condition compares. */
export function valuesOf(
  condition: Omit<Condition, 'is' | 'than'>,
  series: readonly Series[],
  now: Now,
): readonly Holding[] {
  const { metric, where = {}, by = [], quantile, fold, isAge } = condition
  const mine = series.filter(
    (it) =>
      it.metric === metric &&
      Object.entries(where).every(([label, values]) => values.includes(it.labels[label] ?? '')),
  )
  if (quantile !== undefined) return quantilesOf(condition, mine, now, quantile)
  const values = mine.flatMap(({ labels, points }) => {
    const value = pointValue(condition, points, now.at)
    return value === null ? [] : [{ labels, value }]
  })
  const folded = fold === undefined ? values : [...grouped(values, by)].map(ofFold(fold))
  return isAge === true
    ? folded.map(({ labels, value }) => ({ labels, value: now.wallMs / 1000 - value }))
    : folded
}

const ofFold =
  (fold: 'sum' | 'max') =>
  ({ labels, members }: Grouped<Holding>): Holding => {
    const values = members.map(({ value }) => value)
    return { labels, value: fold === 'max' ? Math.max(...values) : sum(values) }
  }

/** Of a window: null unless there are two points in it. */
function pointValue(
  { over }: Pick<Condition, 'over'>,
  points: Series['points'],
  at: number,
): number | null {
  const newest = points.at(-1)?.value
  if (over === undefined) return typeof newest === 'number' ? newest : null
  const inside = points.flatMap((point) =>
    point.at > at - over[1] * 60_000 && typeof point.value === 'number'
      ? [{ at: point.at / 1000, value: point.value }]
      : [],
  )
  const [first, last] = [inside[0], inside.at(-1)]
  if (first === undefined || last === undefined || first === last) return null
  switch (over[0]) {
    case 'delta':
      return last.value - first.value
    case 'deriv':
      return slope(inside)
    case 'increase':
      return increase(inside.map(({ value }) => value))
    case 'rate':
      return increase(inside.map(({ value }) => value)) / (last.at - first.at)
  }
}

/** A counter that is less than before began anew. */
const increase = (values: readonly number[]): number =>
  sum(
    values.map((value, n) => {
      const before = values[n - 1] ?? value
      return value < before ? value : value - before
    }),
  )

/** Of the line that is nearest to all points. */
function slope(points: readonly { readonly at: number; readonly value: number }[]): number {
  const mid = sum(points.map(({ at }) => at)) / points.length
  const mean = sum(points.map(({ value }) => value)) / points.length
  const spread = sum(points.map(({ at }) => (at - mid) ** 2))
  return sum(points.map(({ at, value }) => (at - mid) * (value - mean))) / spread
}

function quantilesOf(
  { metric, over = ['rate', 5], by = [] }: Omit<Condition, 'is' | 'than'>,
  series: readonly Series[],
  { at }: Now,
  quantile: number,
): readonly Holding[] {
  const classes = series.map(({ labels, points }) => {
    const inside = points.flatMap((point) =>
      point.at > at - over[1] * 60_000 && typeof point.value !== 'number' ? [point.value] : [],
    )
    return { labels, counts: countsOf(inside) }
  })
  return [...grouped(classes, by)].flatMap(({ labels, members }) => {
    const counts = (metric.bounds ?? []).concat(0).map((_, n) => {
      return sum(members.map((member) => member.counts[n] ?? 0))
    })
    const value = quantileOf(counts, metric.bounds ?? [], quantile)
    return value === null ? [] : [{ labels, value }]
  })
}

/** What came into each class between the first reading and the last. */
const countsOf = (readings: readonly Distribution[]): readonly number[] =>
  (readings[0]?.counts ?? []).map((_, n) => increase(readings.map(({ counts }) => counts[n] ?? 0)))

/** Within a class evenly spread, as Prometheus takes it; beyond the last bound it is that bound. */
function quantileOf(
  counts: readonly number[],
  bounds: readonly number[],
  quantile: number,
): number | null {
  const all = sum(counts)
  if (all === 0) return null
  let left = quantile * all
  for (const [n, bound] of bounds.entries()) {
    const count = counts[n] ?? 0
    const below = bounds[n - 1] ?? 0
    if (left <= count) return below + (bound - below) * (count === 0 ? 0 : left / count)
    left -= count
  }
  return bounds.at(-1) ?? null
}

interface Grouped<T> {
  readonly labels: Holding['labels']
  readonly members: T[]
}

/** By what is left of their labels. */
function grouped<T extends { readonly labels: Holding['labels'] }>(
  all: readonly T[],
  by: readonly string[],
): Iterable<Grouped<T>> {
  const groups = new Map<string, Grouped<T>>()
  for (const member of all) {
    const labels = Object.fromEntries(by.map((label) => [label, member.labels[label] ?? '']))
    const group = groups.get(nameOf(labels)) ?? { labels, members: [] }
    group.members.push(member)
    groups.set(nameOf(labels), group)
  }
  return groups.values()
}

function compared({ is, than }: Condition, value: number): boolean {
  switch (is) {
    case '<':
      return value < than
    case '>':
      return value > than
    case '>=':
      return value >= than
    case '==':
      return value === than
  }
}

/** Whatever the order of the labels. */
export const nameOf = (labels: Holding['labels']): string =>
  JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))

const sum = (values: readonly number[]): number => values.reduce((total, it) => total + it, 0)
