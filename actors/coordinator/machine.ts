// The life of a coordinator candidate: every host has one, one of them leads. The lease says who; it is
// a convenience, not a safety: whoever believes to lead writes by compare-and-set, and tasks are fenced
// in their own logs whatever a coordinator says.
//
//   following ⇄ campaigning → leading { looking → idle } → following (lease lost)
//   campaigning → overtaken (something changed meanwhile) → leading, or campaigning again
//   any → resigning → resigned
//
// Commands: campaign → ACQUIRED | TAKEN | FAILED      renew → RENEWED | LOST | FAILED
//           look     → LOOKED | FAILED                resign → RESIGNED

import { emit, setup } from 'xstate'

export type CoordinatorEvent =
  | { readonly type: 'TICK' | 'CHANGED' | 'RESIGN' }
  | { readonly type: 'ACQUIRED' | 'TAKEN' | 'RENEWED' | 'LOST' }
  | { readonly type: 'LOOKED' | 'RESIGNED' | 'FAILED' }

export interface CoordinatorCommand {
  readonly type: 'campaign' | 'renew' | 'look' | 'resign'
}

export const coordinatorMachine = setup({
  types: {
    events: {} as CoordinatorEvent, // types only
    emitted: {} as CoordinatorCommand, // types only
  },
  actions: {
    campaign: emit({ type: 'campaign' }),
    renew: emit({ type: 'renew' }),
    look: emit({ type: 'look' }),
    resign: emit({ type: 'resign' }),
  },
}).createMachine({
  id: 'coordinator',
  initial: 'campaigning',
  options: { maxIterations: 100 },
  states: {
    following: {
      on: { TICK: 'campaigning', CHANGED: 'campaigning', RESIGN: 'resigned' },
    },
    campaigning: {
      entry: 'campaign',
      on: {
        ACQUIRED: 'leading',
        TAKEN: 'following',
        FAILED: 'following',
        CHANGED: 'overtaken',
        RESIGN: 'resigning',
      },
    },
    /** Something changed while it campaigned: what it judged by is old. */
    overtaken: {
      on: {
        ACQUIRED: 'leading',
        TAKEN: 'campaigning',
        FAILED: 'campaigning',
        RESIGN: 'resigning',
      },
    },
    leading: {
      initial: 'looking',
      on: { TICK: { actions: 'renew' }, LOST: 'following', RESIGN: 'resigning' },
      states: {
        looking: {
          entry: 'look',
          on: { LOOKED: 'idle', FAILED: 'idle', CHANGED: 'outdated' },
        },
        /** Something changed while it looked: what it sees now is old. */
        outdated: { on: { LOOKED: 'looking', FAILED: 'looking' } },
        idle: {
          // A look with every tick as well: what expired tells nobody.
          on: { CHANGED: 'looking', TICK: { target: 'looking', actions: 'renew' } },
        },
      },
    },
    resigning: { entry: 'resign', on: { RESIGNED: 'resigned', FAILED: 'resigned' } },
    resigned: { type: 'final' },
  },
})
