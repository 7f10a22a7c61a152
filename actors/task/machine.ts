// The life of a task, from opening its stores to its last close.
//
//   opening → claiming → restoring → starting → running { working → committing → working, idle }
//   running → paused → running                 running.committing ⇄ running.stalled (no room to commit)
//   any failure → closing.dirty → backoff → opening      untrusted stores → … → wiping → opening
//   a fault too many, or thrice at one record → closing.dirty → quarantined, until RETRY
//   STOP → commit what there is → closing.clean → closed      fenced → closing.dirty → closed
//   RESTART, RESET, QUARANTINE → commit what there is → closing.clean → opening, wiping, quarantined
//
// Laws, explored in the spec: (1) `closed` can be reached from everywhere, and every state hears STOP;
// (2) after a fenced operation nothing is committed; (3) on the way of one work: open, claim, restore,
// start in this order, close exactly once and last, clean only after start and with nothing
// uncommitted; (4) an event of an older operation changes nothing; (5) what an operator ordered comes
// about whatever fails on the way, unless the task is to end.

import { and, assign, emit, setup } from 'xstate'
import type { Failure, TaskCommand, TaskEvent } from './messages.ts'

const POISON_MAX = 3
/** Where the attempt count stops: the backoff reached its cap long before. */
const ATTEMPTS_MAX = 12

export interface TaskContext {
  /** The operation under way, or the last one. */
  readonly op: number
  readonly isPaused: boolean
  readonly isStopping: boolean
  /** Stores were wiped and nothing was restored since. */
  readonly isWiped: boolean
  /** Failures in a row without a commit in between. */
  readonly attempt: number
  /** The record failed at last, and how often in a row. */
  readonly poison: string | null
  readonly poisonCount: number
  /** What follows when everything is closed. */
  readonly next: 'backoff' | 'wiping' | 'quarantined' | 'closed'
  /** What an operator ordered to follow then; it goes before `next`. */
  readonly order: 'RESTART' | 'RESET' | 'QUARANTINE' | null
}

const BORN: TaskContext = {
  op: 0,
  isPaused: false,
  isStopping: false,
  isWiped: false,
  attempt: 0,
  poison: null,
  poisonCount: 0,
  next: 'backoff',
  order: null,
}

/** The context after a failure: who failed where, and what is to follow. */
function afterFailure(context: TaskContext, failure: Failure): Partial<TaskContext> {
  const { kind, isExceeded } = failure
  const attempt = Math.min(ATTEMPTS_MAX, context.attempt + 1)
  if (kind === 'fenced') return { attempt, next: 'closed' }
  if (kind === 'weather') return { attempt, next: 'backoff' }
  if (kind === 'untrusted' && !context.isWiped) return { attempt, next: 'wiping' }
  const poison = failure.poison ?? context.poison
  const again = failure.poison === context.poison ? context.poisonCount + 1 : 1
  const poisonCount = failure.poison === null ? context.poisonCount : again
  const isHopeless = isExceeded || poisonCount >= POISON_MAX
  return { attempt, poison, poisonCount, next: isHopeless ? 'quarantined' : 'backoff' }
}

const orderIn = ({ type }: TaskEvent): TaskContext['order'] =>
  type === 'RESTART' || type === 'RESET' || type === 'QUARANTINE' ? type : null

const inTask = setup({
  types: {
    context: {} as TaskContext, // types only
    events: {} as TaskEvent, // types only
    emitted: {} as TaskCommand, // types only
  },
  guards: {
    isCurrent: ({ context, event }) => 'op' in event && event.op === context.op,
    isStopping: ({ context }) => context.isStopping,
    isEnding: ({ context }) => context.isStopping || context.next === 'closed',
    isPaused: ({ context }) => context.isPaused,
    canStall: ({ context, event }) =>
      event.type === 'FAILED' &&
      event.failure.kind === 'weather' &&
      event.failure.isKept &&
      !context.isStopping &&
      context.order === null,
    isToRestart: ({ context }) => context.order === 'RESTART',
    isToReset: ({ context }) => context.order === 'RESET',
    isToWait: ({ context }) => context.order === 'QUARANTINE',
    isLeaving: ({ context }) => context.isStopping || context.order !== null,
    isFollowedBy: ({ context }, next: TaskContext['next']) => context.next === next,
  },
  actions: {
    newOp: assign({ op: ({ context }) => context.op + 1 }),
    command: emit(({ context }, type: TaskCommand['type']) => ({
      type,
      op: context.op,
      attempt: context.attempt,
    })),
    order: assign({ order: ({ context, event }) => orderIn(event) ?? context.order }),
    ordered: assign({ order: null }),
    pause: assign({ isPaused: true }),
    unpause: assign({ isPaused: false }),
    stop: assign({ isStopping: true }),
    succeed: assign({ attempt: 0 }),
    restored: assign({ isWiped: false }),
    wiped: assign({ isWiped: true }),
    'begin anew': assign({ order: null, attempt: 0, poison: null, poisonCount: 0 }),
    forgive: assign({ attempt: 0, poison: null, poisonCount: 0, isWiped: false }),
    fail: assign(({ context, event }) =>
      event.type === 'FAILED' ? afterFailure(context, event.failure) : {},
    ),
  },
})

