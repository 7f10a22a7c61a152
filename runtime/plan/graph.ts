// The logical graph: what the DSL writes down, before it is cut into sub-topologies. Nodes are only
// ever added, parents first, so the list is in topological order. Names are structural (the parent's
// name and the verb) unless the user gives one: they stay when unrelated parts of a program change.

import type { NodeContext, Receive } from '#actors/topology/node'
import { MillraceError } from '#protocols/core/errors'
import type { Serde } from '#protocols/serdes/serde'
import type { StoreSpec } from '#stores/store'
import type { Topic } from '../dsl/topic.ts'

export type Make = (context: NodeContext) => Receive

export interface GraphNode {
  readonly id: number
  readonly name: string
  readonly verb: string
  readonly parents: readonly number[]
  readonly body: NodeBody
}

export type NodeBody =
  | SourceBody
  | OperatorBody
  | { readonly kind: 'sink'; readonly topic: Topic<unknown, unknown> }
  | RepartitionBody

export interface SourceBody {
  readonly kind: 'source'
  /** One source may read several topics of the same types. */
  readonly topics: readonly Topic<unknown, unknown>[]
  /** Records may lack a key, or a value, whatever the topic's type says: tombstones of tables. */
  readonly allowsNulls?: boolean | undefined
}

export interface OperatorBody {
  readonly kind: 'operator'
  readonly make: Make
  /** Stores it brings along. */
  readonly stores?: readonly StoreSpec[] | undefined
  /** Stores that other nodes brought along; whoever shares a store shares a sub-topology. */
  readonly uses?: readonly string[] | undefined
  /** Writes to a topic that only the record says. */
  readonly isDynamicSink?: boolean | undefined
}

export interface RepartitionBody {
  readonly kind: 'repartition'
  readonly key: Serde<unknown>
  readonly value: Serde<unknown>
  /** Default: as many as the widest source above it. */
  readonly partitions?: number | undefined
  /** Records without a key go on, to any partition, instead of being dropped. */
  readonly keepsNullKeys?: boolean | undefined
}

export class Graph {
  readonly topology: string
  readonly nodes: GraphNode[] = []
  readonly warnings: string[] = []
  readonly #names = new Set<string>()
  readonly #stores = new Set<string>()

  constructor(topology: string) {
    this.topology = checkedName(topology, 'a topology')
  }

  /** The name a node will get: the user's, or parent and verb, numbered where siblings are alike. */
  nameFor(verb: string, parents: readonly number[], given: string | undefined): string {
    if (given !== undefined) {
      if (this.#names.has(given)) throw nameTaken(given, 'operator')
      return checkedName(given, 'an operator')
    }
    const [parent] = parents
    const base = parent === undefined ? verb : `${this.node(parent).name}.${verb}`
    let name = base
    for (let twin = 2; this.#names.has(name); twin++) name = `${base}-${twin}`
    return name
  }

  add(verb: string, name: string, parents: readonly number[], body: NodeBody): number {
    if (this.#names.has(name)) throw nameTaken(name, body.kind)
    this.#names.add(name)
    if (body.kind === 'operator')
      for (const { name: store } of body.stores ?? []) this.#claimStore(store)
    const id = this.nodes.length
    this.nodes.push({ id, name, verb, parents, body })
    return id
  }

  node(id: number): GraphNode {
    return this.nodes[id] as GraphNode // ids are handed out by `add`
  }

  #claimStore(name: string): void {
    if (this.#stores.has(name)) throw nameTaken(name, 'store')
    this.#stores.add(checkedName(name, 'a store'))
  }
}

export function checkedName(name: string, what: string): string {
  if (/^[a-zA-Z0-9._-]{1,120}$/.test(name)) return name
  throw new MillraceError({
    code: 'NAME_INVALID',
    what: `'${name}' cannot name ${what}`,
    hint: 'Names take a-z A-Z 0-9 . _ - and at most 120 characters',
  })
}

const nameTaken = (name: string, what: string): MillraceError =>
  new MillraceError({
    code: 'NAME_TAKEN',
    what: `there are two ${what}s named '${name}' in one topology`,
    hint:
      what === 'repartition'
        ? 'A group that is folded twice takes no name: each repartition is named after its store then'
        : 'Give one of them another name',
  })
