// Builds the topology of a request with the public DSL, operator by operator, in their order.

import type { TopologyBuilder } from 'millrace'
import {
  type Any,
  type AnyStream,
  type AnyTable,
  type Built,
  BuiltNodes,
  stream,
  table,
} from './built.ts'
import {
  afterCogroup,
  cogroup,
  fold,
  foldCogroup,
  foldSessions,
  foldTable,
  windowedBy,
} from './folds.ts'
import { called, predicate } from './functions.ts'
import { join } from './joins.ts'
import { materialized } from './options.ts'
import { kafkaContext, processor, valueProcessor } from './processors.ts'
import type { Fn, Op, Output, RequestConfig } from './request.ts'
import { serdeOf } from './serdes.ts'
import { shown } from './shown.ts'
import { Stores, Topics } from './topics.ts'

export class Building {
  readonly topics = new Topics()
  readonly #config: RequestConfig
  readonly #collect: (record: Omit<Output, 'at'>) => void
  readonly #nodes = new BuiltNodes()
  readonly #stores = new Stores()

  constructor(config: RequestConfig, collect: (record: Omit<Output, 'at'>) => void) {
    this.#config = config
    this.#collect = collect
  }

  build(t: TopologyBuilder, ops: readonly Op[]): void {
    for (const op of ops) {
      const built = this.#build(t, op)
      if (built !== null) this.#nodes.set(op.id, built)
    }
  }

