// The life of a host in its application's group. Its membership is a record that expires unless it is
// renewed; what it should run is read from the placement, again and again, never ordered.
//
//   joining → active { looking → idle } → leaving → left
//   active → evicted (its record is gone or another's) → joining, as a new incarnation
//   joining → refused: another living process has the same id
//
// Commands: join → JOINED | ID_TAKEN | FAILED        renew → RENEWED | EVICTED | FAILED
//           look → LOOKED | FAILED                   abandon, close → EMPTY when no task is held
//           leave → LEFT | FAILED

import { emit, setup } from 'xstate'

export type HostEvent =
  | { readonly type: 'TICK' | 'CHANGED' | 'STOP' | 'EMPTY' }
  | { readonly type: 'JOINED' | 'ID_TAKEN' | 'RENEWED' | 'EVICTED' }
  | { readonly type: 'LOOKED' | 'LEFT' | 'FAILED' }

export interface HostCommand {
  readonly type: 'join' | 'renew' | 'look' | 'abandon' | 'close' | 'leave'
}

export const hostMachine = setup({
  types: {
    events: {} as HostEvent, // types only
    emitted: {} as HostCommand, // types only
  },
  actions: {
    join: emit({ type: 'join' }),
    renew: emit({ type: 'renew' }),
    look: emit({ type: 'look' }),
    abandon: emit({ type: 'abandon' }),
    close: emit({ type: 'close' }),
    leave: emit({ type: 'leave' }),
  },
}).createMachine({
  id: 'host',
  initial: 'joining',
  options: { maxIterations: 100 },
  states: {
    joining: {
      entry: 'join',
      on: { JOINED: 'active', ID_TAKEN: 'refused', FAILED: 'waiting', STOP: 'left' },
    },
    /** The broker did not answer: the next tick tries again. */
    waiting: { on: { TICK: 'joining', STOP: 'left' } },
    active: {
      initial: 'looking',
      on: { TICK: { actions: 'renew' }, EVICTED: 'evicted', STOP: 'leaving' },
      states: {
        looking: {
          entry: 'look',
          on: { LOOKED: 'idle', FAILED: 'idle', CHANGED: 'outdated' },
        },
        /** Something changed while it looked: what it sees now is old. */
        outdated: { on: { LOOKED: 'looking', FAILED: 'looking' } },
        idle: {
          // A look with every tick as well, so that a change nobody told of is seen.
          on: { CHANGED: 'looking', TICK: { target: 'looking', actions: 'renew' } },
        },
      },
    },
    /** Others may own its tasks by now; what they did since the last commit is lost to it. */
    evicted: { entry: 'abandon', on: { EMPTY: 'joining', STOP: 'leaving' } },
    leaving: {
      entry: 'close',
      on: { TICK: { actions: 'renew' }, EMPTY: 'parting' },
    },
    parting: { entry: 'leave', on: { LEFT: 'left', FAILED: 'left' } },
    left: { type: 'final' },
    refused: { type: 'final' },
  },
})
