// The join of two tables by key as nodes of the graph: one for each side, one for the result. Both
// sides must be looked up; where a row of one side alone has a result, that side must know the value
// before.
//
// Source of the semantics: Kafka Streams KTableImpl.doJoin.

import type { TableSetup } from '#actors/operators/table'
import {
  type TableJoin,
  type TableJoinSide,
  tableJoin,
  tableJoinResult,
  tableJoinView,
} from '#actors/operators/table-join'
import type { Serde } from '#protocols/serdes/serde'
import { serde } from '#protocols/serdes/serdes'
import type { StoreSpec } from '#stores/store'
import type { Graph, Make } from '../plan/graph.ts'
import type { JoinKind } from './join-options.ts'
import { keptSpec, type Materialized, storeSpec } from './materialized.ts'
import { type TableFacts, type ViewMaker, viewOf } from './table-facts.ts'
import { declaredOr } from './topic.ts'

type AnySide = TableJoinSide<unknown, unknown, unknown, unknown>

export interface TablesToJoin {
  readonly kind: JoinKind
  readonly left: TableFacts
  readonly right: TableFacts
  readonly joiner: AnySide['joiner']
}

const VERBS = { inner: 'join', left: 'leftJoin', outer: 'outerJoin' } as const

/** @throws MillraceError NAME_TAKEN */
export function joinTables(
  graph: Graph,
  { kind, left, right, joiner }: TablesToJoin,
  options: Materialized<never>,
): TableFacts {
  const name = graph.nameFor(VERBS[kind], [left.node], options.name)
  const key = left.key ?? right.key ?? serde.json()
  const value = declaredOr(options.value, null)
  const spec = resultStore(options, name, key, value)
  const join = { joiner, keepsLeft: kind !== 'inner', keepsRight: kind === 'outer' }
  if (join.keepsLeft) left.requestBefore()
  if (join.keepsRight) right.requestBefore()
  let sendsBefore = false
  const setup = (): TableSetup => ({
    kept: spec === null ? null : keptSpec(options, spec),
    sendsBefore,
  })
  const leftView = left.requestView()
  const rightView = right.requestView()
  const side = (isLeft: boolean): number => {
    const [mine, theirs] = isLeft ? [left, rightView] : [right, leftView]
    // Operators are typed by their method; the graph holds them all alike.
    const make = tableJoin({ ...join, isLeft, other: theirs.make, setup }) as Make
    const body = { kind: 'operator', make, uses: theirs.stores, changes: 'value' } as const
    const verb = isLeft ? 'joinLeft' : 'joinRight'
    return graph.add(verb, `${name}.${isLeft ? 'left' : 'right'}`, [mine.node], body)
  }
  const make = tableJoinResult(setup) as Make
  const stores = spec === null ? [] : [spec]
  const parents = [side(true), side(false)]
  const node = graph.add(VERBS[kind], name, parents, { kind: 'operator', make, stores })
  return {
    ...{ node, key, value: spec?.value ?? value, store: spec?.name ?? null },
    isVersioned: spec?.kind === 'versioned',
    historyMs: spec?.kind === 'versioned' ? spec.historyRetentionMs : null,
    requestView() {
      if (spec !== null) return viewOf(spec)
      const make = computedView(join, leftView.make, rightView.make)
      return { make, stores: [...leftView.stores, ...rightView.stores] }
    },
    requestBefore(isForced = true) {
      sendsBefore ||= left.requestBefore(isForced) && right.requestBefore(isForced)
      return sendsBefore
    },
  }
}

const computedView = (
  join: TableJoin<unknown, unknown, unknown, unknown>,
  left: ViewMaker,
  right: ViewMaker,
): ViewMaker => tableJoinView(join, left, right)

/** A store for the rows of a join, where the program names one. */
function resultStore(
  options: Materialized<never>,
  name: string,
  key: Serde<unknown>,
  value: Serde<unknown> | null,
): StoreSpec | null {
  if (options.store === undefined && options.versioned === undefined) return null
  return storeSpec(options, name, key, value ?? serde.json())
}
