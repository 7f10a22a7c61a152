// The kinds of stores there are: from a spec to the store, and from a state to a store of a known kind.
// Nothing else lists them all.

import { assert, unreachable } from '#protocols/core/assert'
import { BufferStoreImpl } from '../buffer/buffer-store.ts'
import { KeyValueStoreImpl } from '../keyvalue/key-value-store.ts'
import { SessionStoreImpl } from '../session/session-store.ts'
import type { StorePorts, StoreSpec } from '../store.ts'
import { VersionedStoreImpl } from '../versioned/versioned-store.ts'
import { WindowStoreImpl } from '../window/window-store.ts'

/** What a spec of each kind opens. */
export interface StoreKinds<K = unknown, V = unknown> {
  readonly keyvalue: KeyValueStoreImpl<K, V>
  readonly timestamped: KeyValueStoreImpl<K, V>
  readonly window: WindowStoreImpl<K, V>
  readonly session: SessionStoreImpl<K, V>
  readonly versioned: VersionedStoreImpl<K, V>
  readonly buffer: BufferStoreImpl<K, V>
}

export type StoreKind = keyof StoreKinds

export type AnyStore = StoreKinds[StoreKind]

export function openStore(spec: StoreSpec, ports: StorePorts): AnyStore {
  switch (spec.kind) {
    case 'keyvalue':
    case 'timestamped':
      return new KeyValueStoreImpl(spec, ports)
    case 'window':
      return new WindowStoreImpl(spec, ports)
    case 'session':
      return new SessionStoreImpl(spec, ports)
    case 'versioned':
      return new VersionedStoreImpl(spec, ports)
    case 'buffer':
      return new BufferStoreImpl(spec, ports)
    default:
      return unreachable(spec)
  }
}

/**
 * A store as one of its kind; `keyvalue` stands for `timestamped` too. That it is of that kind is for
 * the plan to see to.
 */
export function storeOf<Kind extends StoreKind>(
  state: { store(name: string): AnyStore },
  name: string,
  kind: Kind,
): StoreKinds[Kind] {
  const store = state.store(name)
  const plain = (it: StoreKind): StoreKind => (it === 'timestamped' ? 'keyvalue' : it)
  assert(plain(store.spec.kind) === plain(kind), () => `store '${name}' is a ${kind} store`)
  // The kind of a spec decides the class, in `openStore` above.
  return store as StoreKinds[Kind]
}
