// Which log codes are events: lives of hosts and tasks, and what operators did. What is said again and
// again while something lasts (a broker that is away) is for the log alone.

/** Codes, and what each says in a few words. */
export const EVENTS: Readonly<Record<string, string>> = {
  HOST_JOINED: 'a host became a member',
  HOST_HANDS_OVER: 'a host is to end, and waits until others have copied what it runs',
  HAND_OVER_LATE: 'a host closed tasks that nobody had copied in time',
  HOST_LEFT: 'a host gave away what it had and left',
  HOST_EVICTED: 'a host found that its membership had expired',
  HOST_GONE: 'the coordinator found a member dead',
  HOST_FENCED: 'a host learned that it is fenced, and abandoned its tasks',
  HOST_UNFENCED: 'a host learned that it is not fenced any more',
  COORDINATOR_ELECTED: 'a host began to place tasks',
  TASKS_PLACED: 'the coordinator wrote a new placement',
  TASK_FAILED: 'a task failed; it is tried again, with waits',
  TASK_FENCED: 'a task found a newer owner and gave up',
  TASK_QUARANTINED: 'a task waits for an operator: it failed too often, or was told to',
  RECORD_SKIPPED: 'a task passes over a record, as it was told',
  STANDBY_FAILED: 'a copy of a task failed',
  SNAPSHOT_INSTALLED: 'a task began from a snapshot',
  SNAPSHOT_DAMAGED: 'a snapshot could not be read, and the one before it was tried',
  WORKER_DIED: 'a worker thread ended; a new one is hired',
  PLAN_CHANGED: 'a topology came back with another plan',
  PLAN_PENDING: 'a host waits with what is new in a topology',
  PLAN_PROMOTED: 'another shape of a topology is active: every host has it',
  PLAN_ACTIVE: 'a host learned that what it waited with is active',
  PLAN_OVERTAKEN: 'a host learned that its program is too old to run a topology',
  TOPIC_CREATED: 'a host created a topic',
  RESET: 'an operator began a topology anew',
  DRAIN: 'an operator lets a host give away what it has',
  UNDRAIN: 'an operator ended a drain',
  FENCE: 'an operator declared a host gone',
  UNFENCE: 'an operator lifted a fence',
  FREEZE: 'an operator froze the placement',
  UNFREEZE: 'an operator ended a freeze',
  MOVE: 'an operator moved a task and pinned it',
  UNPIN: 'an operator ended a pin',
  PROMOTE: 'an operator made a waiting shape of a topology the active one',
  TASK_ORDERED: 'an operator told a task to pause, resume, restart, skip, wait or reset',
  LOG_LEVEL_SET: 'an operator changed how much hosts say in their logs',
  KEY_ORDERED: 'an operator let a key in quarantine go on',
  TOPIC_DROPPED: 'an operator dropped a topic',
  TOPIC_RESIZED: 'an operator gave a topic more partitions',
  LETTERS_REPLAYED: 'an operator sent dead letters to their topics again',
  LOG_REPAIRED: 'an operator repaired the log of the embedded broker',
  EVENTS_DROPPED: 'events of a host were lost: the broker was away too long',
}

export const isEvent = (code: string): boolean => Object.hasOwn(EVENTS, code)

/** Those that say why tasks are where they are. */
export const isPlacing = (code: string): boolean =>
  /^(TASKS_PLACED|COORDINATOR_ELECTED|HOST_\w+|PLAN_\w+|(UN)?(DRAIN|FENCE|FREEZE|PIN)|MOVE|PROMOTE|RESET)$/.test(
    code,
  )
