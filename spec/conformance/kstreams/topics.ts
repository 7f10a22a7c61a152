// The topics and stores of a request, each defined once.

import { type StoreDefinition, type Topic, type TopologyBuilder, topic } from 'millrace'
import type { Any } from './built.ts'
import { called } from './functions.ts'
import type { Op } from './request.ts'
import { absentable, serdeOf } from './serdes.ts'

export class Topics {
  readonly #inputs = new Map<string, Topic<Any, Any>>()
  readonly #outputs = new Map<string, Topic<Any, Any>>()

  /** A topic that records can be sent to. */
  input(name: string): Topic<Any, Any> | undefined {
    return this.#inputs.get(name) ?? this.#outputs.get(name)
  }

  outputs(): Iterable<Topic<Any, Any>> {
    return this.#outputs.values()
  }

  sources(op: Op): Topic<Any, Any> | Topic<Any, Any>[] {
    const names = op.topics ?? op.inputTopics ?? []
    const [only] = names
    if (names.length === 1 && only !== undefined) return this.source(only, op)
    return names.map((name) => this.source(name, op))
  }

  source(name: string, op: Op): Topic<Any, Any> {
    const known = this.#inputs.get(name)
    if (known !== undefined) return known
    const time = op.timestampExtractor && called(op.timestampExtractor)
    const declared = topic<Any, Any>(name, {
      key: absentable(op.key),
      value: absentable(op.value),
      timestamp:
        time &&
        ((record, partitionTime) => Number(time({ ...record, ts: record.time }, partitionTime))),
    })
    this.#inputs.set(name, declared)
    return declared
  }

  sink(name: string, op: Op): Topic<Any, Any> {
    const known = this.#outputs.get(name)
    if (known !== undefined) return known
    const declared = topic<Any, Any>(name, { key: absentable(op.key), value: absentable(op.value) })
    this.#outputs.set(name, declared)
    return declared
  }
}

export class Stores {
  readonly #stores = new Map<string, StoreDefinition<unknown>>()

  define(t: TopologyBuilder, op: Op): void {
    this.#stores.set(op.name ?? '', defined(t, op))
  }

  of({ stores = [] }: Op): StoreDefinition<unknown>[] {
    return stores.map((name) => {
      const found = this.#stores.get(name)
      if (found === undefined) throw new Error(`no store '${name}'`)
      return found
    })
  }
}

function defined(t: TopologyBuilder, op: Op): StoreDefinition<unknown> {
  const common = {
    ...{ name: op.name ?? '', key: serdeOf(op.key), value: serdeOf(op.value) },
    medium: op.inMemory === true ? 'memory' : 'lmdb',
  } as const
  const retentionMs = op.retentionMs ?? Number.MAX_SAFE_INTEGER
  switch (op.kind) {
    case 'window': {
      const { windowSizeMs = 1, retainDuplicates } = op
      return t.store({ ...common, kind: 'window', windowSizeMs, retentionMs, retainDuplicates })
    }
    case 'session':
      return t.store({ ...common, kind: 'session', retentionMs })
    case 'versioned': {
      const { historyRetentionMs = Number.MAX_SAFE_INTEGER } = op
      return t.store({ ...common, kind: 'versioned', historyRetentionMs })
    }
    default:
      return t.store({ ...common, kind: op.kind === 'kv' ? 'keyvalue' : 'timestamped' })
  }
}
