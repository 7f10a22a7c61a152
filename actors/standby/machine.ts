// The life of a standby: it follows the commit log of a task that runs on another host, so that it can
// be that task's state at once. It claims nothing and commits nothing.
//
//   opening → following { applying → idle → resting → applying } → closing → closed
//   any failure → closing → backoff → opening        untrusted stores → closing → wiping → opening
//   STOP → closing → closed
//
// Applying is sealing: each slice of the log is one engine transaction that moves the checkpoint, so
// whoever opens the stores next, this host's task or another standby, replays what came after it.
//
// Laws, explored in the spec: (1) `closed` can be reached from everywhere, and every state hears STOP;
// (2) what was opened is closed before anything is opened or wiped again, and before the end; (3) it
// never gives up: a copy that cannot be kept waits longer and longer, and costs its task nothing.

import { and, assign, emit, setup } from 'xstate'
import type { FailureKind } from '../task/messages.ts'
import type { StandbyCommand, StandbyEvent } from './messages.ts'

/** Where the attempt count stops: the backoff reached its cap long before. */
const ATTEMPTS_MAX = 12

export interface StandbyContext {
  /** The operation under way, or the last one. */
  readonly op: number
  readonly isStopping: boolean
  /** Stores were wiped and nothing was applied since. */
  readonly isWiped: boolean
  /** Failures in a row without a slice in between. */
  readonly attempt: number
  /** What follows when everything is closed. */
  readonly next: 'backoff' | 'wiping'
}

const BORN: StandbyContext = {
  ...{ op: 0, isStopping: false, isWiped: false, attempt: 0, next: 'backoff' },
}

function afterFailure(context: StandbyContext, kind: FailureKind): Partial<StandbyContext> {
  const attempt = Math.min(ATTEMPTS_MAX, context.attempt + 1)
  return { attempt, next: kind === 'untrusted' && !context.isWiped ? 'wiping' : 'backoff' }
}

const inStandby = setup({
  types: {
    context: {} as StandbyContext, // types only
    events: {} as StandbyEvent, // types only
    emitted: {} as StandbyCommand, // types only
  },
  guards: {
    isCurrent: ({ context, event }) => 'op' in event && event.op === context.op,
    isStopping: ({ context }) => context.isStopping,
    isUntrusted: ({ context }) => context.next === 'wiping',
  },
  actions: {
    newOp: assign({ op: ({ context }) => context.op + 1 }),
    command: emit(({ context }, type: StandbyCommand['type']) => ({
      type,
      op: context.op,
      attempt: context.attempt,
    })),
    stop: assign({ isStopping: true }),
    succeed: assign({ attempt: 0, isWiped: false }),
    wiped: assign({ isWiped: true, next: 'backoff' }),
    fail: assign(({ context, event }) =>
      event.type === 'FAILED' ? afterFailure(context, event.kind) : {},
    ),
  },
})

/** Begins an operation: a new number, and the command that carries it. */
const begin = (type: StandbyCommand['type']) =>
  ['newOp', { type: 'command', params: type }] as const

const GIVE_UP = {
  FAILED: { guard: 'isCurrent', actions: 'fail', target: '#standby.closing' },
  STOP: { actions: 'stop', target: '#standby.closing' },
} as const

const END = { actions: 'stop', target: '#standby.closed' } as const

export const standbyMachine = inStandby.createMachine({
  id: 'standby',
  context: BORN,
  initial: 'opening',
  options: { maxIterations: 100 },
  states: {
    opening: {
      entry: begin('open'),
      on: { OPENED: { guard: 'isCurrent', target: 'following' }, ...GIVE_UP },
    },
    following: {
      initial: 'applying',
      on: GIVE_UP,
      states: {
        applying: {
          entry: begin('apply'),
          on: { DRAINED: { guard: 'isCurrent', actions: 'succeed', target: 'idle' } },
        },
        /** True at the end of the log. */
        idle: { on: { DATA: 'resting' } },
        /** Commits that come one after another are applied together. */
        resting: {
          entry: begin('rest'),
          on: { ELAPSED: { guard: 'isCurrent', target: 'applying' } },
        },
      },
    },
    closing: {
      entry: begin('close'),
      on: { STOP: { actions: 'stop' }, CLOSED: { guard: 'isCurrent', target: 'apart' } },
    },
    /** Everything is closed: what follows was decided before. */
    apart: {
      always: [
        { guard: 'isStopping', target: 'closed' },
        { guard: 'isUntrusted', target: 'wiping' },
        { target: 'backoff' },
      ],
    },
    /** Nothing is open; the stores on disk are thrown away, to be built from the log. */
    wiping: {
      entry: begin('wipe'),
      on: {
        STOP: { actions: 'stop' },
        WIPED: [
          { guard: and(['isCurrent', 'isStopping']), target: 'closed' },
          { guard: 'isCurrent', actions: 'wiped', target: 'opening' },
        ],
        FAILED: [
          { guard: and(['isCurrent', 'isStopping']), target: 'closed' },
          { guard: 'isCurrent', actions: 'fail', target: 'backoff' },
        ],
      },
    },
    /** Nothing is open; it will try again. */
    backoff: {
      entry: begin('wait'),
      on: {
        ELAPSED: { guard: 'isCurrent', target: 'opening' },
        RETRY: 'opening',
        STOP: END,
      },
    },
    closed: { type: 'final' },
  },
})
