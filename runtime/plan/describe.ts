// A plan for people and tools: as text in the manner of Kafka Streams' description, which visualisers
// read; as JSON; and as graphs for Graphviz (DOT) and for Mermaid. Names are those of the plan, with
// topics in full.

import type { NodePlan, SubtopologyPlan, TopologyPlan } from '#actors/topology/plan'

export type DescriptionFormat = 'text' | 'json' | 'dot' | 'mermaid'

export interface PlanDescription {
  readonly name: string
  readonly subtopologies: readonly SubtopologyDescription[]
  /** How many tasks each sub-topology has, where that is known. */
  readonly tasks?: Readonly<Record<string, number>>
}

export interface SubtopologyDescription {
  readonly name: string
  readonly nodes: readonly NodeDescription[]
  readonly stores: readonly { readonly name: string; readonly kind: string }[]
  readonly globals: readonly { readonly store: string; readonly topic: string }[]
}

export interface NodeDescription {
  readonly name: string
  /** The verb: `source`, `mapValues`, `count`, `to`, `repartition` ... */
  readonly kind: string
  /** What a source reads, or a sink writes. */
  readonly topics: readonly string[]
  readonly stores: readonly string[]
  /** Names of the nodes after it. */
  readonly to: readonly string[]
}

export function describePlan(plan: TopologyPlan): PlanDescription {
  return { name: plan.name, subtopologies: plan.subtopologies.map(describePart) }
}

export const shownPlan = (plan: TopologyPlan, format: DescriptionFormat): string =>
  shownDescription(describePlan(plan), format)

export function shownDescription(description: PlanDescription, format: DescriptionFormat): string {
  switch (format) {
    case 'json':
      return JSON.stringify(description, null, 2)
    case 'dot':
      return asDot(description)
    case 'mermaid':
      return asMermaid(description)
    case 'text':
      return asText(description)
  }
}

function describePart({
  name,
  sources,
  nodes,
  stores,
  globals = [],
}: SubtopologyPlan): SubtopologyDescription {
  const after = (children: readonly number[]): string[] =>
    children.flatMap((child) => nodes[child]?.name ?? [])
  const read = new Map<string, NodeDescription>()
  for (const source of sources) {
    const topics = [...(read.get(source.name)?.topics ?? []), source.topic]
    const node = { name: source.name, kind: 'source', topics, stores: [] }
    read.set(source.name, { ...node, to: after(source.children) })
  }
  const operator = (node: NodePlan): NodeDescription => ({
    name: node.name,
    kind: node.kind,
    topics: node.topic === undefined ? [] : [node.topic],
    stores: node.stores,
    to: after(node.children),
  })
  return {
    name,
    nodes: [...read.values(), ...nodes.map(operator)],
    stores: stores.map((store) => ({ name: store.name, kind: store.kind })),
    globals: globals.map(({ store, topic }) => ({ store: store.name, topic })),
  }
}

function asText({ name, subtopologies, tasks = {} }: PlanDescription): string {
  const lines = [`Topology: ${name}`]
  for (const part of subtopologies) {
    const count = tasks[part.name]
    lines.push(`  Sub-topology: ${part.name}${count === undefined ? '' : ` (tasks: ${count})`}`)
    for (const node of part.nodes) lines.push(...nodeLines(part, node))
    for (const { store, topic } of part.globals) {
      lines.push(`    Global: ${store} (topic: ${topic})`)
    }
  }
  return `${lines.join('\n')}\n`
}

function nodeLines({ nodes }: SubtopologyDescription, node: NodeDescription): string[] {
  const before = nodes.filter(({ to }) => to.includes(node.name)).map((it) => it.name)
  const topics = node.topics.length === 0 ? '' : ` (topics: ${node.topics.join(', ')})`
  const stores = node.stores.length === 0 ? '' : ` (stores: ${node.stores.join(', ')})`
  const arrow = (sign: string, names: readonly string[]): string[] =>
    names.length === 0 ? [] : [`      ${sign} ${names.join(', ')}`]
  return [
    `    ${node.kind}: ${node.name}${topics}${stores}`,
    ...arrow('-->', node.to),
    ...arrow('<--', before),
  ]
}

/** Where records go: between nodes, to and from topics, and which nodes use which stores. */
function* arrows({ subtopologies }: PlanDescription): Generator<Arrow> {
  for (const { name: part, nodes, globals } of subtopologies) {
    for (const { name, kind, topics, stores, to } of nodes) {
      const node = `${part}/${name}`
      for (const topic of topics) {
        yield kind === 'source' ? [`topic ${topic}`, node] : [node, `topic ${topic}`]
      }
      for (const child of to) yield [node, `${part}/${child}`]
      for (const store of stores) yield [node, `store ${store}`]
    }
    for (const { store, topic } of globals) yield [`topic ${topic}`, `store ${store}`]
  }
}

type Arrow = readonly [from: string, to: string]

function asDot(description: PlanDescription): string {
  const lines = [`digraph ${quoted(description.name)} {`, '  rankdir=LR']
  for (const { name, nodes } of description.subtopologies) {
    lines.push(`  subgraph ${quoted(`cluster ${name}`)} {`, `    label=${quoted(name)}`)
    for (const node of nodes) {
      lines.push(`    ${quoted(`${name}/${node.name}`)} [label=${quoted(node.name)}]`)
    }
    lines.push('  }')
  }
  const ends = new Set([...arrows(description)].flat())
  for (const end of ends) {
    const [, kind, label] = /^(topic|store) (.*)$/.exec(end) ?? []
    const shape = kind === 'topic' ? 'cds' : 'cylinder'
    if (label !== undefined) lines.push(`  ${quoted(end)} [label=${quoted(label)}, shape=${shape}]`)
  }
  for (const [from, to] of arrows(description)) lines.push(`  ${quoted(from)} -> ${quoted(to)}`)
  return `${lines.join('\n')}\n}\n`
}

function asMermaid(description: PlanDescription): string {
  const ids = new Map<string, string>()
  const id = (end: string): string => {
    const known = ids.get(end) ?? `n${ids.size}`
    ids.set(end, known)
    return known
  }
  const lines = ['flowchart LR']
  for (const { name, nodes } of description.subtopologies) {
    lines.push(`  subgraph ${id(`part ${name}`)} [${quoted(name)}]`)
    for (const node of nodes) lines.push(`    ${id(`${name}/${node.name}`)}[${quoted(node.name)}]`)
    lines.push('  end')
  }
  const ends = new Set([...arrows(description)].flat())
  for (const end of ends) {
    const [, kind, label] = /^(topic|store) (.*)$/.exec(end) ?? []
    if (label === undefined) continue
    const shape = kind === 'topic' ? `>${quoted(label)}]` : `[(${quoted(label)})]`
    lines.push(`  ${id(end)}${shape}`)
  }
  for (const [from, to] of arrows(description)) lines.push(`  ${id(from)} --> ${id(to)}`)
  return `${lines.join('\n')}\n`
}

/** Names take no quotes, so nothing needs escaping. */
const quoted = (name: string): string => `"${name}"`