/** Begins an operation: a new number, and the command that carries it. */
const begin = (type: TaskCommand['type']) => ['newOp', { type: 'command', params: type }] as const

/** What a state that waits for an operation does when it fails, or when the task is to end. */
const GIVE_UP = {
  FAILED: { guard: 'isCurrent', actions: 'fail', target: '#task.closing.dirty' },
  STOP: { actions: 'stop', target: '#task.closing.dirty' },
  STOP_NOW: { actions: 'stop', target: '#task.closing.dirty' },
  RESTART: { actions: 'order', target: '#task.closing.dirty' },
  RESET: { actions: 'order', target: '#task.closing.dirty' },
  QUARANTINE: { actions: 'order', target: '#task.closing.dirty' },
} as const

/** What a state does that has its stores whole, when an operator orders what needs them closed. */
const leaveTo = <T extends string>(target: T) =>
  ({
    RESTART: { actions: 'order', target },
    RESET: { actions: 'order', target },
    QUARANTINE: { actions: 'order', target },
  }) as const

/** The same where it closes already, or is about to. */
const NOTE_ORDER = {
  RESTART: { actions: 'order' },
  RESET: { actions: 'order' },
  QUARANTINE: { actions: 'order' },
} as const

const END = { actions: 'stop', target: '#task.closed' } as const

