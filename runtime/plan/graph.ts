// The logical graph: what the DSL writes down, before it is cut into sub-topologies. Nodes are only
// ever added, parents first, so the list is in topological order. Names are structural (the parent's
// name and the verb) unless the user gives one: they stay when unrelated parts of a program change.

import type { Partitioner } from '#actors/operators/sink'
import type { NodeContext, Receive } from '#actors/topology/node'
import { assert } from '#protocols/core/assert'
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

export type NodeBody = SourceBody | OperatorBody | SinkBody | RepartitionBody

export interface SourceBody {
  readonly kind: 'source'
  /** One source may read several topics of the same types. */
  readonly topics: readonly Topic<unknown, unknown>[]
  /** Records may lack a key, or a value, whatever the topic's type says: tombstones of tables. */
  readonly allowsNulls?: boolean | undefined
}

export interface SinkBody {
  readonly kind: 'sink'
  readonly topic: Topic<unknown, unknown>
  readonly partitioner?: Partitioner<unknown, unknown> | undefined
  /** The topic is the mailbox of a keyed actor. */
  readonly isMail?: boolean | undefined
}

export interface OperatorBody {
  readonly kind: 'operator'
  readonly make: Make
  /** Stores it brings along. */
  readonly stores?: readonly StoreSpec[] | undefined
  /** Stores that other nodes brought along; whoever shares a store shares a sub-topology. */
  readonly uses?: readonly string[] | undefined
  /** Writes to topics that only the record says; those that were declared. */
  readonly dynamicTopics?: readonly Topic<unknown, unknown>[] | undefined
  /** What it does to records; the planner moves operators that change neither behind a repartition. */
  readonly changes?: 'key' | 'value' | undefined
  /** Stores of global tables that it looks up. */
  readonly globals?: readonly string[] | undefined
  /** It has a use for records without a key: repartition topics above it keep them. */
  readonly takesNullKeys?: boolean | undefined
  /** Its rows are windows, which close so long after their end, ms. */
  readonly closesAfterMs?: number | undefined
}

export interface RepartitionBody {
  readonly kind: 'repartition'
  readonly key: Serde<unknown>
  readonly value: Serde<unknown>
  /** Default: as many as the widest source above it. */
  readonly partitions?: number | undefined
  /** Records without a key go on, to any partition, instead of being dropped. */
  readonly keepsNullKeys?: boolean | undefined
  /** Nobody below reads the values: they need not travel. */
  readonly isValueUnread?: boolean | undefined
  /** The planner put it there, and may put one in place of several; otherwise the user did. */
  readonly isMergeable?: boolean | undefined
  /** Says where records go. Default: by the bytes of their keys. */
  readonly partitioner?: Partitioner<unknown, unknown> | undefined
  /** It has as many partitions as the tasks that read it, for other reasons: a way there, or back. */
  readonly isReadersWidth?: boolean | undefined
}

/** A topic that is kept in full wherever it is used. */
export interface GlobalBody {
  readonly store: StoreSpec
  readonly topic: Topic<unknown, unknown>
}

export class Graph {
  readonly topology: string
  /** Repartition topics may be merged, self-joins share a store. */
  readonly isOptimized: boolean
  readonly nodes: GraphNode[] = []
  readonly warnings: string[] = []
  readonly globals: GlobalBody[] = []
  readonly #names = new Set<string>()
  readonly #stores = new Set<string>()

  constructor(topology: string, isOptimized = true) {
    this.isOptimized = isOptimized
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

  addGlobal(body: GlobalBody): void {
    this.#claimStore(body.store.name)
    this.globals.push(body)
  }

  /** Gives an operator a store that it turned out to need. */
  bring(id: number, store: StoreSpec): void {
    const node = this.node(id)
    const { body } = node
    assert(body.kind === 'operator', 'only operators have stores')
    this.#claimStore(store.name)
    this.nodes[id] = { ...node, body: { ...body, stores: [...(body.stores ?? []), store] } }
  }

  /** Somebody reads the values below a node after all: a repartition topic there carries them. */
  readValues(id: number): void {
    const node = this.node(id)
    const { body } = node
    if (body.kind !== 'repartition') return
    this.nodes[id] = { ...node, body: { ...body, isValueUnread: false } }
  }

  /**
   * The repartition node of a name below a parent; asking for it again answers the same one.
   * @throws MillraceError NAME_TAKEN when the name belongs below another parent
   */
  repartition(parent: number, name: string, body: Omit<RepartitionBody, 'kind'>): number {
    const found = this.nodes.find((node) => node.name === name && node.body.kind === 'repartition')
    if (found?.parents[0] === parent) {
      if (found.body.kind === 'repartition' && body.isValueUnread !== true) {
        this.nodes[found.id] = { ...found, body: { ...found.body, isValueUnread: false } }
      }
      return found.id
    }
    return this.add('repartition', name, [parent], { kind: 'repartition', ...body })
  }

  /** A store that some node brings along. */
  storeNamed(name: string): StoreSpec | undefined {
    for (const { body } of this.nodes) {
      const stores = body.kind === 'operator' ? (body.stores ?? []) : []
      const found = stores.find((store) => store.name === name)
      if (found !== undefined) return found
    }
    return undefined
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
