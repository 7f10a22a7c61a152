// The rows of a store as bytes, for those who ask from elsewhere. Every kind of store is a map to them:
// a window store's keys are keys in windows, a session store's keys in sessions, a versioned store has
// the latest version of each key.

import { compareBytes } from '#protocols/core/bytes'
import type { Windowed } from '#protocols/records/windowed'
import type { Serde } from '#protocols/serdes/serde'
import { decoded, encoded } from '#protocols/serdes/whole'
import { sessionWindowed, windowed } from '#protocols/serdes/windowed'
import { storeOf } from '#stores/changelog/open-store'
import type { TaskState } from '#stores/changelog/task-state'
import type { StoreSpec, Timestamped } from '#stores/store'
import type { StoreQuestion, StoreRow } from '../host/messages.ts'

/** How the keys of a store's rows are serialised. */
export function rowKeySerde(spec: StoreSpec): Serde<unknown> {
  // What asks for rows knows its keys by the kind of the store.
  if (spec.kind === 'window') return windowed(spec.key, spec.windowSizeMs) as Serde<unknown>
  if (spec.kind === 'session') return sessionWindowed(spec.key) as Serde<unknown>
  return spec.key
}

export function rowsOf(
  state: TaskState,
  { store, ask }: Omit<StoreQuestion, 'task'>,
): readonly StoreRow[] {
  const { spec } = state.store(store)
  const serde = rowKeySerde(spec)
  const row = ({ key, value, time }: Entry): StoreRow => {
    return { key: encoded(serde, key), value: encoded(spec.value, value), time }
  }
  if ('fetch' in ask) {
    const { earliest, latest, limit } = ask
    const found = fetched(state, spec, decoded(spec.key, ask.fetch), earliest, latest)
    return found.slice(0, limit).map(row)
  }
  if (spec.kind === 'keyvalue' || spec.kind === 'timestamped') {
    const kept = storeOf(state, store, 'keyvalue')
    if ('get' in ask) return kept.rows(ask.get, ask.get, 1)
    return kept.rows(ask.from, ask.to, ask.limit)
  }
  if ('get' in ask) {
    const found = entryOf(state, spec, decoded(serde, ask.get))
    return found === undefined ? [] : [row(found)]
  }
  const { from, to, limit } = ask
  return [...entriesOf(state, spec)]
    .map(row)
    .filter(({ key }) => from === undefined || compareBytes(key, from) >= 0)
    .filter(({ key }) => to === undefined || compareBytes(key, to) <= 0)
    .sort((a, b) => compareBytes(a.key, b.key))
    .slice(0, limit)
}

interface Entry extends Timestamped<unknown> {
  readonly key: unknown
}

function entryOf(state: TaskState, spec: StoreSpec, key: unknown): Entry | undefined {
  const { name } = spec
  if (spec.kind === 'versioned') {
    const found = storeOf(state, name, 'versioned').get(key)
    return found && { key, ...found }
  }
  // Window and session stores have such keys.
  const at = key as Windowed<unknown>
  if (spec.kind === 'window') {
    const [found] = storeOf(state, name, 'window').fetch(at.key, at.start, at.start)
    return found && { key, value: found.value, time: found.time }
  }
  const value = storeOf(state, name, 'session').fetchSession(at.key, at.start, at.end)
  return value === undefined ? undefined : { key, value, time: at.end }
}

/** Windows of a key that start between, or its sessions that have a part between, inclusive; in order of time. */
function fetched(
  state: TaskState,
  { name, kind, ...spec }: StoreSpec,
  key: unknown,
  earliest: number,
  latest: number,
): Entry[] {
  if (kind === 'session') {
    const found = storeOf(state, name, 'session').findSessions(key, earliest, latest)
    return found.map(({ start, end, value }) => ({ key: { key, start, end }, value, time: end }))
  }
  const sizeMs = 'windowSizeMs' in spec ? spec.windowSizeMs : 0
  const found = storeOf(state, name, 'window').fetch(key, earliest, latest)
  return found.map(({ start, value, time }) => {
    return { key: { key, start, end: start + sizeMs }, value, time }
  })
}

function* entriesOf(state: TaskState, spec: StoreSpec): Generator<Entry> {
  const { name, kind } = spec
  if (kind === 'window') {
    for (const { key, start, end, value, time } of storeOf(state, name, 'window').all()) {
      yield { key: { key, start, end }, value, time }
    }
  } else if (kind === 'session') {
    for (const { key, start, end, value } of storeOf(state, name, 'session').all()) {
      yield { key: { key, start, end }, value, time: end }
    }
  } else if (kind === 'versioned') {
    yield* storeOf(state, name, 'versioned').latest()
  } else if (kind === 'buffer') {
    yield* storeOf(state, name, 'buffer').entries()
  }
}
