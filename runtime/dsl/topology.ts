// topology: the front door of the DSL. A topology is a name and a function that writes the graph
// down; it runs once, when it is defined, so that mistakes show where they are made.

import type { TopologyPlan } from '#actors/topology/plan'
import { MillraceError } from '#protocols/core/errors'
import { compile } from '../plan/compile.ts'
import { Graph } from '../plan/graph.ts'
import { Stream } from './stream.ts'
import type { Topic } from './topic.ts'

/** What a manifest or `register` takes: something that hosts can run. */
export interface TopologyDefinition {
  readonly kind: 'topology'
  readonly name: string
  /** Things worth saying that do not stop anything. */
  readonly warnings: readonly string[]
  /** The plan under an application's name; internal topics carry it. */
  plan(application: string): TopologyPlan
}

export interface TopologyBuilder {
  /** The records of a topic. Reading the same topic twice answers the same source. */
  stream<K, V>(topic: Topic<K, V>): Stream<K, V>
}

/**
 * Defines a topology.
 * @param name names commit logs and state; keep it when the program changes
 * @throws MillraceError NAME_INVALID, NAME_TAKEN, TOPOLOGY_EMPTY
 */
export function topology(name: string, build: (t: TopologyBuilder) => void): TopologyDefinition {
  const graph = new Graph(name)
  const sources = new Map<string, number>()
  build({
    stream(topic) {
      let node = sources.get(topic.name)
      if (node === undefined) {
        // The graph holds topics of every type alike.
        const body = { kind: 'source', topics: [topic as Topic<unknown, unknown>] } as const
        node = graph.add('stream', topic.name, [], body)
        sources.set(topic.name, node)
      }
      return new Stream(graph, node, {
        key: topic.key as never,
        value: topic.value as never,
        isRekeyed: false,
      })
    },
  })
  if (sources.size === 0) {
    throw new MillraceError({
      code: 'TOPOLOGY_EMPTY',
      what: `topology '${name}' reads nothing`,
      hint: 'Begin with t.stream(topic(...))',
    })
  }
  return {
    kind: 'topology',
    name,
    warnings: graph.warnings,
    plan: (application) => compile(graph, application),
  }
}
