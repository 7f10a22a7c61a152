// Changes that wait for the commit: of each key only the last goes on, as the change from what was
// there at the commit before. What appeared and vanished in between is never heard of.
//
// Source of the semantics: Kafka Streams' record cache, without its limits: the time and the record
// context are those of the last change, and keys go in the order of their last change.

import type { Change, NodeContext, Receive, RecordContext } from '../topology/node.ts'

interface Held<K, V> {
  readonly key: K
  readonly before: V | null | undefined
  after: V | null
  time: number
  record: RecordContext
}

/** @param identity the same object, or primitive, for the same key until the next commit */
export function heldChanges<K, V>(
  context: NodeContext,
  identity: (key: K) => unknown,
): Receive<K, Change<V>> {
  const { forward } = context
  let changes = new Map<unknown, Held<K, V>>()
  context.beforeCommit(() => {
    const due = changes
    changes = new Map()
    for (const { key, before, after, time, record } of due.values()) {
      if ((before ?? null) === null && after === null) continue
      context.under(record, () => forward(key, { before, after }, time))
    }
  })
  return (key, change, time) => {
    const id = identity(key)
    const { after } = change
    const record = context.keepRecord()
    const held = changes.get(id)
    if (held === undefined) {
      changes.set(id, { key, before: change.before, after, time, record })
      return
    }
    held.after = after
    held.time = time
    held.record = record
    changes.delete(id)
    changes.set(id, held)
  }
}
