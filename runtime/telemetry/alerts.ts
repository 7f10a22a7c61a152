// When somebody should look, and what they should do then: alert rules for Prometheus. Names of metrics
// come from the list, so that a rule cannot outlive what it asks for. Rules about our own metrics are
// conditions, which hosts judge by themselves as well.

import { METRICS } from './metrics.ts'
import { type Condition, exprOf, type Rule } from './rules.ts'

export interface Alert {
  readonly name: string
  readonly severity: 'critical' | 'warning'
  /** In Prometheus' query language. */
  readonly expr: string
  /** What it says, for whoever has the samples; absent where it is about what only Prometheus knows. */
  readonly rule?: Rule
  /** How long it must hold, e.g. `5m`. */
  readonly for: string
  /** One line; Prometheus fills in labels. */
  readonly summary: string
  /** What to do. */
  readonly action: string
}

/** Which scrape job of Prometheus the hosts are in. */
export const SCRAPE_NAME = 'millrace'

/** Records, or changes, behind: below that nobody needs to be woken. */
const BEHIND = 10_000

const { taskState, taskLag, taskLastCommit, taskCommit, taskLatency, taskRestarts } = METRICS
const { taskRestoreRemaining, taskDropped, globalDropped, standbyLag } = METRICS
const { hostReady, hostUnanswered, groupCoordinator, groupUnheld } = METRICS

const OF_TASK = ['application', 'topology', 'task']

const either = (...rule: Rule): Pick<Alert, 'expr' | 'rule'> => ({ expr: exprOf(rule), rule })

const rule = (...conditions: readonly Condition[]) => either(conditions)

const passedOver = (metric: Condition['metric']): Condition => ({
  ...{ metric, where: { reason: ['unreadable', 'failed'] } },
  ...{ over: ['increase', 10], fold: 'sum', by: ['application', 'topology', 'reason'] },
  ...{ is: '>', than: 0 },
})

