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
  readonly unit: 'short' | 's' | 'bytes' | 'percentunit' | 'cps' | 'dateTimeAsIso'
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

/** Of what is chosen; `more` are selectors. */
const of = ({ name }: MetricDefinition, more = '', end = ''): string =>
  `${name}${end}{${WHERE}${more === '' ? '' : `,${more}`}}`

const rate = (metric: MetricDefinition, end = ''): string =>
  `rate(${of(metric, '', end)}[$__rate_interval])`

const sum = (by: string, what: string): string => `sum by (${by}) (${what})`

const foreign = (name: string): string => `${name}{${WHERE}}`

const TASK = '{{task}}'

const quantile = (q: number, by: string): string =>
  `histogram_quantile(${q}, ${sum(`${by}, le`, rate(METRICS.taskCommit, '_bucket'))})`

/** What a metric says of itself, over one question. */
const panel = (
  title: string,
  metric: MetricDefinition,
  unit: Panel['unit'],
  queries: readonly Query[],
  shape: Panel['shape'] = 'lines',
): Panel => ({ title, shape, unit, help: metric.help, queries })

const one = (expr: string, legend = ''): readonly Query[] => [{ expr, legend }]

const overview: Board = {
  id: 'millrace-overview',
  title: 'Millrace: overview',
  panels: [
    panel(
      'Hosts',
      METRICS.groupHosts,
      'short',
      one(sum('state', of(METRICS.groupHosts)), '{{state}}'),
      'number',
    ),
    panel(
      'Coordinators',
      METRICS.groupCoordinator,
      'short',
      one(`sum(${of(METRICS.groupCoordinator)})`),
      'number',
    ),
    panel('Lag', METRICS.taskLag, 'short', one(`sum(${of(METRICS.taskLag)})`), 'number'),
    panel(
      'Tasks by state',
      METRICS.taskState,
      'short',
      one(sum('role, state', of(METRICS.taskState)), '{{role}} {{state}}'),
    ),
    panel(
      'Records in',
      METRICS.taskRecordsIn,
      'cps',
      one(sum('topology', rate(METRICS.taskRecordsIn)), '{{topology}}'),
    ),
    panel(
      'Records out',
      METRICS.taskRecordsOut,
      'cps',
      one(sum('topology', rate(METRICS.taskRecordsOut)), '{{topology}}'),
    ),
    panel(
      'Lag by topology',
      METRICS.taskLag,
      'short',
      one(sum('topology', of(METRICS.taskLag)), '{{topology}}'),
    ),
    panel('Commits', METRICS.taskCommit, 's', [
      { expr: quantile(0.5, 'topology'), legend: '{{topology}} p50' },
      { expr: quantile(0.99, 'topology'), legend: '{{topology}} p99' },
    ]),
    panel(
      'Records not used',
      METRICS.taskDropped,
      'cps',
      one(sum('topology, reason', rate(METRICS.taskDropped)), '{{topology}} {{reason}}'),
    ),
    panel('Ready', METRICS.hostReady, 'short', one(of(METRICS.hostReady), '{{host}}')),
    panel('Tasks of the group', METRICS.groupTasks, 'short', [
      { expr: of(METRICS.groupTasks), legend: 'tasks' },
      { expr: of(METRICS.groupUnheld), legend: 'held by nobody' },
    ]),
    panel(
      'Placement',
      METRICS.groupPlacement,
      'short',
      one(of(METRICS.groupPlacement), '{{host}}'),
    ),
  ],
}

