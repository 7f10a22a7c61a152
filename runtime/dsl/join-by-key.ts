// The join of a table with the rows of another that it names, as nodes of the graph: two internal
// topics, `<name>.subscription` there and `<name>.response` back, so neither side is repartitioned.
//
// Source of the semantics: Kafka Streams KTableImpl.doJoinOnForeignKey.

import {
  type Answered,
  answered,
  answering,
  askedFrom,
  subscribed,
  subscribing,
} from '#actors/operators/foreign-key-join'
import { answerSerde, pairSerde, subscriptionSerde } from '#protocols/messages/subscription'
import type { Serde } from '#protocols/serdes/serde'
import { serde } from '#protocols/serdes/serdes'
import type { KeyValueSpec } from '#stores/store'
import type { Graph, Make } from '../plan/graph.ts'
import { filledTable } from './computed-table.ts'
import type { ForeignKeyJoinOptions } from './join-options.ts'
import type { TableFacts } from './table-facts.ts'
import { declaredOr } from './topic.ts'

type Options = ForeignKeyJoinOptions<never, never>
type AnyAnswered = Answered<unknown, unknown, unknown, unknown, unknown>

export interface TablesToJoinByKey {
  readonly isLeft: boolean
  readonly left: TableFacts
  readonly right: TableFacts
  readonly foreignKeyOf: AnyAnswered['foreignKeyOf']
  readonly joiner: AnyAnswered['joiner']
}

interface Serdes {
  readonly foreignKey: Serde<unknown>
  readonly leftKey: Serde<unknown>
  readonly leftValue: Serde<unknown>
  readonly rightValue: Serde<unknown>
}

/** @throws MillraceError NAME_TAKEN */
export function joinByKey(graph: Graph, tables: TablesToJoinByKey, options: Options): TableFacts {
  const { isLeft, left, right, foreignKeyOf, joiner } = tables
  const verb = isLeft ? 'leftJoinByKey' : 'joinByKey'
  const name = graph.nameFor(verb, [left.node], options.name)
  const serdes: Serdes = {
    foreignKey: declaredOr(options.foreignKey, right.key) ?? serde.json(),
    leftKey: left.key ?? serde.json(),
    leftValue: left.value ?? serde.json(),
    rightValue: right.value ?? serde.json(),
  }
  left.requestBefore()
  const leaving = isLeft ? null : leavingStore(name, serdes)
  const join = {
    ...{ foreignKeyOf, leaving: leaving?.name ?? null },
    ...{ foreignKey: serdes.foreignKey, value: serdes.leftValue },
  }
  // The graph holds operators of every type alike.
  const operator = (make: unknown) => ({ kind: 'operator', make: make as Make }) as const
  const asking = graph.add('subscribe', `${name}.subscribe`, [left.node], {
    ...operator(subscribing(join)),
    stores: leaving === null ? [] : [leaving],
  })
  const response = addRight(graph, { name, asking, right, keepsNullKeys: isLeft }, serdes)
  const lefts = left.requestView()
  const parent = graph.add('answered', `${name}.answered`, [response], {
    ...operator(answered({ ...join, lefts: lefts.make, joiner })),
    uses: leaving === null ? lefts.stores : [...lefts.stores, leaving.name],
  })
  const value = declaredOr(options.value, null) ?? serde.json()
  const filled = { verb, parent, key: serdes.leftKey, value, isSource: false }
  return filledTable(graph, filled, { ...options, name })
}

// Stores and messages are typed by their operators; a plan holds them all alike.
const leavingStore = (name: string, { leftKey: key }: Serdes): KeyValueSpec => ({
  ...{ kind: 'keyvalue', name: `${name}.leaving`, key, value: serde.int32() as Serde<unknown> },
})

interface Right {
  readonly name: string
  /** Where subscriptions come from. */
  readonly asking: number
  readonly right: TableFacts
  readonly keepsNullKeys: boolean
}

/** From subscriptions and changes of the right table to the response topic. */
function addRight(
  graph: Graph,
  { name, asking, right, keepsNullKeys }: Right,
  { foreignKey, leftKey, rightValue }: Serdes,
): number {
  // As above.
  const subscription = subscriptionSerde(leftKey) as Serde<unknown>
  const store: KeyValueSpec = {
    ...{ kind: 'timestamped', name: `${name}.subscriptions`, value: subscription },
    key: pairSerde(foreignKey, leftKey) as Serde<unknown>,
  }
  const rights = right.requestView()
  const subscriptions = graph.add('repartition', `${name}.subscription`, [asking], {
    ...{ kind: 'repartition', keepsNullKeys, isReadersWidth: true },
    ...{ key: foreignKey, value: subscription },
  })
  const kept = graph.add('subscribed', `${name}.subscribed`, [subscriptions], {
    kind: 'operator',
    make: subscribed({ store: store.name, rights: rights.make }) as Make,
    ...{ stores: [store], uses: rights.stores },
  })
  const told = graph.add('answer', `${name}.answer`, [right.node], {
    kind: 'operator',
    make: answering({ store: store.name, foreignKey }) as Make,
    uses: [store.name],
  })
  return graph.add('repartition', `${name}.response`, [kept, told], {
    ...{ kind: 'repartition', isReadersWidth: true },
    ...{ key: leftKey, value: answerSerde(rightValue) as Serde<unknown> },
    // It is only ever given what `subscribed` and `answering` forward.
    partitioner: askedFrom as never,
  })
}
