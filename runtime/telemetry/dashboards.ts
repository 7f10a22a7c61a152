// Dashboards as they are thought of: what is shown, by which question. What Grafana makes of a board
// is in grafana.ts.

import { METRICS, type MetricDefinition } from './metrics.ts'

export interface Board {
  /** Part of its address, for good. */
  readonly id: string
  readonly title: string
  readonly panels: readonly Panel[]
}

export interface Panel {
  readonly title: string
  /** `table`: the newest value of each series, in rows. */
  readonly shape: 'lines' | 'number' | 'table'
  /** Grafana's name of a unit. */
  readonly unit: 'short' | 's' | 'bytes' | 'Bps' | 'percentunit' | 'cps'
  readonly help: string
  readonly queries: readonly Query[]
}

export interface Query {
  readonly expr: string
  /** Labels in braces become their values. */
  readonly legend: string
}

/** Chosen at the head of each board. */
const WHERE = 'application=~"$application",host=~"$host"'
const WINDOW = '[$__rate_interval]'

/** Of what is chosen. */
const of = ({ name }: MetricDefinition, end = ''): string => `${name}${end}{${WHERE}}`

/** What only grows is shown by how fast it does. */
const shownAs = (metric: MetricDefinition): string =>
  metric.kind === 'counter' ? `rate(${of(metric)}${WINDOW})` : of(metric)

const speed = (metric: MetricDefinition): string => `deriv(${of(metric)}${WINDOW})`

const ago = (metric: MetricDefinition): string => `time() - ${of(metric)}`

const sum = (by: readonly string[], what: string): string => `sum by (${by.join(', ')}) (${what})`

const legendOf = (labels: readonly string[]): string =>
  labels.map((label) => `{{${label}}}`).join(' ')

function unitOf({ kind, unit }: MetricDefinition): Panel['unit'] {
  const isCounter = kind === 'counter'
  if (unit === 'bytes') return isCounter ? 'Bps' : 'bytes'
  if (unit === 'seconds') return isCounter ? 'percentunit' : 's'
  return isCounter ? 'cps' : 'short'
}

/** What a metric says of itself, over questions about it. */
const panel = (title: string, metric: MetricDefinition, ...queries: readonly Query[]): Panel => {
  return { title, shape: 'lines', unit: unitOf(metric), help: metric.help, queries }
}

/** A line for each value of the labels. */
const summed = (title: string, metric: MetricDefinition, ...by: readonly string[]): Panel =>
  panel(title, metric, { expr: sum(by, shownAs(metric)), legend: legendOf(by) })

/** A line for each series, named by the labels. */
const each = (title: string, metric: MetricDefinition, ...by: readonly string[]): Panel =>
  panel(title, metric, { expr: shownAs(metric), legend: legendOf(by) })

/** One number. */
const whole = (title: string, metric: MetricDefinition): Panel =>
  numbers(panel(title, metric, { expr: `sum(${of(metric)})`, legend: '' }))

const numbers = (its: Panel): Panel => ({ ...its, shape: 'number' })

const table = (its: Panel): Panel => ({ ...its, shape: 'table' })

/** Of a histogram. */
const quantile = (metric: MetricDefinition, q: number, by: string): Query => {
  const classes = sum([by, 'le'], `rate(${of(metric, '_bucket')}${WINDOW})`)
  return { expr: `histogram_quantile(${q}, ${classes})`, legend: `${legendOf([by])} p${q * 100}` }
}

/** The half and almost all, of each value of a label. */
const spread = (title: string, metric: MetricDefinition, by: string): Panel =>
  panel(title, metric, quantile(metric, 0.5, by), quantile(metric, 0.99, by))

const overview: Board = {
  id: 'millrace-overview',
  title: 'Millrace: overview',
  panels: [
    numbers(summed('Hosts', METRICS.groupHosts, 'state')),
    whole('Coordinators', METRICS.groupCoordinator),
    whole('Lag', METRICS.taskLag),
    summed('Tasks by state', METRICS.taskState, 'role', 'state'),
    summed('Records in', METRICS.taskRecordsIn, 'topology'),
    summed('Records out', METRICS.taskRecordsOut, 'topology'),
    summed('Lag by topology', METRICS.taskLag, 'topology'),
    spread('From end to end', METRICS.taskLatency, 'topology'),
    spread('Commits', METRICS.taskCommit, 'topology'),
    summed('Records not used', METRICS.taskDropped, 'topology', 'reason'),
    each('Ready', METRICS.hostReady, 'host'),
    panel(
      'Tasks of the group',
      METRICS.groupTasks,
      { expr: of(METRICS.groupTasks), legend: 'all' },
      { expr: of(METRICS.groupUnheld), legend: 'held by nobody' },
    ),
    each('Placement', METRICS.groupPlacement, 'host'),
  ],
}

