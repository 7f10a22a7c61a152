// join, leftJoin, outerJoin of two tables by key: a table of its own, whose row changes whenever one of
// its two rows does. A node per side looks up the other side's row and hands the changed result to a
// third, which keeps the rows where the program wants them kept.
//
// Source of the semantics: Kafka Streams KTableKTable{Inner,Left,Right,Outer}Join and -JoinMerger. The
// result's time is the later of both rows. A change that only says what was long before (versioned
// tables) is dropped and counted. Where the other row is there, every change goes on, also a deletion
// of a result that never was, and one that changes nothing. Where a table stands on both sides, one
// change can take both rows of an inner join; neither side then finds the other, and nothing is told.

import { guarded } from '../topology/guard.ts'
import type { Change, NodeContext, Receive } from '../topology/node.ts'
import type { TableView } from '../topology/table-view.ts'
import { changesOf, type KeptSpec, keptRows } from './kept-rows.ts'
import type { TableSetup } from './table.ts'

export interface TableJoin<K, L, R, J> {
  readonly joiner: (left: L | null, right: R | null, key: K) => J | null
  /** There is a result where only the left row is; where only the right one is. */
  readonly keepsLeft: boolean
  readonly keepsRight: boolean
}

/** The result of two rows; null is no row. */
type Combine<K, L, R, J> = (key: K, left: L | null, right: R | null) => J | null

function combining<K, L, R, J>(
  { joiner, keepsLeft, keepsRight }: TableJoin<K, L, R, J>,
  node: string,
): Combine<K, L, R, J> {
  const joined = guarded(node, joiner)
  return (key, left, right) => {
    if (left === null ? right === null || !keepsRight : right === null && !keepsLeft) return null
    return joined(left, right, key) ?? null
  }
}

export interface TableJoinSide<K, L, R, J> extends TableJoin<K, L, R, J> {
  readonly isLeft: boolean
  /** The other side's rows. */
  readonly other: (context: NodeContext) => TableView<K, L | R>
  readonly setup: () => TableSetup
}

export const tableJoin =
  <K, L, R, J>(side: TableJoinSide<K, L, R, J>) =>
  (context: NodeContext): Receive<K | null, Change<L | R>> => {
    const { forward } = context
    const { isLeft, keepsLeft, keepsRight } = side
    const { sendsBefore } = side.setup()
    const isKept = isLeft ? keepsLeft : keepsRight
    const others = side.other(context)
    const both = combining(side, context.node)
    // Which of the two types each is follows from the side.
    const combine: Combine<K, L | R, L | R, J> = isLeft
      ? (key, mine, theirs) => both(key, mine as L | null, theirs as R | null)
      : (key, mine, theirs) => both(key, theirs as L | null, mine as R | null)
    return (key, { before, after, isLatest }, time) => {
      if (key === null) return context.drop('null-key')
      if (isLatest === false) return context.drop('out-of-order')
      const row = others.get(key)
      const other = row?.value ?? null
      if (other === null && (!isKept || (after === null && (before ?? null) === null))) return
      const change: Change<J> = {
        after: combine(key, after, other),
        before: sendsBefore ? combine(key, before ?? null, other) : undefined,
      }
      forward(key, change, row === undefined ? time : Math.max(time, row.time))
    }
  }

/** Keeps and hands on what both sides find. */
export const tableJoinResult =
  <K, J>(setup: () => TableSetup) =>
  (context: NodeContext): Receive<K, Change<J>> => {
    const { kept } = setup()
    if (kept === null) return context.forward as Receive<K, Change<J>> // what its children take
    if (kept.isVersioned || kept.isHeld) {
      const rows = keptRows<K, J>(kept, context)
      return (key, change, time) => rows.update(key, change.after, time)
    }
    return keepingResults(kept, context)
  }

/** The change goes on as it was found, which may differ from what the store had. */
function keepingResults<K, J>(kept: KeptSpec, context: NodeContext): Receive<K, Change<J>> {
  const store = context.store<K, J>(kept.store)
  const emit = changesOf<K, J>(kept, context)
  return (key, change, time) => {
    store.put(key, change.after, time)
    emit(key, change, time)
  }
}

/** The rows of a join that are nowhere kept, computed from the rows of both sides. */
export const tableJoinView =
  <K, L, R, J>(
    join: TableJoin<K, L, R, J>,
    left: (context: NodeContext) => TableView<K, L>,
    right: (context: NodeContext) => TableView<K, R>,
  ) =>
  (context: NodeContext): TableView<K, J> => {
    const lefts = left(context)
    const rights = right(context)
    const combine = combining(join, context.node)
    return {
      get(key) {
        const mine = lefts.get(key)
        if (mine === undefined && !join.keepsRight) return undefined
        const theirs = rights.get(key)
        const value = combine(key, mine?.value ?? null, theirs?.value ?? null)
        if (value === null) return undefined
        return { value, time: Math.max(mine?.time ?? 0, theirs?.time ?? 0) }
      },
    }
  }
