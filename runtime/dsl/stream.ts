// Stream: records, one after another, each on its own. Every method adds an operator and answers the
// stream after it; types follow without annotation. Functions about keys and values take (key, value);
// functions that keep the key take (value, key).
//
// Source of the semantics: Kafka Streams KStream. An operator that may change the key (`map`,
// `selectKey`, `groupBy`) marks the stream; the first operator downstream that depends on keys puts a
// repartition topic in between, and only then.

import { filter } from '#actors/operators/filter'
import { flatMapValues, map, mapValues, selectKey } from '#actors/operators/map'
import type { Serde } from '#protocols/serdes/serde'
import { asSerde } from '#protocols/serdes/serdes'
import type { Graph, Make } from '../plan/graph.ts'
import type { Fits } from './fits.ts'
import { GroupedStream } from './grouped-stream.ts'
import type { Topic, Typed } from './topic.ts'

export interface Named {
  /** Names the operator; default: a structural name. */
  readonly name?: string | undefined
}

/** What the key or value of a re-keyed stream is, where the program has not said so yet. */
export interface GroupOptions<K, V> extends Named {
  /** Default: JSON. */
  readonly key?: Typed<K> | undefined
  /** Default: what the stream was declared with while values are unchanged, else JSON. */
  readonly value?: Typed<V> | undefined
}

/** What is known of a stream's bytes: only what was declared and not changed since. */
export interface StreamFacts {
  readonly key: Serde<unknown> | null
  readonly value: Serde<unknown> | null
  /** The key may no longer be the one the partition was chosen by. */
  readonly isRekeyed: boolean
}

export class Stream<K, V> {
  readonly #graph: Graph
  readonly #node: number
  readonly #facts: StreamFacts

  constructor(graph: Graph, node: number, facts: StreamFacts) {
    this.#graph = graph
    this.#node = node
    this.#facts = facts
  }

  /** Keeps the records for which the predicate holds. */
  filter<W extends V>(predicate: (key: K, value: V) => value is W, options?: Named): Stream<K, W>
  filter(predicate: (key: K, value: V) => boolean, options?: Named): Stream<K, V>
  filter(predicate: (key: K, value: V) => boolean, options?: Named): Stream<K, V> {
    return this.#then('filter', options, filter(predicate), this.#facts)
  }

  /** Keeps the records for which the predicate does not hold. */
  filterNot(predicate: (key: K, value: V) => boolean, options?: Named): Stream<K, V> {
    const negated = (key: K, value: V): boolean => !predicate(key, value)
    return this.#then('filterNot', options, filter(negated), this.#facts)
  }

  /** One record for each record: a new key and a new value. */
  map<K2, V2>(mapper: (key: K, value: V) => readonly [K2, V2], options?: Named): Stream<K2, V2> {
    return this.#then('map', options, map(mapper), REKEYED)
  }

  /** A new value for each record. */
  mapValues<V2>(mapper: (value: V, key: K) => V2, options?: Named): Stream<K, V2> {
    return this.#then('mapValues', options, mapValues(mapper), { ...this.#facts, value: null })
  }

  /** Any number of records for each record, all with its key and time. */
  flatMapValues<V2>(mapper: (value: V, key: K) => Iterable<V2>, options?: Named): Stream<K, V2> {
    const facts = { ...this.#facts, value: null }
    return this.#then('flatMapValues', options, flatMapValues(mapper), facts)
  }

  /** A new key for each record. */
  selectKey<K2>(selector: (key: K, value: V) => K2, options?: Named): Stream<K2, V> {
    const facts = { key: null, value: this.#facts.value, isRekeyed: true }
    return this.#then('selectKey', options, selectKey(selector), facts)
  }

  /** Groups by the key the records have. Records without a key are dropped and counted. */
  groupByKey(options: GroupOptions<NonNullable<K>, V> = {}): GroupedStream<NonNullable<K>, V> {
    return this.#group(options, this.#facts)
  }

  /** Groups by a new key. Records whose new key is null are dropped and counted. */
  groupBy<K2>(
    selector: (key: K, value: V) => K2,
    options: GroupOptions<NonNullable<K2>, V> = {},
  ): GroupedStream<NonNullable<K2>, V> {
    const facts = { key: null, value: this.#facts.value, isRekeyed: true }
    const named = options.name === undefined ? undefined : { name: `${options.name}.key` }
    const rekeyed = this.#then<K2, V>('groupBy', named, selectKey(selector), facts)
    return rekeyed.#group(options, facts)
  }

  /** Writes every record to a topic, with its time and headers. */
  to<TK, TV>(
    topic: Topic<TK, TV> &
      Fits<
        K,
        TK,
        'the stream has keys of another type than the topic; use selectKey() or another key serde'
      > &
      Fits<
        V,
        TV,
        'the stream has values of another type than the topic; use mapValues() or another value serde'
      >,
    options?: Named,
  ): void {
    const name = this.#graph.nameFor('to', [this.#node], options?.name)
    // The conditional types above only ever narrow to the topic itself.
    const target = topic as Topic<unknown, unknown>
    this.#graph.add('to', name, [this.#node], { kind: 'sink', topic: target })
  }

  #group<G>(options: GroupOptions<G, V>, facts: StreamFacts): GroupedStream<G, V> {
    return new GroupedStream<G, V>(this.#graph, this.#node, {
      key: options.key === undefined ? facts.key : (asSerde(options.key) as Serde<unknown>),
      value: options.value === undefined ? facts.value : (asSerde(options.value) as Serde<unknown>),
      isRekeyed: facts.isRekeyed,
      name: options.name,
    })
  }

  #then<K2, V2>(
    verb: string,
    options: Named | undefined,
    make: unknown,
    facts: StreamFacts,
  ): Stream<K2, V2> {
    const name = this.#graph.nameFor(verb, [this.#node], options?.name)
    // Operators are typed by their method; the graph holds them all alike.
    const body = { kind: 'operator', make: make as Make } as const
    return new Stream(this.#graph, this.#graph.add(verb, name, [this.#node], body), facts)
  }
}

const REKEYED: StreamFacts = { key: null, value: null, isRekeyed: true }
