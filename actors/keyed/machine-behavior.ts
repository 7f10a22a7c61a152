// A state machine of xstate as the behavior of a keyed actor. Each message is an event; between two of
// them the machine is its persisted snapshot, the actor's state. Nothing of xstate runs meanwhile: a
// message is one pure transition, and the actions it asks for become what the actor does.
//
//   emit               the actor's output
//   after, raise with a delay, cancel     durable timers of the actor
//   actions by name    those given beside the machine, with `self`; otherwise the machine's own
//
// An event takes some microseconds: for actors that are told something now and then.

import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type EmittedFrom,
  type EventFromLogic,
  type ExecutableActionObject,
  initialTransition,
  type Snapshot,
  type SnapshotFrom,
  transition,
} from 'xstate'
import { MillraceError } from '#protocols/core/errors'
import type { ActorSelf, Receive, TimerClock } from './behavior.ts'

export type { AnyStateMachine, EmittedFrom, EventFromLogic, SnapshotFrom }

/** As it is kept; null before the first message. */
export type MachineState = Snapshot<unknown> | null

/** An action of the machine, done by the actor. */
export type MachineAction<K, L extends AnyStateMachine, R> = (
  self: ActorSelf<K, EventFromLogic<L>, MachineState, R, EmittedFrom<L>, 'receive'>,
  args: {
    readonly context: SnapshotFrom<L>['context']
    readonly event: EventFromLogic<L>
    readonly params: unknown
  },
) => void

export interface MachineSpec<K, L extends AnyStateMachine, R> {
  readonly machine: L
  /** What `after` and delays run by. */
  readonly clock: TimerClock
  readonly actions: Readonly<Record<string, MachineAction<K, L, R>>>
  /** Answers an ask, unless an action did. */
  readonly answer: (snapshot: SnapshotFrom<L>, key: K) => R
}

type Self<K, L extends AnyStateMachine, R> = Parameters<MachineAction<K, L, R>>[0]

/** Its input is the key: `{ key }`. */
export function machineBehavior<K, L extends AnyStateMachine, R>(
  spec: MachineSpec<K, L, R>,
): Receive<K, EventFromLogic<L>, MachineState, R, EmittedFrom<L>, 'receive'> {
  // What depends on the machine's own types is checked where the actor is defined.
  const machine = spec.machine as AnyStateMachine
  return (event, self) => {
    const before = self.state === null ? begun(spec, self) : restored(machine, self.state)
    const [next, actions] = transition(machine, before, event as EventFromLogic<AnyStateMachine>)
    act(spec, self, next, actions)
    self.state = machine.getPersistedSnapshot(next)
    self.reply(spec.answer(next as SnapshotFrom<L>, self.key))
  }
}

function begun<K, L extends AnyStateMachine, R>(
  spec: MachineSpec<K, L, R>,
  self: Self<K, L, R>,
): AnyMachineSnapshot {
  const [snapshot, actions] = initialTransition(spec.machine as AnyStateMachine, { key: self.key })
  act(spec, self, snapshot, actions)
  return snapshot
}

/** Restoring asks for the surroundings of children, and a machine here has none. */
const restored = (machine: AnyStateMachine, state: Snapshot<unknown>): AnyMachineSnapshot =>
  machine.restoreSnapshot(state, {} as never)

function act<K, L extends AnyStateMachine, R>(
  { clock, actions: own }: MachineSpec<K, L, R>,
  self: Self<K, L, R>,
  snapshot: AnyMachineSnapshot,
  actions: readonly ExecutableActionObject[],
): void {
  if (snapshot.status === 'error') throw snapshot.error
  for (const { type, params, info, exec } of actions) {
    // Built-in actions are told apart by their types, and have these parameters.
    const known = params as { event: unknown; id?: string; delay?: number; sendId: string }
    if (type === 'xstate.emit') self.emit(known.event as EmittedFrom<L>)
    else if (type === 'xstate.cancel') self.cancel(known.sendId)
    else if (type === 'xstate.raise') {
      const event = known.event as EventFromLogic<L> & { readonly type: string }
      self.timer(known.id ?? event.type, known.delay ?? 0, event, clock)
    } else if (type === 'xstate.sendTo' || type === 'xstate.spawnChild') {
      throw childless(type)
    } else {
      const given = own[type]
      // The machine gives its actions what is of its own types.
      const args = info as unknown as Omit<Parameters<typeof given & object>[1], 'params'>
      if (given === undefined) exec?.(info, params)
      else given(self, { context: args.context, event: args.event, params })
    }
  }
}

/** @throws MillraceError ACTOR_INVALID when it invokes something */
export function checkMachine(name: string, machine: AnyStateMachine): void {
  const invokes = ({ invoke, states }: AnyStateMachine['root']): boolean =>
    invoke.length > 0 || Object.values(states).some(invokes)
  if (!invokes(machine.root)) return
  throw new MillraceError({
    code: 'ACTOR_INVALID',
    what: `actor '${name}' cannot be: its machine invokes an actor of xstate, which would be gone between two messages`,
    hint: 'Send to a keyed actor with self.send in an action, or call out with mapAsync on a stream',
  })
}

const childless = (type: string): Error =>
  new Error(`a machine here has no children to reach by ${type}; use self.send in an action`)