  #build(t: TopologyBuilder, op: Op): Built | null {
    switch (op.op) {
      case 'stream':
        return stream(t.stream(this.topics.sources(op)))
      case 'table': {
        const options = materialized(op.store, this.#config)
        return table(t.table(this.topics.source(op.topic, op), options))
      }
      case 'globalTable': {
        const source = this.topics.source(op.topic, op)
        return { is: 'global', it: t.globalTable(source, { store: op.store?.name }) }
      }
      case 'stateStore':
        this.#stores.define(t, op)
        return null
      case 'join':
        return join(this.#nodes, op, this.#config)
      case 'cogroup':
        return cogroup(op, this.#nodes)
      default:
        return this.#after(op)
    }
  }

  #after(op: Op): Built | null {
    const from = this.#nodes.get(op.from)
    const config = this.#config
    switch (from.is) {
      case 'stream':
        return this.#afterStream(op, from.it)
      case 'table':
        return this.#afterTable(op, from.it)
      case 'grouped':
        return op.op === 'windowedBy' ? windowedBy(op, from.it) : fold(op, from.it, config)
      case 'grouped-table':
        return foldTable(op, from.it, config)
      case 'windowed':
        return fold(op, from.it, config)
      case 'sessions':
        return foldSessions(op, from.it, config)
      case 'cogrouped':
        return afterCogroup(op, from.it, config)
      case 'cogrouped-windows':
        return foldCogroup(op, from.it, config)
      default:
        throw new Error(`no '${op.op}' after a ${from.is}`)
    }
  }

  #afterStream(op: Op, it: AnyStream): Built | null {
    const named = { name: op.name }
    switch (op.op) {
      case 'filter':
        return stream(it.filter(predicate(op.fn), named))
      case 'filterNot':
        return stream(it.filterNot(predicate(op.fn), named))
      case 'map':
        return stream(it.map(called(op.fn) as () => [Any, Any], named))
      case 'flatMap':
        return stream(it.flatMap(called(op.fn) as () => [Any, Any][], named))
      case 'mapValues':
        return stream(it.mapValues(valued(op.fn), named))
      case 'flatMapValues':
        return stream(it.flatMapValues(valued(op.fn) as () => Any[], named))
      case 'selectKey':
        return stream(it.selectKey(called(op.fn), named))
      case 'peek':
        return stream(it.peek((key, value) => this.#see(op, key, value), named))
      case 'merge':
        return stream(it.merge(this.#nodes.stream(op.with), named))
      case 'repartition':
        return stream(it.repartition({ ...named, key: serdeOf(op.key), value: serdeOf(op.value) }))
      case 'process':
        return stream(it.process({ ...named, ...processor(op.fn, this.#stores.of(op)) }))
      case 'processValues':
        return stream(it.processValues({ ...named, ...valueProcessor(op.fn, this.#stores.of(op)) }))
      case 'groupByKey':
        return { is: 'grouped', it: it.groupByKey({ ...named, ...typed(op) }) }
      case 'groupBy':
        return { is: 'grouped', it: it.groupBy(called(op.fn), { ...named, ...typed(op) }) }
      case 'toTable':
        return table(
          it.toTable({ ...named, ...materialized(op.store, this.#config), ...typed(op) }),
        )
      default:
        this.#end(op, it)
        return null
    }
  }

  #end(op: Op, it: AnyStream): void {
    switch (op.op) {
      case 'foreach':
        return it.forEach((...[key, value]) => void this.#see(op, key, value), { name: op.name })
      case 'split':
        return this.#split(op, it)
      case 'collect':
        return this.#collectFrom(it, op.as)
      case 'to': {
        const { name } = op
        if (op.topicExtractor === undefined) return it.to(this.topics.sink(op.topic, op), { name })
        const topics = op.topics.map((topic) => this.topics.sink(topic, op))
        return it.to(called(op.topicExtractor) as () => never, { name, topics })
      }
      default:
        throw new Error(`no '${op.op}' after a stream`)
    }
  }

  #afterTable(op: Op, it: AnyTable): Built | null {
    const options = { name: op.name, ...materialized(op.store, this.#config) }
    switch (op.op) {
      case 'filter':
        return table(it.filter(predicate(op.fn), options))
      case 'filterNot':
        return table(it.filterNot(predicate(op.fn), options))
      case 'mapValues':
        return table(it.mapValues(valued(op.fn), options))
      case 'transformValuesTable': {
        // What it answers is a function, by the language of the requests.
        const make = called(op.fn) as (context: object) => (key: Any, value: Any | null) => Any
        const stores = this.#stores.of(op)
        const transform = { ...options, stores }
        return table(it.transformValues((with_) => make(kafkaContext(with_, stores)), transform))
      }
      case 'toStream': {
        const records = it.toStream({ name: op.name })
        return stream(op.fn === undefined ? records : records.selectKey(called(op.fn)))
      }
      case 'groupBy': {
        const mapper = called(op.fn) as () => [Any, Any] | null
        return { is: 'grouped-table', it: it.groupBy(mapper, { name: op.name, ...typed(op) }) }
      }
      case 'suppress':
        return table(suppressed(op, it))
      default:
        this.#end(op, it.toStream() as AnyStream)
        return null
    }
  }

  #split(op: Op, it: AnyStream): void {
    const branches = op.branches.map(({ id, predicate: fn }) => [id, predicate(fn)] as const)
    const options = { name: op.name, default: op.default }
    const streams = it.split(Object.fromEntries(branches), options)
    for (const [id, branch] of Object.entries(streams)) this.#nodes.set(id, stream(branch))
  }

  /** Those who only look are told no time. */
  #see(op: Op, key: Any, value: Any): void {
    this.#collect({ topic: op.collectAs, key: shown(key), value: shown(value) })
  }

  #collectFrom(it: AnyStream, topic: string): void {
    it.process({
      make: () => ({
        process: ({ key, value, time, headers }) => {
          const hex = headers.map(([name, bytes]) => {
            return [name, Buffer.from(bytes).toString('hex')] as const
          })
          this.#collect({ topic, key: shown(key), value: shown(value), ts: time, headers: hex })
        },
      }),
    })
  }
}

function suppressed(op: Op, it: AnyTable): unknown {
  const { whenFull = 'unbounded', ...bounds } = op.buffer ?? {}
  const full = whenFull === 'emitEarly' ? 'emit-early' : 'shut-down'
  const until = op.until === 'windowCloses' ? 'window-closes' : (op.timeLimitMs ?? 0)
  const options = { ...bounds, name: op.name, whenFull: full } as const
  // Windowed or not is known when it is built only.
  return it.suppress({ until: until as number }, options)
}

const typed = (op: Op) => ({
  key: op.key === undefined ? undefined : serdeOf(op.key),
  value: op.value === undefined ? undefined : serdeOf(op.value),
})

/** Functions of values are given the key first in requests. */
function valued(fn: Fn): (value: Any, key: Any) => Any {
  const call = called(fn)
  return (value, key) => call(key, value)
}
