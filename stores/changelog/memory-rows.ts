// Rows of stores in memory on their way into the file of a snapshot, and out of it. A snapshot is the engine
// that a task has on disk, with its stores in memory as tables beside the others: whoever installs it gets
// the whole of a state at one commit, and may keep each store where it likes.
//
// Invariants: (1) rows are taken as of the commit that the copy of the disk is true at; (2) the checkpoint
// says that they are there after all of them were written, and that they are not before the first one is
// taken out: who dies in between has stores that are true at no commit, and begins with a snapshot again;
// (3) rows go in slices, each a transaction, between which others have their turn.

import type { CommitRef } from '#protocols/broker/broker'
import { assert } from '#protocols/core/assert'
import type { Engine, Entry } from '../engine/engine.ts'
import type { StoreSpec } from '../store.ts'
import { factsOf, readCheckpoint, writeCheckpoint } from './checkpoint.ts'

const SLICE_BYTES = 256 * 1024

/** Rows of each store in memory by its name, as they were; written to meanwhile they stay so. */
export type MemoryRows = ReadonlyMap<string, Iterable<Entry>>

export interface WholeCopy {
  readonly covers: CommitRef
  readonly logged: number
}

export const tableName = (store: string): string => `store.${store}`

export const isLogged = ({ logged }: StoreSpec): boolean => logged !== false

/** Logged stores that are kept in memory, by name. */
export const elsewhereOf = (specs: readonly StoreSpec[]): string[] =>
  specs.filter((spec) => spec.medium === 'memory' && isLogged(spec)).map(({ name }) => name)

/** As of now. */
export function memoryRows(specs: readonly StoreSpec[], memory: Engine): MemoryRows {
  return new Map(elsewhereOf(specs).map((name) => [name, memory.table(tableName(name)).range()]))
}

/**
 * Makes a copy of the disk whole: adds the rows of stores in memory, and takes out what no log has.
 * @param rowsAt rows as of a commit, by the offset after it
 * @returns what it is true at; null when that is no commit
 */
export async function completeCopy(
  copy: Engine,
  specs: readonly StoreSpec[],
  rowsAt: ReadonlyMap<number, MemoryRows>,
): Promise<WholeCopy | null> {
  const facts = factsOf(copy)
  const checkpoint = readCheckpoint(facts)
  if (checkpoint === null) return null
  const { ref: covers, logged } = checkpoint
  const rows = rowsAt.get(covers.next)
  assert(rows !== undefined, 'rows were noted at every commit that a copy may be of')
  for (const spec of specs) {
    const table = copy.table(tableName(spec.name))
    if (!isLogged(spec)) copy.transact(() => table.clear())
  }
  for (const [name, entries] of rows) {
    const table = copy.table(tableName(name))
    copy.transact(() => table.clear())
    for (const slice of slices(entries)) {
      await copy.commit(() => {
        for (const { key, value } of slice) table.put(key, value)
      })
    }
  }
  copy.transact(() => writeCheckpoint(facts, { ...checkpoint, elsewhere: [] }))
  return { covers, logged }
}

/**
 * Moves rows of stores in memory there from the disk, where a snapshot brought them. Elsewhere it does
 * nothing. Requires: stores of these engines are not open.
 */
export async function recallRows(
  specs: readonly StoreSpec[],
  { disk, memory }: { readonly disk: Engine; readonly memory: Engine },
): Promise<void> {
  const elsewhere = elsewhereOf(specs)
  const facts = factsOf(disk)
  const checkpoint = readCheckpoint(facts)
  if (elsewhere.length === 0 || checkpoint === null) return
  const isHere = (name: string): boolean => checkpoint.elsewhere?.includes(name) === false
  if (!elsewhere.every(isHere)) return
  const now = { ...checkpoint, elsewhere }
  disk.transact(() => writeCheckpoint(facts, now))
  for (const name of elsewhere) {
    const [from, to] = [disk.table(tableName(name)), memory.table(tableName(name))]
    for (;;) {
      const [slice] = slices(from.range())
      if (slice === undefined) break
      await disk.commit(() => {
        for (const { key, value } of slice) {
          to.put(key, value)
          from.delete(key)
        }
      })
    }
  }
  const remembered = factsOf(memory)
  memory.transact(() => writeCheckpoint(remembered, now))
}

function* slices(entries: Iterable<Entry>): Generator<Entry[]> {
  let slice: Entry[] = []
  let bytes = 0
  for (const entry of entries) {
    slice.push(entry)
    bytes += entry.key.length + entry.value.length
    if (bytes < SLICE_BYTES) continue
    yield slice
    slice = []
    bytes = 0
  }
  if (slice.length > 0) yield slice
}
