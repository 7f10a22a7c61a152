// Answers calls on a store as a conformance request describes them: opens the store, makes the calls in
// order, says what each returned, in the request's own terms. It knows how calls are named, nothing of
// what they should return.

import { asBuffer } from '#protocols/core/bytes'
import { type Serde, serde } from '#protocols/serdes/serdes'
import { encoded } from '#protocols/serdes/whole'
import type { BufferStoreImpl } from '#stores/buffer/buffer-store'
import { openStore } from '#stores/changelog/open-store'
import type { Engine } from '#stores/engine/engine'
import { memoryEngine } from '#stores/engine/memory'
import type { KeyValueStoreImpl } from '#stores/keyvalue/key-value-store'
import type { SessionStoreImpl } from '#stores/session/session-store'
import type { Session, SessionRow, StoreSpec, Version, WindowRow } from '#stores/store'
import type { VersionedStoreImpl } from '#stores/versioned/versioned-store'
import type { WindowStoreImpl } from '#stores/window/window-store'

export interface StoreCalls {
  readonly store: DescribedStore
  readonly calls: readonly { readonly call: string; readonly args: readonly unknown[] }[]
}

export interface DescribedStore {
  readonly kind: string
  readonly key: string
  readonly value: string
  readonly retentionMs?: number
  readonly windowSizeMs?: number
  readonly retainDuplicates?: boolean
  readonly historyRetentionMs?: number
}

/** What each call returned; null where it returns nothing. */
export function answerStoreCalls(
  { store, calls }: StoreCalls,
  engine: Engine = memoryEngine(),
): unknown[] {
  const cells = new Map<string, { value: number }>()
  const cell = (name: string): { value: number } => {
    const known = cells.get(name) ?? { value: -1 }
    cells.set(name, known)
    return known
  }
  const answer = answererOf(openStore(specOf(store), { table: engine.table('store'), cell }))
  return calls.map(({ call, args }) => answer(call, args))
}

/** Makes calls on a store of any kind, named and answered as in requests. */
export function answererOf(store: ReturnType<typeof openStore>): Answer {
  const answer = ofKind(store)
  return (call, args) => answer(call, args.map(plain)) ?? null
}

type Answer = (call: string, args: readonly unknown[]) => unknown

function ofKind(store: ReturnType<typeof openStore>): Answer {
  // The class of a store is that of its spec's kind.
  switch (store.spec.kind) {
    case 'window':
      return (call, args) => window(store as WindowStoreImpl<unknown, unknown>, call, args)
    case 'session':
      return (call, args) => session(store as SessionStoreImpl<unknown, unknown>, call, args)
    case 'versioned':
      return (call, args) => versioned(store as VersionedStoreImpl<unknown, unknown>, call, args)
    case 'buffer':
      return () => unknownCall((store as BufferStoreImpl<unknown, unknown>).spec.kind)
    default:
      return (call, args) => keyValue(store as KeyValueStoreImpl<unknown, unknown>, call, args)
  }
}

function specOf(store: DescribedStore): StoreSpec {
  const common = { name: 'store', key: serdeOf(store.key), value: serdeOf(store.value) }
  const retentionMs = store.retentionMs ?? 0
  switch (store.kind) {
    case 'kv':
      return { ...common, kind: 'keyvalue' }
    case 'timestamped-kv':
      return { ...common, kind: 'timestamped' }
    case 'window': {
      const { windowSizeMs = 0, retainDuplicates } = store
      return { ...common, kind: 'window', retentionMs, windowSizeMs, retainDuplicates }
    }
    case 'session':
      return { ...common, kind: 'session', retentionMs }
    case 'versioned':
      return {
        ...common,
        kind: 'versioned',
        historyRetentionMs: store.historyRetentionMs ?? retentionMs,
      }
    default:
      throw new Error(`there is no kind of store called '${store.kind}'`)
  }
}

function keyValue(
  store: KeyValueStoreImpl<unknown, unknown>,
  call: string,
  args: readonly unknown[],
): unknown {
  const [first, second] = args
  switch (call) {
    case 'put':
      return store.put(first, second)
    case 'get':
      return store.get(first)
    case 'delete':
      return store.delete(first)
    case 'putIfAbsent':
      return store.putIfAbsent(first, second)
    case 'range':
      return [...store.range(first ?? undefined, second ?? undefined)]
    case 'reverseRange':
      return [...store.reverseRange(first ?? undefined, second ?? undefined)]
    case 'all':
      return [...store.all()]
    case 'reverseAll':
      return [...store.reverseAll()]
    case 'prefixScan':
      return [...store.prefixScan(asBuffer(encoded(store.spec.key, first)))]
    case 'approximateNumEntries':
      return store.approximateCount()
    default:
      return unknownCall(call)
  }
}

