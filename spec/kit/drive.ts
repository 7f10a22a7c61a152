// Drives a sub-topology as a task does, one record at a time, with stores in memory and outputs in a
// list: for the laws of operators and of what runs them. No broker, no actor, no clock.
//
// What is written to a topic is encoded and decoded by the serdes of the output, as the way through a
// broker would.

import type { NodeContext, Output, Receive } from '#actors/topology/node'
import type { NodePlan, SourcePlan, SubtopologyPlan } from '#actors/topology/plan'
import { RunningTopology } from '#actors/topology/running-topology'
import { offset, wallTime } from '#protocols/core/brands'
import { BatchBuilder, BatchCursor, readBatch } from '#protocols/records/batch'
import { type Headers, NO_HEADERS } from '#protocols/records/record'
import type { Serde } from '#protocols/serdes/serde'
import { serde } from '#protocols/serdes/serdes'
import { decoded, encoded } from '#protocols/serdes/whole'
import { type AnyStore, openStore, storeOf } from '#stores/changelog/open-store'
import { memoryEngine } from '#stores/engine/memory'
import type { KeyValueStoreImpl } from '#stores/keyvalue/key-value-store'
import type { StoreSpec } from '#stores/store'

/** A record written to a topic. */
export interface Written {
  readonly topic: string
  readonly key: unknown
  readonly value: unknown
  readonly time: number
  readonly headers: Headers
  /** Key and value as the bytes that a broker would carry. */
  readonly raw: Driven
}

/** A record to drive; bytes as they are, null for none. */
export interface Driven {
  readonly key?: Uint8Array | null
  readonly value?: Uint8Array | null
  readonly time?: number
  readonly headers?: Headers
}

export class Drive {
  readonly topology: RunningTopology
  readonly written: Written[] = []
  readonly #engine = memoryEngine()
  readonly #stores = new Map<string, AnyStore>()
  #offset = 0

  constructor(plan: SubtopologyPlan) {
    for (const spec of plan.stores) {
      const table = this.#engine.table(spec.name)
      this.#stores.set(spec.name, openStore(spec, { table, cell: () => ({ value: -1 }) }))
    }
    this.topology = new RunningTopology(plan, {
      task: { topology: 'drive', subtopology: plan.name, partition: 0 },
      wallClock: () => wallTime(0),
      requestCommit: () => {},
      background: () => {
        throw new Error('a drive has no background: use the testkit')
      },
      store: (name) => this.any(name),
      global: (name) => ({ get: (key) => this.store(name).getTimestamped(key) }),
      output: (topic, key, value) => this.#output(topic, key, value),
      raw: (topic) => this.#output(topic, serde.bytes(), serde.bytes()),
    })
  }

  store(name: string): KeyValueStoreImpl<unknown, unknown> {
    return storeOf({ store: (it) => this.any(it) }, name, 'keyvalue')
  }

  /** A store of whatever kind. */
  any(name: string): AnyStore {
    const store = this.#stores.get(name)
    if (store === undefined) throw new Error(`the plan has no store '${name}'`)
    return store
  }

  /** Processes one record of a topic, at the next offset of partition 0. */
  bytes(topic: string, { key = null, value = null, time = 0, headers = [] }: Driven): void {
    const builder = new BatchBuilder()
    builder.add(key, value, time, headers)
    const cursor = new BatchCursor(readBatch(builder.finish()), offset(this.#offset++))
    cursor.next()
    this.topology.process(topic, 0, cursor)
  }

  #output<K, V>(topic: string, key: Serde<K>, value: Serde<V>): Output<K, V> {
    return {
      partitions: 1,
      emit: (k, v, time, headers) => {
        const raw = {
          key: k === null ? null : encoded(key, k),
          value: v === null ? null : encoded(value, v),
          time,
          headers,
        }
        this.written.push({
          topic,
          key: raw.key && decoded(key, raw.key),
          value: raw.value && decoded(value, raw.value),
          time,
          headers,
          raw,
        })
      },
    }
  }
}

/** What an operator handed to its children. */
export type Forwarded = readonly [key: unknown, value: unknown, time: number]

/** One operator between a source of JSON keys and values and a place that remembers. */
export class DriveOne extends Drive {
  readonly forwarded: Forwarded[]

  constructor(make: unknown, stores: readonly StoreSpec[] = []) {
    const forwarded: Forwarded[] = []
    super(alone(make, stores, forwarded))
    this.forwarded = forwarded
  }

  /** Null means there is none. */
  send(key: unknown, value: unknown, time = 0, headers: Headers = NO_HEADERS): void {
    const bytes = (it: unknown): Uint8Array | null =>
      it === null ? null : encoded(serde.json(), it)
    this.bytes('in', { key: bytes(key), value: bytes(value), time, headers })
  }

  /** What was forwarded since it was last taken. */
  take(): Forwarded[] {
    return this.forwarded.splice(0)
  }
}

export const IN: SourcePlan = {
  name: 'in',
  topic: 'in',
  key: serde.nullable(serde.json()) as Serde<unknown>, // null is an unknown as well
  value: serde.nullable(serde.json()) as Serde<unknown>,
  onInvalid: 'fail',
  children: [0],
}

export const node = (
  name: string,
  make: (context: NodeContext) => Receive,
  children: readonly number[] = [],
): NodePlan => ({ name, kind: name, make, stores: [], children })

function alone(make: unknown, stores: readonly StoreSpec[], into: Forwarded[]): SubtopologyPlan {
  const remember = (): Receive => (key, value, time) => into.push([key, value, time])
  // Operators are typed by what they take; a plan holds them all alike.
  const operator = make as (context: NodeContext) => Receive
  return {
    name: 'one',
    sources: [IN],
    nodes: [node('operator', operator, [1]), node('remember', remember)],
    stores,
  }
}
