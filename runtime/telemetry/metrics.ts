// Every metric there is: name, kind, labels and what it means. Whatever shows metrics is made from this
// list: what Prometheus reads, the dashboards and alert rules, the table in the guide.
//
// Names are Prometheus': base units (seconds, bytes), `_total` for what only grows. Each has the labels
// `application` and `host` besides its own. No label takes keys, values or texts of errors: there are
// as many series as tasks, partitions and stores.

import { COMMIT_BOUNDS_MS, LATENCY_BOUNDS_MS } from '#actors/task/meter'

export interface MetricDefinition<Label extends string = string> {
  readonly name: string
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly unit: string
  readonly labels: readonly Label[]
  readonly help: string
  /** Upper bounds of a histogram's classes, in its unit; one more takes the rest. */
  readonly bounds?: readonly number[] | undefined
}

type Kind = MetricDefinition['kind']

const of =
  (kind: Kind) =>
  <const Label extends string>(
    name: string,
    unit: string,
    labels: readonly Label[],
    help: string,
  ): MetricDefinition<Label> => ({ name: `millrace_${name}`, kind, unit, labels, help })

const gauge = of('gauge')
const counter = of('counter')
const histogram = of('histogram')

const TASK = ['topology', 'task'] as const
const INPUT = [...TASK, 'topic', 'partition'] as const
const GLOBAL = ['topology', 'store', 'worker'] as const
const GLOBAL_INPUT = [...GLOBAL, 'topic', 'partition'] as const
const STORE = [...TASK, 'role', 'store'] as const