export const taskMachine = inTask.createMachine({
  id: 'task',
  context: BORN,
  initial: 'opening',
  options: { maxIterations: 100 },
  on: { PAUSE: { actions: 'pause' }, RESUME: { actions: 'unpause' } },
  states: {
    opening: {
      entry: begin('open'),
      on: { OPENED: { guard: 'isCurrent', target: 'claiming' }, ...GIVE_UP },
    },
    claiming: {
      entry: begin('claim'),
      on: { CLAIMED: { guard: 'isCurrent', target: 'restoring' }, ...GIVE_UP },
    },
    restoring: {
      entry: begin('restore'),
      on: {
        RESTORED: { guard: 'isCurrent', actions: 'restored', target: 'starting' },
        ...GIVE_UP,
      },
    },
    starting: {
      entry: begin('start'),
      on: {
        STARTED: [
          { guard: and(['isCurrent', 'isPaused']), target: 'paused' },
          { guard: 'isCurrent', target: 'running' },
        ],
        ...GIVE_UP,
      },
    },
    running: {
      initial: 'working',
      on: { STOP_NOW: GIVE_UP.STOP_NOW, FAILED: GIVE_UP.FAILED },
      states: {
        working: {
          entry: begin('work'),
          on: {
            DRAINED: { guard: 'isCurrent', target: 'idle' },
            DUE: { guard: 'isCurrent', target: 'committing' },
            PAUSE: { actions: 'pause', target: 'committing' },
            STOP: { actions: 'stop', target: 'committing' },
            ...leaveTo('committing'),
          },
        },
        /** Nothing to read and nothing to commit. */
        idle: {
          on: {
            DATA: 'working',
            PAUSE: { actions: 'pause', target: '#task.paused' },
            STOP: { actions: 'stop', target: '#task.closing.clean' },
            ...leaveTo('#task.closing.clean'),
          },
        },
        committing: {
          entry: begin('commit'),
          on: {
            COMMITTED: [
              {
                guard: and(['isCurrent', 'isLeaving']),
                actions: 'succeed',
                target: '#task.closing.clean',
              },
              {
                guard: and(['isCurrent', 'isPaused']),
                actions: 'succeed',
                target: '#task.paused',
              },
              { guard: 'isCurrent', actions: 'succeed', target: 'working' },
            ],
            FAILED: [
              { guard: and(['isCurrent', 'canStall']), actions: 'fail', target: 'stalled' },
              GIVE_UP.FAILED,
            ],
            STOP: { actions: 'stop' },
            ...NOTE_ORDER,
          },
        },
        /** The commit waits for room, and with it the task; nothing is lost. */
        stalled: {
          entry: begin('wait'),
          on: {
            ELAPSED: { guard: 'isCurrent', target: 'committing' },
            RETRY: 'committing',
            STOP: { actions: 'stop', target: 'committing' },
            ...leaveTo('committing'),
          },
        },
      },
    },
    paused: {
      on: {
        RESUME: { actions: 'unpause', target: 'running' },
        STOP: { actions: 'stop', target: 'closing.clean' },
        STOP_NOW: GIVE_UP.STOP_NOW,
        ...leaveTo('closing.clean'),
      },
    },
    closing: {
      initial: 'dirty',
      on: {
        ...NOTE_ORDER,
        STOP: { actions: 'stop' },
        STOP_NOW: { actions: 'stop' },
        CLOSED: { guard: 'isCurrent', target: 'apart' },
      },
      states: {
        clean: { entry: begin('close-clean') },
        dirty: { entry: begin('close-dirty') },
      },
    },
    /** Everything is closed: what follows was decided before. */
    apart: {
      always: [
        { guard: 'isEnding', target: 'closed' },
        { guard: 'isToWait', target: 'quarantined' },
        { guard: 'isToReset', actions: 'forgive', target: 'wiping' },
        { guard: { type: 'isFollowedBy', params: 'wiping' }, target: 'wiping' },
        { guard: 'isToRestart', actions: 'begin anew', target: 'opening' },
        { guard: { type: 'isFollowedBy', params: 'quarantined' }, target: 'quarantined' },
        { target: 'backoff' },
      ],
    },
    /** Nothing is open; the stores on disk are thrown away, to be rebuilt from the log. */
    wiping: {
      entry: begin('wipe'),
      on: {
        STOP: { actions: 'stop' },
        STOP_NOW: { actions: 'stop' },
        QUARANTINE: { actions: 'order' },
        WIPED: [
          { guard: and(['isCurrent', 'isStopping']), target: 'closed' },
          {
            guard: and(['isCurrent', 'isToWait']),
            actions: 'wiped',
            target: 'quarantined',
          },
          { guard: 'isCurrent', actions: ['wiped', 'ordered'], target: 'opening' },
        ],
        FAILED: { guard: 'isCurrent', actions: 'fail', target: 'unwiped' },
      },
    },
    /** What could not be thrown away; a reset is tried again, after a wait. */
    unwiped: {
      always: [
        { guard: 'isEnding', target: 'closed' },
        { guard: 'isToWait', target: 'quarantined' },
        { guard: { type: 'isFollowedBy', params: 'quarantined' }, target: 'quarantined' },
        { target: 'backoff' },
      ],
    },
    /** Nothing is open; it will try again. */
    backoff: {
      entry: begin('wait'),
      on: {
        ELAPSED: [
          { guard: and(['isCurrent', 'isToReset']), target: 'wiping' },
          { guard: 'isCurrent', target: 'opening' },
        ],
        RETRY: [{ guard: 'isToReset', target: 'wiping' }, { target: 'opening' }],
        RESTART: { actions: 'begin anew', target: 'opening' },
        RESET: { actions: ['forgive', 'order'], target: 'wiping' },
        QUARANTINE: 'quarantined',
        STOP: END,
        STOP_NOW: END,
      },
    },
    /** Nothing is open; somebody must say RETRY, RESTART or RESET. */
    quarantined: {
      entry: 'ordered',
      on: {
        RETRY: { actions: 'forgive', target: 'opening' },
        RESTART: { actions: 'forgive', target: 'opening' },
        RESET: { actions: ['forgive', 'order'], target: 'wiping' },
        STOP: END,
        STOP_NOW: END,
      },
    },
    closed: { type: 'final' },
  },
})
