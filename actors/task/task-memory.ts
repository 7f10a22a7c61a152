// What a task finds again with its positions: stream time and the durable numbers of its operators and
// stores. It is the `meta` of every commit.

import { fromUtf8, utf8 } from '#protocols/core/bytes'
import type { TopologyMemory } from '../topology/running-topology.ts'

export interface TaskMemory extends TopologyMemory {
  /** Durable numbers of stores. */
  readonly stores: Readonly<Record<string, number>>
}

export const encodeMemory = (memory: TaskMemory): Uint8Array => utf8(JSON.stringify(memory))

/** Undefined before the first commit. */
export function decodeMemory(meta: Uint8Array): TaskMemory | undefined {
  if (meta.length === 0) return undefined
  // Written by `encodeMemory`.
  return JSON.parse(fromUtf8(meta)) as TaskMemory
}