function window(
  store: WindowStoreImpl<unknown, unknown>,
  call: string,
  args: readonly unknown[],
): unknown {
  const { name, reverse } = direction(call)
  const [first, second, third, fourth] = args
  if (name === 'put') {
    store.put(first, second, time(third))
    return null
  }
  if (name === 'all') return [...store.all({ reverse })].map(windowRow)
  if (name === 'fetchall') {
    return [...store.fetchAll(time(first), time(second), { reverse })].map(windowRow)
  }
  if (name !== 'fetch') return unknownCall(call)
  if (args.length === 2) return store.fetch(first, time(second))
  if (args.length === 3) {
    const found = store.fetch(first, time(second), time(third), { reverse })
    return found.map(({ start, value }) => [start, value])
  }
  const rows = store.fetchKeys(keys(first, second), time(third), time(fourth), { reverse })
  return [...rows].map(windowRow)
}

function session(
  store: SessionStoreImpl<unknown, unknown>,
  call: string,
  args: readonly unknown[],
): unknown {
  const { name, reverse } = direction(call)
  const [first, second, third, fourth] = args
  switch (name) {
    case 'put':
      store.put(first as Session<unknown>, second) // a session, by the call's definition
      return null
    case 'remove':
      return store.remove(first as Session<unknown>) // a session, by the call's definition
    case 'fetchsession':
      return store.fetchSession(first, time(second), time(third))
    case 'fetch':
      if (args.length === 2) {
        return [...store.fetchKeys(keys(first, second), { reverse })].map(sessionRow)
      }
      return (reverse ? store.backwardFetch(first) : store.fetch(first)).map(sessionRow)
    case 'findsessions': {
      if (args.length < 4) {
        return store.findSessions(first, time(second), time(third), { reverse }).map(sessionRow)
      }
      const range = keys(first, second)
      const found = store.findSessionsOfKeys(range, time(third), time(fourth), { reverse })
      return [...found].map(sessionRow)
    }
    default:
      return unknownCall(call)
  }
}

function versioned(
  store: VersionedStoreImpl<unknown, unknown>,
  call: string,
  args: readonly unknown[],
): unknown {
  const [key, second, third] = args
  switch (call) {
    case 'put': {
      const put = store.put(key, second, time(third))
      if (put === 'latest') return 'VALID_TO_UNDEFINED'
      return put === 'not-put' ? 'NOT_PUT' : put
    }
    case 'delete':
      return version(store.delete(key, time(second)))
    case 'get':
      return version(args.length === 1 ? store.get(key) : store.get(key, time(second)))
    default:
      return unknownCall(call)
  }
}

/** `backwardFetchAll` is `fetchall` in reverse. */
function direction(call: string): { name: string; reverse: boolean } {
  const reverse = call.startsWith('backward') || call.startsWith('reverse')
  return { name: call.replace(/^(backward|reverse)/, '').toLowerCase(), reverse }
}

const keys = (from: unknown, to: unknown): { from: unknown; to: unknown } => ({
  from: from ?? undefined,
  to: to ?? undefined,
})

const windowRow = ({ key, start, end, value }: WindowRow<unknown, unknown>): unknown => [
  { key, start, end },
  value,
]

const sessionRow = ({ key, start, end, value }: SessionRow<unknown, unknown>): unknown => [
  { key, start, end },
  value,
]

function version(found: Version<unknown> | undefined): unknown {
  if (found === undefined) return null
  const { value, time: ts, validTo } = found
  return validTo === undefined ? { value, ts } : { value, ts, validTo }
}

function time(arg: unknown): number {
  if (typeof arg !== 'number') throw new Error(`${JSON.stringify(arg)} is not a time`)
  return arg
}

/** The largest time there is has a name of its own. */
function plain(arg: unknown): unknown {
  if (arg === '$MAX') return Number.MAX_SAFE_INTEGER
  if (typeof arg !== 'object' || arg === null || Array.isArray(arg)) return arg
  return Object.fromEntries(Object.entries(arg).map(([name, it]) => [name, plain(it)]))
}

function serdeOf(name: string): Serde<unknown> {
  const known: Readonly<Record<string, unknown>> = {
    string: serde.string(),
    int: serde.int32(),
    long: serde.int64(),
    double: serde.double(),
    json: serde.json(),
    bytes: serde.bytes(),
  }
  const found = known[name]
  if (found === undefined) throw new Error(`there is no serde called '${name}'`)
  // A call's arguments are of the type that its serde says.
  return found as Serde<unknown>
}

function unknownCall(call: string): never {
  throw new Error(`there is no call '${call}' on such a store`)
}