const tasks: Board = {
  id: 'millrace-tasks',
  title: 'Millrace: tasks',
  panels: [
    panel('Busy', METRICS.taskBusy, 'percentunit', one(rate(METRICS.taskBusy), TASK)),
    panel('Records in', METRICS.taskRecordsIn, 'cps', one(rate(METRICS.taskRecordsIn), TASK)),
    panel('Records out', METRICS.taskRecordsOut, 'cps', one(rate(METRICS.taskRecordsOut), TASK)),
    panel('Bytes out', METRICS.taskBytesOut, 'bytes', one(rate(METRICS.taskBytesOut), TASK)),
    panel('Changes of stores', METRICS.taskChanges, 'cps', one(rate(METRICS.taskChanges), TASK)),
    panel('Commits, p99', METRICS.taskCommit, 's', one(quantile(0.99, 'task'), TASK)),
    panel(
      'Since the newest commit',
      METRICS.taskLastCommit,
      's',
      one(`time() - ${of(METRICS.taskLastCommit)}`, TASK),
    ),
    panel('Lag', METRICS.taskLag, 'short', one(of(METRICS.taskLag), '{{task}} {{topic}}')),
    panel(
      'Committed',
      METRICS.taskCommitted,
      'cps',
      one(`deriv(${of(METRICS.taskCommitted)}[$__rate_interval])`, '{{task}} {{topic}}'),
    ),
    panel(
      'Stream time behind the clock',
      METRICS.taskStreamTime,
      's',
      one(`time() - ${of(METRICS.taskStreamTime)}`, TASK),
    ),
    panel('Restarts', METRICS.taskRestarts, 'short', one(of(METRICS.taskRestarts), TASK)),
    panel(
      'Still to be replayed',
      METRICS.taskRestoreRemaining,
      'short',
      one(of(METRICS.taskRestoreRemaining), TASK),
    ),
    panel(
      'Replayed at the newest opening',
      METRICS.taskRestored,
      'short',
      one(of(METRICS.taskRestored), TASK),
    ),
    panel(
      'Copies behind',
      METRICS.standbyLag,
      'short',
      one(of(METRICS.standbyLag), '{{task}} on {{host}}'),
    ),
    panel(
      'States',
      METRICS.taskState,
      'short',
      one(of(METRICS.taskState), '{{task}} {{role}} {{state}}'),
      'table',
    ),
  ],
}

const stores: Board = {
  id: 'millrace-stores',
  title: 'Millrace: stores and topics',
  panels: [
    panel(
      'Size of stores',
      METRICS.storeBytes,
      'bytes',
      one(sum('store, role', of(METRICS.storeBytes)), '{{store}} {{role}}'),
    ),
    panel(
      'Rows of stores',
      METRICS.storeRows,
      'short',
      one(sum('store, role', of(METRICS.storeRows)), '{{store}} {{role}}'),
    ),
    panel(
      'Waiting for a seal',
      METRICS.storePending,
      'short',
      one(sum('store, role', of(METRICS.storePending)), '{{store}} {{role}}'),
    ),
    panel(
      'Largest parts',
      METRICS.storeBytes,
      'bytes',
      one(`topk(20, ${of(METRICS.storeBytes)})`, '{{store}} {{task}} {{role}}'),
      'table',
    ),
    panel(
      'Written to topics',
      METRICS.topicEnd,
      'cps',
      one(sum('topic', `deriv(${of(METRICS.topicEnd)}[$__rate_interval])`), '{{topic}}'),
    ),
    panel(
      'Size of topics',
      METRICS.topicBytes,
      'bytes',
      one(sum('topic', of(METRICS.topicBytes)), '{{topic}}'),
    ),
  ],
}

const hosts: Board = {
  id: 'millrace-hosts',
  title: 'Millrace: hosts',
  panels: [
    panel(
      'Hosts',
      METRICS.hostInfo,
      'short',
      one(of(METRICS.hostInfo), '{{host}} {{version}}'),
      'table',
    ),
    panel(
      'Actors',
      METRICS.hostActors,
      'short',
      one(sum('host, kind', of(METRICS.hostActors)), '{{host}} {{kind}}'),
    ),
    panel(
      'Messages that wait',
      METRICS.hostMessages,
      'short',
      one(of(METRICS.hostMessages), '{{host}} {{lane}}'),
    ),
    panel(
      'Parts without an answer',
      METRICS.hostUnanswered,
      'short',
      one(of(METRICS.hostUnanswered), '{{host}} {{part}}'),
    ),
    ...process(),
  ],
}

/** What prom-client measures of the process. */
function process(): Panel[] {
  const help = 'Of the whole process; measured by Node.'
  const cpu = `rate(${foreign('process_cpu_seconds_total')}[$__rate_interval])`
  const facts = [
    ['Processor time', 'percentunit', cpu],
    ['Memory', 'bytes', foreign('process_resident_memory_bytes')],
    ['Heap of the main thread', 'bytes', foreign('nodejs_heap_size_used_bytes')],
    ['Event loop of the main thread, p99', 's', foreign('nodejs_eventloop_lag_p99_seconds')],
  ] as const
  return facts.map(([title, unit, expr]) => {
    return { title, unit, help, shape: 'lines', queries: one(expr, '{{host}}') }
  })
}

export const BOARDS: readonly Board[] = [overview, tasks, stores, hosts]
