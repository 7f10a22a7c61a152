// Merges repartition topics: where several operators below one change of key need the records placed by
// the new key, one topic right below the change serves them all, and what stands between moves behind
// it. Only operators that change neither key nor value stand between: all see what they saw before.
//
// Source of the semantics: Kafka Streams' merge.repartition.topics, with two differences: a single
// repartition stays where it is, behind filters that make it smaller; and every operator that changes
// values keeps what follows it apart.

import { assert } from '#protocols/core/assert'
import { Graph, type GraphNode, type RepartitionBody } from './graph.ts'

/** A graph of the same results; the very same one where there is nothing to merge. */
export function mergedRepartitions(graph: Graph): Graph {
  const groups = new Map<number, GraphNode[]>()
  for (const node of graph.nodes) {
    const changer = changerOf(graph, node)
    if (changer !== null) groups.set(changer, [...(groups.get(changer) ?? []), node])
  }
  const merges = [...groups].filter(([, nodes]) => nodes.length > 1)
  if (merges.length === 0) return graph
  return rewritten(graph, new Map(merges))
}

/** The change of key right above a repartition, with nothing but filters and their like between. */
function changerOf(graph: Graph, node: GraphNode): number | null {
  if (node.body.kind !== 'repartition' || node.body.isMergeable !== true) return null
  for (const at of pathUp(graph, node)) {
    const { body, parents } = graph.node(at)
    if (body.kind !== 'operator' || body.changes === 'value') return null
    // A merge of streams with changed keys stands for all of them.
    if (body.changes === 'key' || parents.length > 1) return at
  }
  return null
}

function* pathUp(graph: Graph, node: GraphNode): Generator<number> {
  let [parent] = node.parents
  while (parent !== undefined) {
    yield parent
    parent = graph.node(parent).parents[0]
  }
}

function rewritten(graph: Graph, merges: ReadonlyMap<number, readonly GraphNode[]>): Graph {
  const gone = new Map(
    [...merges].flatMap(([changer, nodes]) => nodes.map((it) => [it.id, changer])),
  )
  const moved = new Map<number, number>()
  for (const [changer, nodes] of merges) {
    for (const node of nodes) {
      const path = [node.id, ...pathUp(graph, node)]
      const top = path[path.indexOf(changer) - 1]
      if (top !== undefined && !gone.has(top)) moved.set(top, changer)
    }
  }
  const result = new Graph(graph.topology)
  result.warnings.push(...graph.warnings)
  result.globals.push(...graph.globals)
  const ids = new Map<number, number>()
  const topics = new Map<number, number>()
  /** Where a node's records come from now: a repartition that is gone gives what it was given. */
  const parentOf = (node: GraphNode, parent: number): number => {
    const topic = moved.get(node.id)
    if (topic === parent) return known(topics, parent)
    const changer = gone.get(parent)
    if (changer === undefined) return known(ids, parent)
    const [above] = graph.node(parent).parents
    return above === changer || above === undefined
      ? known(topics, changer)
      : parentOf(graph.node(parent), above)
  }
  for (const node of graph.nodes) {
    if (gone.has(node.id)) continue
    const parents = node.parents.map((parent) => parentOf(node, parent))
    ids.set(node.id, result.add(node.verb, node.name, parents, node.body))
    const nodes = merges.get(node.id)
    const [first] = nodes ?? []
    if (nodes === undefined || first === undefined) continue
    const body = oneFor(graph, node.id, nodes)
    topics.set(node.id, result.add('repartition', first.name, [known(ids, node.id)], body))
  }
  return result
}

/** One topic for all: with the values, as soon as anybody reads them. */
function oneFor(graph: Graph, changer: number, nodes: readonly GraphNode[]): RepartitionBody {
  const bodies = nodes.map(({ body }) => body).filter((body) => body.kind === 'repartition')
  const [first] = bodies
  assert(first !== undefined, 'a merge has members')
  const isDirect = nodes.every(({ parents }) => graph.node(changer).id === parents[0])
  const isValueUnread = isDirect && bodies.every((body) => body.isValueUnread === true)
  const keepsNullKeys = bodies.some((body) => body.keepsNullKeys === true)
  return { ...first, isValueUnread, keepsNullKeys }
}

function known(ids: ReadonlyMap<number, number>, id: number): number {
  const found = ids.get(id)
  assert(found !== undefined, 'parents come before their children')
  return found
}
