// The rows of a table operator that keeps them: each update is put into the store and forwarded as a
// change; with `isHeld`, only the last change of each key since the last commit is, when it commits.
//
// Source of the semantics: Kafka Streams' materialised tables. The newest update wins, whatever its
// time, unless the store has versions: then an older one becomes history and the change says so, and
// one that is older than the store remembers is dropped and counted.

import type { Change, NodeContext, Receive } from '../topology/node.ts'
import { heldChanges } from './held-changes.ts'

export interface KeptSpec {
  readonly store: string
  readonly isVersioned: boolean
  /** Fold the changes of a key between commits into one. */
  readonly isHeld: boolean
}

export interface KeptRows<K, V> {
  /** Keeps the row and forwards the change. A null value deletes. */
  update(key: K, after: V | null, time: number): void
}

export function keptRows<K, V>(spec: KeptSpec, context: NodeContext): KeptRows<K, V> {
  return spec.isVersioned ? versions(spec, context) : newest(spec, context)
}

/** Where the changes of a store go: straight on, or to those held until the commit. */
export function changesOf<K, V>(spec: KeptSpec, context: NodeContext): Receive<K, Change<V>> {
  // A node forwards what its children take.
  const forward = context.forward as Receive<K, Change<V>>
  if (!spec.isHeld || spec.isVersioned) return forward
  const kept = context.store<K, V>(spec.store)
  return heldChanges(context, (key) => kept.slot(key))
}

function newest<K, V>(spec: KeptSpec, context: NodeContext): KeptRows<K, V> {
  const kept = context.store<K, V>(spec.store)
  const emit = changesOf<K, V>(spec, context)
  return {
    update(key, after, time) {
      const slot = kept.slot(key)
      const before = slot.value ?? null
      kept.write(slot, after ?? undefined, time)
      emit(key, { before, after }, time)
    },
  }
}

function versions<K, V>(spec: KeptSpec, context: NodeContext): KeptRows<K, V> {
  const { forward } = context
  const kept = context.storeOf<K, V, 'versioned'>(spec.store, 'versioned')
  return {
    update(key, after, time) {
      const before = kept.get(key)?.value ?? null
      const outcome = kept.put(key, after, time)
      if (outcome === 'not-put') return context.drop('expired')
      forward(key, { before, after, isLatest: outcome === 'latest' }, time)
    },
  }
}