export const ALERTS: readonly Alert[] = [
  {
    name: 'MillraceHostDown',
    severity: 'critical',
    expr: `up{job="${SCRAPE_NAME}"} == 0`,
    for: '1m',
    summary: 'Host {{ $labels.instance }} does not answer.',
    action:
      'Look at its log and start it again. Others take its tasks over when it was silent for sessionTimeoutMs.',
  },
  {
    name: 'MillraceNoCoordinator',
    severity: 'critical',
    ...rule({ metric: groupCoordinator, fold: 'max', by: ['application'], is: '<', than: 1 }),
    for: '1m',
    summary: 'No host of {{ $labels.application }} coordinates: tasks stay where they are.',
    action:
      'Tasks go on, and none is moved. Look for COORDINATION_FAILED in the logs: the broker does not take writes, or is away.',
  },
  {
    name: 'MillraceTaskUnheld',
    severity: 'critical',
    ...rule({ metric: groupUnheld, is: '>', than: 0 }),
    for: '2m',
    summary: '{{ $value }} tasks of {{ $labels.application }} run on no host.',
    action:
      'millrace status shows them as absent. No living host registers their topology, or hosts refuse to start: look at their logs.',
  },
  {
    name: 'MillraceTaskQuarantined',
    severity: 'critical',
    ...rule({ metric: taskState, where: { state: ['quarantined'] }, is: '==', than: 1 }),
    for: '0m',
    summary: 'Task {{ $labels.task }} waits for an operator.',
    action:
      'millrace tasks says at which record it failed and why. Mend the cause and say millrace task restart, or millrace task skip to pass over the record.',
  },
  {
    name: 'MillraceHostNotReady',
    severity: 'warning',
    ...rule({ metric: hostReady, is: '==', than: 0 }),
    for: '5m',
    summary: 'Host {{ $labels.host }} does not run everything it was granted.',
    action: 'GET /ready of the host lists the reasons, task by task.',
  },
  {
    name: 'MillraceLagGrows',
    severity: 'warning',
    ...rule(
      { metric: taskLag, fold: 'sum', by: OF_TASK, is: '>', than: BEHIND },
      { metric: taskLag, over: ['deriv', 10], fold: 'sum', by: OF_TASK, is: '>', than: 0 },
    ),
    for: '10m',
    summary: 'Task {{ $labels.task }} falls behind: {{ $value }} records wait.',
    action:
      'millrace lag shows the partitions. A task that is busy all the time needs more hosts or workers, up to one per partition; one that is not waits for the broker, or for something it calls.',
  },
  {
    name: 'MillraceNoCommits',
    severity: 'critical',
    ...rule(
      { metric: taskLastCommit, fold: 'max', by: OF_TASK, isAge: true, is: '>', than: 60 },
      { metric: taskLag, fold: 'sum', by: OF_TASK, is: '>', than: 0 },
    ),
    for: '1m',
    summary: 'Task {{ $labels.task }} has records to read and has not committed for a minute.',
    action:
      'millrace tasks shows its state and what it failed at. In stalled or backoff the broker refuses its commits; most often the disk is full.',
  },
  {
    name: 'MillraceSlowCommits',
    severity: 'warning',
    ...rule({
      ...{ metric: taskCommit, over: ['rate', 5], by: ['application', 'topology'], quantile: 0.99 },
      ...{ is: '>', than: 1 },
    }),
    for: '5m',
    summary: 'One commit of {{ $labels.topology }} in a hundred takes more than a second.',
    action:
      'The disk under the broker, or the way to NATS, is slow. Fewer and larger commits help: a longer commitIntervalMs.',
  },
  {
    name: 'MillraceSlowResults',
    severity: 'warning',
    ...rule({
      ...{
        metric: taskLatency,
        over: ['rate', 5],
        by: ['application', 'topology'],
        quantile: 0.99,
      },
      ...{ is: '>', than: 60 },
    }),
    for: '10m',
    summary:
      'Results of {{ $labels.topology }} come {{ $value }} seconds after the records they are of.',
    action:
      'millrace lag says whether records wait, and where; MillraceSlowCommits whether the broker does. Who reads old records, as a new topology does, catches up first.',
  },
  {
    name: 'MillraceRestarts',
    severity: 'warning',
    ...rule({ metric: taskRestarts, over: ['increase', 10], is: '>', than: 3 }),
    for: '0m',
    summary: 'Task {{ $labels.task }} failed {{ $value }} times in ten minutes.',
    action: 'TASK_FAILED in the log of the host says at what; millrace tasks shows the newest one.',
  },
  {
    name: 'MillraceRestoreStuck',
    severity: 'warning',
    ...rule(
      { metric: taskRestoreRemaining, is: '>', than: 0 },
      { metric: taskRestoreRemaining, over: ['delta', 5], is: '>=', than: 0 },
    ),
    for: '5m',
    summary: 'Task {{ $labels.task }} does not get on with replaying its commit log.',
    action:
      'Its host waits for the broker, or is busy with other tasks. With standbys a task replays only a tail.',
  },
  {
    name: 'MillraceRecordsFail',
    severity: 'warning',
    ...either([passedOver(taskDropped)], [passedOver(globalDropped)]),
    for: '0m',
    summary: '{{ $labels.topology }} passed over records: {{ $labels.reason }}.',
    action:
      'Where the topology names a dead letter topic, millrace dlq lists them with their causes and sends them again; else the log has them. Those of a global table millrace stores counts.',
  },
  {
    name: 'MillraceStandbyBehind',
    severity: 'warning',
    ...rule({ metric: standbyLag, is: '>', than: BEHIND }),
    for: '10m',
    summary: 'The copy of {{ $labels.task }} on {{ $labels.host }} is {{ $value }} changes behind.',
    action:
      'Until it has caught up a takeover replays that much. Its host is short of processor time or of disk.',
  },
  {
    name: 'MillraceAnswersMissing',
    severity: 'warning',
    ...rule({ metric: hostUnanswered, is: '==', than: 1 }),
    for: '5m',
    summary: 'Host {{ $labels.host }} cannot say anything about its {{ $labels.part }}.',
    action:
      'A worker thread is busy for seconds at a time, in a function of yours, or the broker is away.',
  },
  {
    name: 'MillraceEventLoopSlow',
    severity: 'warning',
    expr: `nodejs_eventloop_lag_p99_seconds{job="${SCRAPE_NAME}"} > 0.25`,
    for: '5m',
    summary: 'The main thread of host {{ $labels.host }} is late by {{ $value }} seconds.',
    action:
      'A host that cannot renew its membership in time is taken for dead. Give it workers, so that tasks do not run in its main thread.',
  },
]

/** Names in rules and dashboards that are Prometheus' or prom-client's, not ours. */
export const FOREIGN_METRICS: readonly string[] = [
  ...['up', 'process_cpu_seconds_total', 'process_resident_memory_bytes'],
  ...['nodejs_heap_size_used_bytes', 'nodejs_eventloop_lag_p99_seconds'],
]
