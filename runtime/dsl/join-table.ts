// The join of a stream with a table as a node of the graph. It hangs below the stream and uses what
// the table is looked up in; a global table is there in every task, so nothing has to be placed.

import {
  type JoinWait,
  type StreamTableJoin,
  streamTableJoin,
} from '#actors/operators/stream-table-join'
import { MillraceError } from '#protocols/core/errors'
import { kept } from '#protocols/serdes/kept'
import type { Serde } from '#protocols/serdes/serde'
import { serde } from '#protocols/serdes/serdes'
import type { BufferSpec } from '#stores/store'
import type { Graph, Make } from '../plan/graph.ts'
import { durationMs } from './duration.ts'
import type { StreamTableJoinOptions } from './join-options.ts'
import { placed } from './join-streams.ts'
import { warnUnnamed } from './materialized.ts'
import type { StreamParts } from './stream.ts'
import type { TableFacts, ViewMaker } from './table-facts.ts'
import { declaredOr } from './topic.ts'

type AnyJoin = StreamTableJoin<unknown, unknown, unknown, unknown, unknown>
type Options = StreamTableJoinOptions<never, never>

export interface StreamTableToJoin {
  readonly isLeft: boolean
  readonly stream: StreamParts
  readonly table: TableFacts
  readonly joiner: AnyJoin['joiner']
}

/** @throws MillraceError DURATION_INVALID, JOIN_INVALID, NAME_TAKEN */
export function joinTable(
  { isLeft, stream, table, joiner }: StreamTableToJoin,
  options: Options,
): StreamParts {
  const { graph, facts } = stream
  const verb = isLeft ? 'leftJoin' : 'join'
  const name = graph.nameFor(verb, [stream.node], options.name)
  const key = declaredOr(options.key, facts.key ?? table.key) ?? serde.json()
  const value = declaredOr(options.left, facts.value) ?? serde.json()
  const parent = placed(stream, options.name ?? null, { key, value })
  const waits =
    options.grace === undefined ? null : waitStore(graph, { name, verb, key, value }, options)
  const wait = waits === null ? null : waitOf(name, waits, table, options)
  const view = table.requestView()
  const { isVersioned } = table
  const join: AnyJoin = { view: view.make, isVersioned, keyOf: null, joiner, isLeft, wait }
  const node = graph.add(verb, name, [parent], {
    kind: 'operator',
    // Operators are typed by their method; the graph holds them all alike.
    make: streamTableJoin(join) as Make,
    ...{ uses: view.stores, changes: 'value', takesNullKeys: isLeft },
    stores: waits === null ? [] : [waits],
  })
  return { graph, node, facts: { key, value: null, isRekeyed: false } }
}

export interface StreamGlobalToJoin {
  readonly isLeft: boolean
  readonly stream: StreamParts
  /** Of the global table. */
  readonly store: string
  readonly keyOf: NonNullable<AnyJoin['keyOf']>
  readonly joiner: AnyJoin['joiner']
}

/** Nothing is repartitioned: a key that was changed stays marked as such. */
export function joinGlobal(
  { isLeft, stream, store, keyOf, joiner }: StreamGlobalToJoin,
  options: { readonly name?: string | undefined },
): StreamParts {
  const { graph, node: parent, facts } = stream
  const verb = isLeft ? 'leftJoin' : 'join'
  const name = graph.nameFor(verb, [parent], options.name)
  const view: ViewMaker = (context) => context.global(store)
  const join: AnyJoin = { view, isVersioned: false, keyOf, joiner, isLeft, wait: null }
  const node = graph.add(verb, name, [parent], {
    kind: 'operator',
    make: streamTableJoin(join) as Make,
    ...{ globals: [store], changes: 'value', takesNullKeys: isLeft },
  })
  return { graph, node, facts: { ...facts, value: null } }
}

interface Waiting {
  readonly name: string
  readonly verb: string
  readonly key: Serde<unknown>
  readonly value: Serde<unknown>
}

function waitStore(
  graph: Graph,
  { name, verb, key, value }: Waiting,
  { store }: Options,
): BufferSpec {
  if (store === undefined) warnUnnamed(graph, verb, name)
  // A plan holds stores of every type alike.
  const values = kept(value) as Serde<unknown>
  return { kind: 'buffer', name: store ?? name, key, value: values, keeps: 'all' }
}

function waitOf(
  name: string,
  { name: store }: BufferSpec,
  { isVersioned, historyMs }: TableFacts,
  { grace }: Options,
): JoinWait {
  const graceMs = durationMs(grace ?? 0, 'the grace of a join')
  if (!isVersioned) {
    throw joinInvalid(
      `'${name}' has a grace period, but its table has no versions`,
      'Give the table { versioned: { historyMs } }, or leave out the grace',
    )
  }
  if (historyMs !== null && historyMs < graceMs) {
    throw joinInvalid(
      `'${name}' waits for ${graceMs} ms, but its table remembers ${historyMs} ms`,
      "Let the table's historyMs be at least the grace of the join",
    )
  }
  return { store, graceMs }
}

const joinInvalid = (what: string, hint: string): MillraceError =>
  new MillraceError({ code: 'JOIN_INVALID', what, hint })
