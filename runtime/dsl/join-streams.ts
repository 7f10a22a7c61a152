// The join of two streams as nodes of the graph: one for each side with its window store, one that
// hands on what both find. Sides whose key changed stand behind repartition topics: unnamed ones are
// shared by the joins of one stream, a join with a name has its own, `<name>-left` and `<name>-right`.
//
// Source of the semantics: Kafka Streams KStreamImplJoin. A stream joined with itself, inner, needs one
// store, unless the topology was told not to optimise.

import { pass } from '#actors/operators/branch'
import {
  type SelfJoin,
  type StreamJoiner,
  type StreamJoinSide,
  selfJoin,
  streamJoin,
} from '#actors/operators/stream-join'
import type { UnmatchedSpec } from '#actors/operators/unmatched'
import type { Serde } from '#protocols/serdes/serde'
import { serde } from '#protocols/serdes/serdes'
import { sided } from '#protocols/serdes/sided'
import type { BufferSpec, StoreSpec, WindowSpec } from '#stores/store'
import type { Graph, Make } from '../plan/graph.ts'
import { type JoinKind, type JoinTimes, joinTimes, type StreamJoinOptions } from './join-options.ts'
import { warnUnnamed } from './materialized.ts'
import { repartitioned } from './repartition.ts'
import type { StreamParts } from './stream.ts'
import { declaredOr } from './topic.ts'

type AnyJoiner = StreamJoiner<unknown, unknown, unknown, unknown>
type Options = StreamJoinOptions<never, never, never>

export interface StreamsToJoin {
  readonly kind: JoinKind
  readonly left: StreamParts
  readonly right: StreamParts
  readonly joiner: AnyJoiner
}

interface Sides extends JoinTimes {
  readonly name: string
  readonly kind: JoinKind
  readonly joiner: AnyJoiner
  readonly key: Serde<unknown>
  readonly leftNode: number
  readonly rightNode: number
  readonly leftStore: WindowSpec
  readonly rightStore: WindowSpec
}

/** @throws MillraceError DURATION_INVALID, JOIN_INVALID, NAME_TAKEN */
export function joinStreams(streams: StreamsToJoin, options: Options): StreamParts {
  const { kind, left, right, joiner } = streams
  const { graph } = left
  const times = joinTimes(options.within)
  const name = graph.nameFor(VERBS[kind], [left.node], options.name)
  const key = declaredOr(options.key, left.facts.key ?? right.facts.key) ?? serde.json()
  const leftValue = declaredOr(options.left, left.facts.value) ?? serde.json()
  const rightValue = declaredOr(options.right, right.facts.value) ?? serde.json()
  const behind = (parts: StreamParts, side: string, value: Serde<unknown>): number =>
    placed(parts, options.name === undefined ? null : `${options.name}-${side}`, { key, value })
  const stores = options.store ?? name
  if (options.store === undefined) warnUnnamed(graph, VERBS[kind], name)
  const sides: Sides = {
    ...{ ...times, name, kind, joiner, key },
    leftNode: behind(left, 'left', leftValue),
    rightNode: behind(right, 'right', rightValue),
    leftStore: windowSpec(`${stores}.left`, key, leftValue, times, options),
    rightStore: windowSpec(`${stores}.right`, key, rightValue, times, options),
  }
  const isSelf = kind === 'inner' && sides.leftNode === sides.rightNode && graph.isOptimized
  const node = isSelf
    ? addSelf(graph, sides)
    : addSides(graph, sides, unmatchedStore(stores, options))
  return { graph, node, facts: { key, value: null, isRekeyed: false } }
}

const VERBS = { inner: 'join', left: 'leftJoin', outer: 'outerJoin' } as const

/** The node to join at: the stream itself where its records are where their keys belong. */
export function placed(
  { graph, node, facts }: StreamParts,
  name: string | null,
  serdes: { readonly key: Serde<unknown>; readonly value: Serde<unknown> },
): number {
  if (!facts.isRekeyed) return node
  return repartitioned(graph, node, { name: name ?? graph.node(node).name, ...serdes })
}

