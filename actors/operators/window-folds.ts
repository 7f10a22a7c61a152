// What is folded into a window: count, reduce and aggregate as one form, and where the results go. The
// operators that know windows (time-windows.ts, sliding-windows.ts, session-windows.ts) are the same
// for all three.

import type { Windowed } from '#protocols/records/windowed'
import type { Serde } from '#protocols/serdes/serde'
import { encoded } from '#protocols/serdes/whole'
import { latin1 } from '#stores/cache/changes'
import { guarded } from '../topology/guard.ts'
import type { Change, NodeContext, Receive } from '../topology/node.ts'
import type { EmitMode } from '../topology/windows.ts'
import { heldChanges } from './held-changes.ts'

/** Null stands for no aggregate. What updates and merges answer may be what they were given. */
export interface WindowFold<K, V, A> {
  readonly initialize: () => A | null
  readonly update: (aggregate: A | null, value: V, key: K) => A | null
  /** Of two sessions that became one: the older first. */
  readonly merge: (key: K, older: A | null, newer: A) => A | null
}

/** How many records there were, whatever their values. */
export const countFold = <K, V>(): WindowFold<K, V, number> => ({
  initialize: () => 0,
  update: (count) => (count ?? 0) + 1,
  merge: (_key, older, newer) => (older ?? 0) + newer,
})

/** The first value as it is, then the reducer over what is kept and the next. */
export const reduceFold = <K, V>(
  reducer: (kept: V, value: V, key: K) => V | null,
): WindowFold<K, V, V> => ({
  initialize: () => null,
  update: (kept, value, key) => (kept === null ? value : reducer(kept, value, key)),
  merge: (key, older, newer) => (older === null ? newer : reducer(older, newer, key)),
})

export const aggregateFold = <K, V, A>(
  initialize: () => A,
  update: (aggregate: A, value: V, key: K) => A | null,
  merge?: (key: K, older: A, newer: A) => A | null,
): WindowFold<K, V, A> => ({
  initialize,
  // A user's functions take what the user's functions answered.
  update: (aggregate, value, key) => update(aggregate as A, value, key),
  merge: (key, older, newer) => merge?.(key, older as A, newer) ?? null,
})

/** What every operator over windows is told. */
export interface WindowSetup<K, V, A> {
  readonly store: string
  readonly fold: WindowFold<K, V, A>
  readonly emit: EmitMode
  /** Fold the changes of a key in a window between commits into one. */
  readonly isHeld: boolean
  readonly key: Serde<Windowed<K>>
  readonly value: Serde<A>
  /** The child that takes late records instead of changes; null when there is none. */
  readonly late: () => string | null
}

/** User functions as the operators call them; undefined counts as null. */
export function guardedFold<K, V, A>(
  node: string,
  { initialize, update, merge }: WindowFold<K, V, A>,
): WindowFold<K, V, A> {
  const initialized = guarded(node, initialize)
  const updated = guarded(node, update)
  const merged = guarded(node, merge)
  return {
    initialize: () => initialized(undefined, undefined, undefined) ?? null,
    update: (aggregate, value, key) => updated(aggregate, value, key) ?? null,
    merge: (key, older, newer) => merged(key, older, newer) ?? null,
  }
}

export interface WindowOutputs<K, V, A> {
  /** Takes each change; does nothing where results only go on when their window closes. */
  readonly update: Receive<Windowed<K>, Change<A>>
  /** Takes the result of a window that closed. */
  readonly close: Receive<Windowed<K>, Change<A>>
  /** Takes a record that no window took any more. */
  readonly late: Receive<K, V>
}

export function windowOutputs<K, V, A>(
  context: NodeContext,
  { emit, isHeld, key, late }: Omit<WindowSetup<K, V, A>, 'fold' | 'store'>,
): WindowOutputs<K, V, A> {
  const lateName = late()
  const lateChild = lateName === null ? undefined : context.child(lateName)
  const others = context.children.filter((child) => child !== lateChild)
  const forward: Receive = lateChild === undefined ? context.forward : toAll(others)
  const held = (): Receive<Windowed<K>, Change<A>> =>
    heldChanges({ ...context, forward }, (it: Windowed<K>) => latin1(encoded(key, it)))
  return {
    update: emit === 'on-close' ? () => {} : isHeld ? held() : forward,
    close: forward,
    late: lateChild ?? (() => {}),
  }
}

const toAll =
  (children: readonly Receive[]): Receive =>
  (key, value, time) => {
    for (const child of children) child(key, value, time)
  }