export const METRICS = {
  taskState: gauge(
    'task_state',
    '',
    [...TASK, 'role', 'state'],
    'A task or a copy of one that this host runs, by the state of its life: always 1.',
  ),
  taskRecordsIn: counter(
    'task_records_in_total',
    'records',
    TASK,
    'Records taken in; what is done again after a failure counts again.',
  ),
  taskRecordsOut: counter(
    'task_records_out_total',
    'records',
    TASK,
    'Records that commits wrote to topics, dead letters included.',
  ),
  taskBytesOut: counter(
    'task_bytes_out_total',
    'bytes',
    TASK,
    'Bytes that commits wrote to topics, after compression.',
  ),
  taskChanges: counter(
    'task_changes_total',
    'changes',
    TASK,
    'Changes of stores that commits wrote to the commit log.',
  ),
  taskDropped: counter(
    'task_dropped_total',
    'records',
    [...TASK, 'reason'],
    'Records that were not used, by reason: late, unreadable, skipped by an operator.',
  ),
  taskCommit: {
    ...histogram(
      'task_commit_seconds',
      'seconds',
      TASK,
      'How long commits took, from the last record to the broker saying that it is stored.',
    ),
    bounds: COMMIT_BOUNDS_MS.map((ms) => ms / 1000),
  },
  taskLatency: {
    ...histogram(
      'task_latency_seconds',
      'seconds',
      TASK,
      'From where records first came in, before any task, to the commit here that makes what they did readable: the longest of each commit.',
    ),
    bounds: LATENCY_BOUNDS_MS.map((ms) => ms / 1000),
  },
  taskLastCommit: gauge(
    'task_last_commit_timestamp_seconds',
    'seconds',
    TASK,
    'Wall time of the newest commit here; absent before the first.',
  ),
  taskBusy: counter(
    'task_busy_seconds_total',
    'seconds',
    TASK,
    'Time spent on records; its rate is the part of a thread that the task takes.',
  ),
  taskLag: gauge(
    'task_lag_records',
    'records',
    INPUT,
    'Records of an input behind the newest commit, about.',
  ),
  taskCommitted: gauge(
    'task_committed_offset',
    'offset',
    INPUT,
    'Offset of the next record of an input, by the newest commit.',
  ),
  taskStreamTime: gauge(
    'task_stream_time_seconds',
    'seconds',
    TASK,
    'Newest event time taken in; absent before the first record.',
  ),
  taskRestarts: counter(
    'task_restarts_total',
    'restarts',
    TASK,
    'Times that the task, or the copy, failed and began again here.',
  ),
  taskRestored: gauge(
    'task_restored_changes',
    'changes',
    TASK,
    'Changes of the commit log replayed when the task last opened here.',
  ),
  taskRestoreRemaining: gauge(
    'task_restore_remaining_changes',
    'changes',
    TASK,
    'Changes still to be replayed before the task runs; 0 when it runs.',
  ),
  standbyLag: gauge(
    'standby_lag_changes',
    'changes',
    TASK,
    'Changes that a copy is behind the commit log of its task.',
  ),
  storeRows: gauge(
    'store_rows',
    'rows',
    STORE,
    'Rows of a store as of its newest seal; one entry may take several.',
  ),
  storeBytes: gauge('store_bytes', 'bytes', STORE, 'What the rows of a store take, about.'),
  storePending: gauge(
    'store_pending_changes',
    'changes',
    STORE,
    'Changes of a store that wait in memory for the next seal.',
  ),
  globalRows: gauge(
    'global_rows',
    'rows',
    GLOBAL,
    "Rows of a worker's copy of a global table, as of its newest seal.",
  ),
  globalBytes: gauge(
    'global_bytes',
    'bytes',
    GLOBAL,
    'What the rows of a copy of a global table take, about.',
  ),
  globalPosition: gauge(
    'global_position_offset',
    'offset',
    GLOBAL_INPUT,
    'Offset of the next record that a copy of a global table reads.',
  ),
  globalLag: gauge(
    'global_lag_records',
    'records',
    GLOBAL_INPUT,
    'Records that a copy of a global table has not read yet, about.',
  ),
  globalDropped: counter(
    'global_dropped_total',
    'records',
    [...GLOBAL, 'reason'],
    'Records that a copy of a global table passed over, by reason: without a key, unreadable.',
  ),
  hostInfo: gauge('host_info', '', ['version', 'workers'], 'The host that answers: always 1.'),
  hostReady: gauge(
    'host_ready',
    '',
    [],
    '1 when everything the host was granted runs; else 0, and /ready says why.',
  ),
  hostActors: gauge('host_actors', 'actors', ['kind'], 'Actors of the host and its threads.'),
  hostMessages: gauge(
    'host_mailbox_messages',
    'messages',
    ['lane'],
    'Messages that wait in mailboxes, by lane: control or data.',
  ),
  threadBusy: counter(
    'thread_busy_seconds_total',
    'seconds',
    ['thread'],
    'Time that the event loop of a thread was busy: main, or the number of a worker; its rate is the part of a processor.',
  ),
  threadHeap: gauge(
    'thread_heap_bytes',
    'bytes',
    ['thread'],
    'JavaScript heap that a thread uses: main, or the number of a worker.',
  ),
  hostUnanswered: gauge(
    'host_unanswered',
    '',
    ['part'],
    '1 for each part of this answer that is missing, because nobody said it in time.',
  ),
  groupCoordinator: gauge(
    'group_coordinator',
    '',
    [],
    '1 on the host that coordinates, 0 on the others.',
  ),
  groupPlacement: gauge(
    'group_placement_version',
    'versions',
    [],
    'Version of the placement that the host goes by; grows with every change.',
  ),
  groupHosts: gauge(
    'group_hosts',
    'hosts',
    ['state'],
    'Hosts of the application, by state; told by the one that coordinates.',
  ),
  groupTasks: gauge(
    'group_tasks',
    'tasks',
    [],
    'Tasks there are; told by the host that coordinates.',
  ),
  groupUnheld: gauge(
    'group_tasks_unheld',
    'tasks',
    [],
    'Tasks that no living host holds; told by the one that coordinates.',
  ),
  topicEnd: gauge(
    'topic_end_offset',
    'offset',
    ['topic', 'partition'],
    'Offset after the last record of a partition of a topic that topologies touch; told by the host that coordinates.',
  ),
  topicBytes: gauge(
    'topic_bytes',
    'bytes',
    ['topic', 'partition'],
    'Bytes of a partition of such a topic, about; told by the host that coordinates.',
  ),
} as const

export const ALL_METRICS: readonly MetricDefinition[] = Object.values(METRICS)

/** Labels that every metric has. */
export const COMMON_LABELS = ['application', 'host'] as const

/** The names under which a metric is found in what Prometheus reads. */
export const seriesOf = ({ name, kind }: MetricDefinition): readonly string[] =>
  kind === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name]
