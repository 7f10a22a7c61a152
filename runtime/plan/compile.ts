// compile: from the logical graph to the plan. The graph is cut at repartition nodes: each becomes a
// sink in one sub-topology and a source in another; what still hangs together is a sub-topology.
//
// Names: a sub-topology is called after its first store, else after its first topic; internal topics
// are `<application>.<topology>.<name>`. All of them stay when unrelated parts of a program change.

import { mail } from '#actors/operators/mail'
import { repartition, sink } from '#actors/operators/sink'
import type {
  GlobalPlan,
  NodePlan,
  PlannedTopic,
  SourcePlan,
  SubtopologyPlan,
  TopologyPlan,
} from '#actors/topology/plan'
import type { RecordPolicy } from '#actors/topology/record-policy'
import type { Serde } from '#protocols/serdes/serde'
import { serde } from '#protocols/serdes/serdes'
import type { StoreSpec } from '#stores/store'
import { letterTopics, type OnFailure, recordPolicy } from '../dsl/on-failure.ts'
import type { Topic } from '../dsl/topic.ts'
import type { GlobalBody, Graph, GraphNode, Make, RepartitionBody } from './graph.ts'

export interface PlanOptions {
  /** Of what fails in its operators; default: the task. */
  readonly onFailure?: OnFailure | undefined
  /** Default: never. */
  readonly idleAfterMs?: number | undefined
}

export function compile(
  graph: Graph,
  application: string,
  { onFailure, idleAfterMs }: PlanOptions = {},
): TopologyPlan {
  const components = cut(graph)
  const names = new Set<string>()
  const context: Context = {
    graph,
    application,
    onFailure: recordPolicy(onFailure, application),
    idleAfterMs,
    internal: (name) => internalName(graph, application, name),
  }
  const subtopologies = components.map((ids) => subtopology(context, ids, names))
  return {
    name: graph.topology,
    subtopologies,
    topics: topics(context, subtopologies),
    globals: graph.globals.map((body) => globalPlan(context, body)),
  }
}

interface Context {
  readonly graph: Graph
  readonly application: string
  readonly onFailure: RecordPolicy
  readonly idleAfterMs: number | undefined
  internal(name: string): string
}

const internalName = (graph: Graph, application: string, name: string): string =>
  `${application}.${graph.topology}.${name}`

/** Connected components after cutting below every repartition node, in the order of the flow. */
function cut({ nodes }: Graph): number[][] {
  const group = nodes.map((_, id) => id)
  const find = (id: number): number => {
    let root = id
    while (group[root] !== root) root = group[root] as number // group holds ids
    return root
  }
  for (const node of nodes) {
    for (const parent of node.parents) {
      // What follows a repartition node belongs to the sub-topology that reads its topic.
      if (nodes[parent]?.body.kind !== 'repartition') group[find(node.id)] = find(parent)
    }
  }
  // Whoever shares a store shares the task that has it.
  const owners = new Map(nodes.flatMap((node) => storesOf(node).map(({ name }) => [name, node.id])))
  for (const { id, body } of nodes) {
    for (const store of body.kind === 'operator' ? (body.uses ?? []) : []) {
      const owner = owners.get(store)
      if (owner !== undefined) group[find(id)] = find(owner)
    }
  }
  // Two consumers of one repartition node share its source, and so a sub-topology.
  for (const node of nodes.filter((it) => it.body.kind === 'repartition')) {
    const [first, ...others] = nodes.filter((it) => it.parents.includes(node.id))
    for (const other of others) if (first) group[find(other.id)] = find(first.id)
  }
  const components = new Map<number, number[]>()
  for (const { id } of nodes) {
    const root = find(id)
    components.set(root, [...(components.get(root) ?? []), id])
  }
  return [...components.values()]
}

function subtopology(context: Context, ids: number[], names: Set<string>): SubtopologyPlan {
  const { graph } = context
  const members = ids.map((id) => graph.node(id))
  const inside = members.filter((node) => node.body.kind !== 'source')
  const index = new Map(inside.map((node, at) => [node.id, at]))
  const childrenOf = (id: number): number[] =>
    inside.filter((it) => it.parents.includes(id)).map((it) => index.get(it.id) as number) // inside

  const sources: SourcePlan[] = []
  for (const node of members) {
    if (node.body.kind !== 'source') continue
    const { topics: read, allowsNulls } = node.body
    for (const topic of read) {
      const known = named(topic, context)
      sources.push(userSource(context, node, known, allowsNulls === true, childrenOf(node.id)))
    }
  }
  for (const node of graph.nodes) {
    if (node.body.kind !== 'repartition' || !inside.some((it) => it.parents.includes(node.id)))
      continue
    sources.push(internalSource(context, node, childrenOf(node.id)))
  }
  const stores = inside.flatMap((node) => storesOf(node))
  return {
    name: uniqueName(names, stores[0]?.name ?? graph.nodes[ids[0] as number]?.name ?? 'main'),
    sources,
    nodes: inside.map((node) => nodePlan(context, node, childrenOf(node.id))),
    stores,
    onFailure: context.onFailure,
    idleAfterMs: context.idleAfterMs,
    globals: globalsOf(context, members),
  }
}

function globalsOf(context: Context, members: GraphNode[]): GlobalPlan[] {
  const used = members.flatMap(({ body }) => (body.kind === 'operator' ? (body.globals ?? []) : []))
  return context.graph.globals
    .filter(({ store }) => used.includes(store.name))
    .map((body) => globalPlan(context, body))
}

const globalPlan = ({ application }: Context, { store, topic }: GlobalBody): GlobalPlan => ({
  ...{ store, topic: topic.name },
  onInvalid: recordPolicy(topic.options.onInvalid, application),
})

