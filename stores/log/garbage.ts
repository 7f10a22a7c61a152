// What dropped topics leave behind, removed in transactions of bounded size. The name and the heads
// were gone for readers when the topic was dropped; an interrupted collection is taken up by the next.

import { asBuffer } from '#protocols/core/bytes'
import type { Engine } from '../engine/engine.ts'
import { type LogTables, topicKey } from './layout.ts'

const BATCHES_MAX = 512

/** Removes everything of every dropped topic. */
export async function collectGarbage(engine: Engine, tables: LogTables): Promise<void> {
  for (;;) {
    const isDone = await engine.commit(() => collectSome(tables), { passesLimit: true })
    if (isDone) return
  }
}

function collectSome(tables: LogTables): boolean {
  const [oldest] = tables.garbage.range({ limit: 1 })
  if (oldest === undefined) return true
  const prefix = { from: oldest.key, to: topicKey(asBuffer(oldest.key).readUInt32BE(0) + 1) }
  const some = [...tables.index.range({ ...prefix, limit: BATCHES_MAX })]
  for (const { key } of some) {
    tables.batches.delete(key)
    tables.index.delete(key)
  }
  if (some.length === BATCHES_MAX) return false
  for (const { key } of [...tables.heads.range(prefix)]) {
    tables.heads.delete(key)
    tables.marks.delete(key)
    tables.snapshots.delete(key)
  }
  tables.garbage.delete(oldest.key)
  return false
}
