// topology: the front door of the DSL. A topology is a name and a function that writes the graph
// down; it runs once, when it is defined, so that mistakes show where they are made.

import type { TopologyPlan } from '#actors/topology/plan'
import { MillraceError } from '#protocols/core/errors'
import { compile } from '../plan/compile.ts'
import { type DescriptionFormat, shownPlan } from '../plan/describe.ts'
import { Graph } from '../plan/graph.ts'
import { mergedRepartitions } from '../plan/merge-repartitions.ts'
import { emittedBy, type Heard } from './actor-streams.ts'
import { filledTable } from './computed-table.ts'
import { type Duration, durationMs } from './duration.ts'
import { GlobalTable, type GlobalTableOptions, globalFacts } from './global-table.ts'
import type { Materialized } from './materialized.ts'
import type { OnFailure } from './on-failure.ts'
import { type DefineStore, storeDefinition } from './processor.ts'
import { Sources, serdesOf } from './sources.ts'
import { Stream } from './stream.ts'
import { Table } from './table.ts'
import type { Topic } from './topic.ts'

/** What a manifest or `register` takes: something that hosts can run. */
export interface TopologyDefinition {
  readonly kind: 'topology'
  readonly name: string
  /** Things worth saying that do not stop anything. */
  readonly warnings: readonly string[]
  /** The plan under an application's name; internal topics carry it. */
  plan(application: string): TopologyPlan
  /** What runs, with the names things have: as text, JSON, Graphviz' DOT or Mermaid. */
  describe(format?: DescriptionFormat): string
}

export interface TopologyBuilder {
  /**
   * The records of a topic, or of several of one type, as they come. Reading the same again answers
   * the same source.
   */
  stream<K, V>(topic: Topic<K, V> | readonly Topic<K, V>[]): Stream<K, V>
  /** The newest value of each key of a topic; a record without a value deletes the row. */
  table<K, V>(
    topic: Topic<K, V>,
    options?: Omit<Materialized<NonNullable<V>>, 'value'>,
  ): Table<NonNullable<K>, NonNullable<V>, null>
  /**
   * The newest value of each key of a topic, in full wherever it is used: for joins by any key. It is
   * read to its end before the first record is processed, and followed from then on; its records do
   * not move stream time.
   */
  globalTable<K, V>(
    topic: Topic<K, V>,
    options?: GlobalTableOptions,
  ): GlobalTable<NonNullable<K>, NonNullable<V>>
  /** What a keyed actor emits, by its key; the actor is registered beside the topology. */
  emitted<K, E>(actor: Heard<K, E>): Stream<K, E>
  /** Defines a store for processors, which connect to it by listing it. */
  readonly store: DefineStore
}

export interface TopologyOptions {
  /**
   * Whether the plan may differ from what was written where the results do not: one repartition topic
   * for all that need the same new key. It decides names of internal topics, so keep it. Default true.
   */
  readonly optimize?: boolean | undefined
  /**
   * When an operator fails at a record: a function of yours threw, or a result could not be written.
   * What is not `fail` drops the record there: what was done for it before stays, and the operators
   * beside still get it. A dead letter is the record as the task read it; a replay runs all of it
   * again. `mapAsync` has its own. Default `fail`.
   */
  readonly onFailure?: OnFailure | undefined
  /**
   * When a task has read nothing for so long, its stream time goes on with the wall clock, a ms for each
   * ms of silence: windows close, and what waits for a time goes out, where no more records come. A
   * record that comes later than that is late. Looked at this often. Default: never.
   */
  readonly idleAfter?: Duration | undefined
}

/**
 * Defines a topology.
 * @param name names commit logs and state; keep it when the program changes
 * @throws MillraceError NAME_INVALID, NAME_TAKEN, TOPOLOGY_EMPTY, DURATION_INVALID
 */
export function topology(
  name: string,
  build: (t: TopologyBuilder) => void,
  { optimize = true, onFailure, idleAfter }: TopologyOptions = {},
): TopologyDefinition {
  const graph = new Graph(name, optimize)
  const idleAfterMs = idleAfter === undefined ? undefined : durationMs(idleAfter, 'idleAfter', 1)
  const sources = new Sources(graph)
  build({
    store: storeDefinition as DefineStore,
    stream(topic) {
      // One topic, or a list of them.
      const list = ('name' in topic ? [topic] : topic) as readonly Topic<unknown, unknown>[]
      return new Stream(graph, sources.stream(list), { ...serdesOf(list), isRekeyed: false })
    },
    globalTable(topic, options = {}) {
      // The graph holds topics of every type alike.
      const erased = topic as Topic<unknown, unknown>
      sources.globalTable(erased)
      return new GlobalTable(globalFacts(graph, erased, options))
    },
    emitted(actor) {
      // The graph holds actors of every type alike.
      const { node, facts } = emittedBy(graph, actor as unknown as Heard<never, never>)
      return new Stream(graph, node, facts)
    },
    table(topic, options = {}) {
      // The graph holds topics of every type alike.
      const erased = topic as Topic<unknown, unknown>
      const { key, value } = erased
      const filled = { verb: 'table', parent: sources.table(erased), key, value, isSource: true }
      return new Table(graph, filledTable(graph, filled, options as never))
    },
  })
  if (graph.nodes.length === 0) {
    throw new MillraceError({
      code: 'TOPOLOGY_EMPTY',
      what: `topology '${name}' reads nothing`,
      hint: 'Begin with t.stream(topic(...))',
    })
  }
  const plan = (application: string): TopologyPlan =>
    compile(optimize ? mergedRepartitions(graph) : graph, application, { onFailure, idleAfterMs })
  return {
    ...{ kind: 'topology', name, warnings: graph.warnings, plan },
    describe: (format = 'text') => shownPlan(plan('application'), format),
  }
}
