// How rows of windowed tables are looked up by their windowed keys. Windows past the retention of
// their store are not there any more.

import type { Windowed } from '#protocols/records/windowed'
import type { NodeContext } from '../topology/node.ts'
import type { TableView } from '../topology/table-view.ts'

export const windowView =
  <K, V>(store: string) =>
  (context: NodeContext): TableView<Windowed<K>, V> => {
    const kept = context.storeOf<K, V, 'window'>(store, 'window')
    return { get: ({ key, start }) => kept.getTimestamped(key, start) }
  }

/** The time of a session's row is its end. */
export const sessionView =
  <K, V>(store: string) =>
  (context: NodeContext): TableView<Windowed<K>, V> => {
    const kept = context.storeOf<K, V, 'session'>(store, 'session')
    return {
      get({ key, start, end }) {
        const value = kept.fetchSession(key, start, end)
        return value === undefined ? undefined : { value, time: end }
      },
    }
  }