const tasks: Board = {
  id: 'millrace-tasks',
  title: 'Millrace: tasks',
  panels: [
    each('Busy', METRICS.taskBusy, 'task'),
    each('Records in', METRICS.taskRecordsIn, 'task'),
    each('Records out', METRICS.taskRecordsOut, 'task'),
    each('Bytes out', METRICS.taskBytesOut, 'task'),
    each('Changes of stores', METRICS.taskChanges, 'task'),
    panel('From end to end', METRICS.taskLatency, quantile(METRICS.taskLatency, 0.99, 'task')),
    panel('Commits', METRICS.taskCommit, quantile(METRICS.taskCommit, 0.99, 'task')),
    panel('Since the newest commit', METRICS.taskLastCommit, {
      expr: ago(METRICS.taskLastCommit),
      legend: '{{task}}',
    }),
    each('Lag', METRICS.taskLag, 'task', 'topic'),
    {
      ...panel('Committed', METRICS.taskCommitted, {
        expr: speed(METRICS.taskCommitted),
        legend: '{{task}} {{topic}}',
      }),
      unit: 'cps',
    },
    panel('Stream time behind the clock', METRICS.taskStreamTime, {
      expr: ago(METRICS.taskStreamTime),
      legend: '{{task}}',
    }),
    each('Restarts', METRICS.taskRestarts, 'task'),
    each('Still to be replayed', METRICS.taskRestoreRemaining, 'task'),
    each('Replayed at the newest opening', METRICS.taskRestored, 'task'),
    each('Copies behind', METRICS.standbyLag, 'task', 'host'),
    table(each('States', METRICS.taskState, 'task', 'role', 'state')),
  ],
}

const stores: Board = {
  id: 'millrace-stores',
  title: 'Millrace: stores and topics',
  panels: [
    summed('Size of stores', METRICS.storeBytes, 'store', 'role'),
    summed('Rows of stores', METRICS.storeRows, 'store', 'role'),
    summed('Waiting for a seal', METRICS.storePending, 'store', 'role'),
    table(
      panel('Largest parts', METRICS.storeBytes, {
        expr: `topk(20, ${of(METRICS.storeBytes)})`,
        legend: '{{store}} {{task}} {{role}}',
      }),
    ),
    summed('Rows of global tables', METRICS.globalRows, 'store', 'host', 'worker'),
    summed('Size of global tables', METRICS.globalBytes, 'store', 'host', 'worker'),
    summed('Global tables behind', METRICS.globalLag, 'store', 'host', 'worker'),
    {
      ...panel('Read into global tables', METRICS.globalPosition, {
        expr: sum(['store', 'host', 'worker'], speed(METRICS.globalPosition)),
        legend: legendOf(['store', 'host', 'worker']),
      }),
      unit: 'cps',
    },
    summed('Not used by global tables', METRICS.globalDropped, 'store', 'reason'),
    {
      ...panel('Written to topics', METRICS.topicEnd, {
        expr: sum(['topic'], speed(METRICS.topicEnd)),
        legend: '{{topic}}',
      }),
      unit: 'cps',
    },
    summed('Size of topics', METRICS.topicBytes, 'topic'),
  ],
}

const hosts: Board = {
  id: 'millrace-hosts',
  title: 'Millrace: hosts',
  panels: [
    table(each('Hosts', METRICS.hostInfo, 'host', 'version')),
    summed('Actors', METRICS.hostActors, 'host', 'kind'),
    each('Messages that wait', METRICS.hostMessages, 'host', 'lane'),
    each('Event loops, busy', METRICS.threadBusy, 'host', 'thread'),
    each('Heaps', METRICS.threadHeap, 'host', 'thread'),
    each('Parts without an answer', METRICS.hostUnanswered, 'host', 'part'),
    ...ofProcess(),
  ],
}

/** What prom-client measures of the process. */
function ofProcess(): Panel[] {
  const gauge = (name: string): string => `${name}{${WHERE}}`
  const facts = [
    ['Processor time', 'percentunit', `rate(${gauge('process_cpu_seconds_total')}${WINDOW})`],
    ['Memory', 'bytes', gauge('process_resident_memory_bytes')],
    ['Heap of the main thread', 'bytes', gauge('nodejs_heap_size_used_bytes')],
    ['Event loop of the main thread, p99', 's', gauge('nodejs_eventloop_lag_p99_seconds')],
  ] as const
  const help = 'Of the whole process; measured by Node.'
  return facts.map(([title, unit, expr]) => {
    return { title, unit, help, shape: 'lines', queries: [{ expr, legend: '{{host}}' }] }
  })
}

export const BOARDS: readonly Board[] = [overview, tasks, stores, hosts]