function nodePlan(context: Context, node: GraphNode, children: number[]): NodePlan {
  const { body } = node
  const uses = body.kind === 'operator' ? (body.uses ?? []) : []
  const stores = [...storesOf(node).map((store) => store.name), ...uses]
  const plain = { name: node.name, kind: node.verb, stores }
  if (body.kind === 'sink') {
    const topic = named(body.topic, context)
    const make = body.isMail === true ? mail(topic) : sink(sinkTarget(topic), body.partitioner)
    const { key, value } = sinkTarget(topic)
    const written = { topic: topic.name, serdes: { key, value } }
    return { ...plain, make: make as Make, ...written, children: [] }
  }
  if (body.kind === 'repartition') {
    const topic = context.internal(node.name)
    const target = { topic, key: keptNulls(context, node, body.key), value: bodyValue(body) }
    return { ...plain, make: repartition(target, body.partitioner) as Make, topic, children: [] }
  }
  // Sources are not nodes of a plan, so what is left is an operator.
  return { ...plain, make: (body as { make: Make }).make, children }
}

function userSource(
  { application }: Context,
  node: GraphNode,
  { name, key, value, options }: Topic<unknown, unknown>,
  allowsNulls: boolean,
  children: number[],
): SourcePlan {
  const onInvalid = recordPolicy(options.onInvalid, application)
  const serdes = allowsNulls ? { key: withNulls(key), value: withNulls(value) } : { key, value }
  // The topic's types are those of its records.
  const timestamp = options.timestamp as SourcePlan['timestamp']
  return { name: node.name, topic: name, ...serdes, onInvalid, timestamp, children }
}

function internalSource(context: Context, node: GraphNode, children: number[]): SourcePlan {
  const body = node.body as RepartitionBody // internal topics come of nothing else
  return {
    name: node.name,
    topic: context.internal(node.name),
    key: keptNulls(context, node, body.key),
    value: withNulls(bodyValue(body)),
    onInvalid: 'fail',
    children,
  }
}

/** What travels: nothing, where nobody reads it. */
const bodyValue = ({ value, isValueUnread }: RepartitionBody): Serde<unknown> =>
  isValueUnread === true ? serde.unit() : value

/** Keys may be missing where somebody downstream has a use for records without one. */
function keptNulls({ graph }: Context, node: GraphNode, key: Serde<unknown>): Serde<unknown> {
  if (takesNullKeys(graph, node)) return withNulls(key)
  return key.isNullable === true ? { ...key, isNullable: false } : key
}

function takesNullKeys(graph: Graph, { id, body }: GraphNode): boolean {
  if (body.kind === 'repartition' && body.keepsNullKeys === true) return true
  if (body.kind === 'operator' && body.takesNullKeys === true) return true
  return graph.nodes.some((it) => it.parents.includes(id) && takesNullKeys(graph, it))
}

function topics(context: Context, subtopologies: readonly SubtopologyPlan[]): PlannedTopic[] {
  const found = new Map<string, PlannedTopic>()
  const add = (topic: PlannedTopic): void => {
    if (!found.has(topic.name)) found.set(topic.name, topic)
  }
  for (const { body } of context.graph.nodes) {
    for (const topic of body.kind === 'source' ? body.topics : []) {
      add(userTopic('source', named(topic, context)))
      letterTopics(recordPolicy(topic.options.onInvalid, context.application)).forEach(add)
    }
    if (body.kind === 'sink') add(userTopic('sink', named(body.topic, context)))
    const dynamic = body.kind === 'operator' ? (body.dynamicTopics ?? []) : []
    for (const topic of dynamic) add(userTopic('sink', topic))
  }
  letterTopics(context.onFailure).forEach(add)
  for (const { topic } of context.graph.globals) add(userTopic('source', topic))
  for (const { name, nodes } of subtopologies) {
    for (const node of nodes) {
      if (node.kind !== 'repartition' || node.topic === undefined) continue
      const { partitions, isReadersWidth } = repartitionOf(context, node.name)
      add({
        ...{ name: node.topic, owner: 'internal', use: 'repartition' },
        ...{ declared: { partitions }, writtenBy: name, isReadersWidth },
      })
    }
  }
  return [...found.values()]
}

const repartitionOf = ({ graph }: Context, name: string): RepartitionBody =>
  // Names are unique, and those of repartition topics are theirs.
  graph.nodes.find((node) => node.name === name)?.body as RepartitionBody

/** Records may lack a key or a value wherever they are written: tombstones of tables. */
export const sinkTarget = ({ name, key, value }: Topic<unknown, unknown>) => ({
  topic: name,
  key: withNulls(key),
  value: withNulls(value),
})

function userTopic(
  use: 'source' | 'sink',
  { name, options, owner = 'user' }: Topic<unknown, unknown>,
): PlannedTopic {
  const { create, onInvalid: _, timestamp: __, ...declared } = options
  return { name, owner, use, declared, mustExist: create === false }
}

/** A topic under its full name, and its sink's target alike. */
function named(
  topic: Topic<unknown, unknown>,
  { application }: Pick<Context, 'application'>,
): Topic<unknown, unknown> & { readonly topic: string } {
  const name = topic.owner === 'internal' ? `${application}.${topic.name}` : topic.name
  return { ...topic, name, topic: name }
}

const storesOf = ({ body }: GraphNode): readonly StoreSpec[] =>
  body.kind === 'operator' ? (body.stores ?? []) : []

const withNulls = (inner: Serde<unknown>): Serde<unknown> =>
  inner.isNullable === true ? inner : (serde.nullable(inner) as Serde<unknown>)

function uniqueName(taken: Set<string>, wanted: string): string {
  let name = wanted
  for (let twin = 2; taken.has(name); twin++) name = `${wanted}-${twin}`
  taken.add(name)
  return name
}