function windowSpec(
  name: string,
  key: Serde<unknown>,
  value: Serde<unknown>,
  { beforeMs, afterMs, graceMs }: JoinTimes,
  { medium, logged, cacheEntriesMax }: Options,
): WindowSpec {
  return {
    ...{ kind: 'window', name, key, value, medium, logged, cacheEntriesMax },
    windowSizeMs: beforeMs + afterMs,
    // A window of no length still has to keep the records of one time.
    retentionMs: Math.max(1, beforeMs + afterMs + graceMs),
    retainDuplicates: true,
  }
}

const unmatchedStore =
  (stores: string, { medium, logged }: Options) =>
  ({ key, leftStore, rightStore }: Sides): BufferSpec => ({
    ...{ kind: 'buffer', name: `${stores}.unmatched`, keeps: 'all', medium, logged },
    // A plan holds stores of every type alike.
    key: sided(key, key) as Serde<unknown>,
    value: sided(leftStore.value, rightStore.value) as Serde<unknown>,
  })

function addSelf(graph: Graph, sides: Sides): number {
  const { name, leftNode, leftStore: store, beforeMs, afterMs, joiner } = sides
  const { name: kept, retentionMs } = store
  const spec: SelfJoin<unknown, unknown, unknown> = {
    ...{ store: kept, retentionMs, beforeMs, afterMs, joiner },
  }
  // Operators are typed by their method; the graph holds them all alike.
  const make = selfJoin(spec) as Make
  const body = { kind: 'operator', make, stores: [store], changes: 'value' } as const
  return graph.add('join', name, [leftNode], body)
}

function addSides(graph: Graph, sides: Sides, unmatched: (sides: Sides) => BufferSpec): number {
  const { name, kind, leftNode, rightNode, leftStore, rightStore } = sides
  const held = kind === 'inner' ? null : unmatched(sides)
  const side = (isLeft: boolean): number => {
    const [own, other] = isLeft ? [leftStore, rightStore] : [rightStore, leftStore]
    const stores: StoreSpec[] = held !== null && isLeft ? [own, held] : [own]
    const uses = held !== null && !isLeft ? [other.name, held.name] : [other.name]
    const body = {
      kind: 'operator',
      // Operators are typed by their method; the graph holds them all alike.
      make: streamJoin(sideOf(sides, isLeft, held)) as Make,
      ...{ stores, uses, takesNullKeys: kind !== 'inner' },
      changes: 'value',
    } as const
    const verb = isLeft ? 'joinLeft' : 'joinRight'
    return graph.add(
      verb,
      `${name}.${isLeft ? 'left' : 'right'}`,
      [isLeft ? leftNode : rightNode],
      body,
    )
  }
  const parents = [side(true), side(false)]
  return graph.add(VERBS[kind], name, parents, { kind: 'operator', make: pass() as Make })
}

function sideOf(
  sides: Sides,
  isLeft: boolean,
  held: BufferSpec | null,
): StreamJoinSide<unknown, unknown, unknown, unknown> {
  const { kind, leftStore, rightStore, beforeMs, afterMs, graceMs, joiner } = sides
  const unmatched: UnmatchedSpec | null =
    held === null
      ? null
      : { store: held.name, leftClosesMs: afterMs + graceMs, rightClosesMs: beforeMs + graceMs }
  return {
    ...{ isLeft, graceMs, joiner, unmatched },
    own: isLeft ? leftStore.name : rightStore.name,
    other: isLeft ? rightStore.name : leftStore.name,
    beforeMs: isLeft ? beforeMs : afterMs,
    afterMs: isLeft ? afterMs : beforeMs,
    isKept: kind === 'outer' || (kind === 'left' && isLeft),
  }
}
