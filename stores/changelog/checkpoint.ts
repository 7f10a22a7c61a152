// The checkpoint of a task's stores: the commit that they are true at, as an engine keeps it beside them.
// It is written in every transaction that changes them, so it says at once what else there is to know:
// the bytes of changes that led there, and which stores are not in this engine.

import type { CommitRef } from '#protocols/broker/broker'
import { epoch, offset } from '#protocols/core/brands'
import { fromUtf8, utf8 } from '#protocols/core/bytes'
import type { Engine, Table } from '../engine/engine.ts'

const CHECKPOINT = utf8('checkpoint')

export interface Checkpoint {
  readonly ref: CommitRef
  /** The newest commit that some rows are of already; null: the same. */
  readonly reached: CommitRef | null
  /** Bytes of changes from the beginning of the log to the commit, about. */
  readonly logged: number
  /** Logged stores whose rows are kept in memory and not here; null when nobody wrote that down. */
  readonly elsewhere: readonly string[] | null
}

/** Of an engine. Must not be called inside a body. */
export const factsOf = (engine: Engine): Table => engine.table('millrace.facts')

/** Inside a body. */
export function writeCheckpoint(facts: Table, { ref, ...beside }: Checkpoint): void {
  facts.put(CHECKPOINT, utf8(JSON.stringify({ ...ref, ...beside })))
}

/** Inside a body. */
export const forgetCheckpoint = (facts: Table): boolean => facts.delete(CHECKPOINT)

export function readCheckpoint(facts: Table): Checkpoint | null {
  const stored = facts.get(CHECKPOINT)
  if (stored === undefined) return null
  // Written by `writeCheckpoint` above. Those of before histories were kept are of logs that have none;
  // bytes were not always counted, nor was it said which stores are elsewhere.
  const { logged, elsewhere, reached, ...ref } = JSON.parse(fromUtf8(stored)) as CommitRef &
    Partial<Checkpoint>
  return {
    ref: branded(ref),
    reached: reached === undefined || reached === null ? null : branded(reached),
    logged: logged ?? 0,
    elsewhere: elsewhere ?? null,
  }
}

function branded(ref: CommitRef): CommitRef {
  const { history = '' } = ref as Partial<CommitRef>
  return { ...ref, next: offset(ref.next), epoch: epoch(ref.epoch), history }
}

/** Whether two engines were written together last. */
export function isSameCheckpoint(one: Table, other: Table): boolean {
  const [a, b] = [one.get(CHECKPOINT), other.get(CHECKPOINT)]
  return a !== undefined && b !== undefined && Buffer.compare(a, b) === 0
}
