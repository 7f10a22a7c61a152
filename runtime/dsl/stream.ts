// Stream: records, one after another, each on its own. Every method adds an operator and answers the
// stream after it; types follow without annotation. Functions about keys and values take (key, value);
// functions that keep the key take (value, key).
//
// Source of the semantics: Kafka Streams KStream. An operator that may change the key (`map`,
// `selectKey`, `groupBy`) marks the stream; the first operator downstream that depends on keys puts a
// repartition topic in between, and only then.

import { stdout } from 'node:process'
import { branch, pass } from '#actors/operators/branch'
import { filter } from '#actors/operators/filter'
import { flatMap, flatMapValues, map, mapValues, selectKey } from '#actors/operators/map'
import { forEach, type Look, peek } from '#actors/operators/peek'
import { process, processValues } from '#actors/operators/process'
import type { Serde } from '#protocols/serdes/serde'
import { serde } from '#protocols/serdes/serdes'
import type { Graph, Make, OperatorBody } from '../plan/graph.ts'
import { emittedBy, type Heard, type Told, tellActor } from './actor-streams.ts'
import { filledTable } from './computed-table.ts'
import type { Fits } from './fits.ts'
import { GlobalTable } from './global-table.ts'
import { GroupedStream } from './grouped-stream.ts'
import type { JoinKind, StreamJoinOptions, StreamTableJoinOptions } from './join-options.ts'
import { joinStreams } from './join-streams.ts'
import { joinGlobal, joinTable } from './join-table.ts'
import { type AsyncMapper, type MapAsyncOptions, mappedAsync } from './map-async.ts'
import type { Materialized } from './materialized.ts'
import { connect, type Process, type ProcessValues, storeNames } from './processor.ts'
import { repartitioned } from './repartition.ts'
import { Table } from './table.ts'
import { sinkBody, type ToOneOf, type ToOptions, type TopicOf } from './to.ts'
import { declaredOr, type Topic, type Typed } from './topic.ts'

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

export interface RepartitionOptions<K, V> extends GroupOptions<K, V> {
  /** Default: as many as the widest source above it. */
  readonly partitions?: number | undefined
}

export interface TableOptions<K, V> extends Materialized<V> {
  /** What the keys are; default: as the stream was declared, else JSON. */
  readonly key?: Typed<K> | undefined
}

export interface PrintOptions extends Named {
  /** Put in front of every line. */
  readonly label?: string | undefined
  readonly write?: ((line: string) => void) | undefined
}

export interface StreamParts {
  readonly graph: Graph
  readonly node: number
  readonly facts: StreamFacts
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

  /** For builders: where a stream is in the graph, and what is known of it. */
  static partsOf<K, V>(stream: Stream<K, V>): StreamParts {
    return { graph: stream.#graph, node: stream.#node, facts: stream.#facts }
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
    return this.#then('map', options, map(mapper), REKEYED, 'key')
  }

  /** Any number of records for each record, all with its time. */
  flatMap<K2, V2>(
    mapper: (key: K, value: V) => Iterable<readonly [K2, V2]>,
    options?: Named,
  ): Stream<K2, V2> {
    return this.#then('flatMap', options, flatMap(mapper), REKEYED, 'key')
  }

  /** A new value for each record. */
  mapValues<V2>(mapper: (value: V, key: K) => V2, options?: Named): Stream<K, V2> {
    const facts = { ...this.#facts, value: null }
    return this.#then('mapValues', options, mapValues(mapper), facts, 'value')
  }

  /**
   * A new value for each record, from a function that takes time: a call to another system. The record
   * waits in a store until the call is answered; meanwhile others go on, but those of one key keep
   * their order. Attempts have a time-out and may be repeated.
   *
   * The call is made at least once: again for records that were waiting when a task stopped or a host
   * crashed, so make it idempotent. What comes out follows the guarantee of the task: exactly once by
   * default. It has the time of its record, which may be past by then: give windows below it grace.
   * @throws MillraceError MAP_ASYNC_INVALID, TOPIC_INVALID, NAME_INVALID, NAME_TAKEN
   */
  mapAsync<R>(mapper: AsyncMapper<K, V, R>, options: MapAsyncOptions<K, V, R> = {}): Stream<K, R> {
    const { graph, node, facts } = mappedAsync(Stream.partsOf(this), mapper, options)
    return new Stream(graph, node, facts)
  }

  /** Any number of records for each record, all with its key and time. */
  flatMapValues<V2>(mapper: (value: V, key: K) => Iterable<V2>, options?: Named): Stream<K, V2> {
    const facts = { ...this.#facts, value: null }
    return this.#then('flatMapValues', options, flatMapValues(mapper), facts, 'value')
  }

  /** A new key for each record. */
  selectKey<K2>(selector: (key: K, value: V) => K2, options?: Named): Stream<K2, V> {
    const facts = { key: null, value: this.#facts.value, isRekeyed: true }
    return this.#then('selectKey', options, selectKey(selector), facts, 'key')
  }

  /** Looks at each record on its way; what the function does is not part of any commit. */
  peek(look: Look<K, V>, options?: Named): Stream<K, V> {
    return this.#then('peek', options, peek(look), this.#facts)
  }

  /** Ends here: a function that looks at each record. */
  forEach(look: Look<K, V>, options?: Named): void {
    this.#then('forEach', options, forEach(look), this.#facts)
  }

  /** Ends here: prints each record as a line, `label key value`, by default to standard output. */
  print(options: PrintOptions = {}): void {
    const { label, name } = options
    const write = options.write ?? ((line) => void stdout.write(`${line}\n`))
    const words = label === undefined ? [] : [label]
    const print: Look<K, V> = (key, value) => write([...words, shown(key), shown(value)].join(' '))
    this.forEach(print, { name })
  }

  /** A processor of one's own, which may forward records with any key. */
  process<K2, V2>(options: Process<K, V, K2, V2>): Stream<K2, V2> {
    const make = process(options.make, storeNames(options))
    return this.#process('process', options, make, REKEYED, 'key')
  }

  /** A processor of one's own that keeps the keys. */
  processValues<V2>(options: ProcessValues<K, V, V2>): Stream<K, V2> {
    const make = processValues(options.make, storeNames(options))
    const facts = { ...this.#facts, value: null }
    return this.#process('processValues', options, make, facts, 'value')
  }

  /** The records of both streams, as they come. */
  merge<K2, V2>(other: Stream<K2, V2>, options?: Named): Stream<K | K2, V | V2> {
    const parents = [this.#node, other.#node]
    const name = this.#graph.nameFor('merge', parents, options?.name)
    // Operators are typed by their method; the graph holds them all alike.
    const node = this.#graph.add('merge', name, parents, { kind: 'operator', make: pass() as Make })
    const one = <T>(a: T | null, b: T | null): T | null => (a === b ? a : null)
    return new Stream(this.#graph, node, {
      key: one(this.#facts.key, other.#facts.key),
      value: one(this.#facts.value, other.#facts.value),
      isRekeyed: this.#facts.isRekeyed || other.#facts.isRekeyed,
    })
  }

  /**
   * One stream for each branch: a record goes to the first whose predicate holds.
   * @param options with `default`, the name of one more branch, for the rest; else it is dropped
   */
  split<Names extends string, Rest extends string = never>(
    branches: Readonly<Record<Names, (key: K, value: V) => boolean>>,
    options: Named & { readonly default?: Rest | undefined } = {},
  ): Readonly<Record<Names | Rest, Stream<K, V>>> {
    const split = this.#graph.nameFor('split', [this.#node], options.name)
    // The keys of the record are its names.
    const names = Object.keys(branches) as Names[]
    const node = (name: string): string => `${split}.${name}`
    const predicates = names.map((name) => ({ node: node(name), holds: branches[name] }))
    const rest = options.default
    const make = branch(predicates, rest === undefined ? null : node(rest))
    const parent = this.#then<K, V>('split', { name: split }, make, this.#facts)
    const all = rest === undefined ? names : [...names, rest]
    const streams = all.map((name) => {
      return [
        name,
        parent.#then<K, V>('branch', { name: node(name) }, pass(), this.#facts),
      ] as const
    })
    // As many as there are names.
    return Object.fromEntries(streams) as Record<Names | Rest, Stream<K, V>>
  }

  /** Sends the records through a topic, so that work on them spreads by their keys. */
  repartition(options: RepartitionOptions<NonNullable<K>, NonNullable<V>> = {}): Stream<K, V> {
    const facts = this.#declared(options)
    const key = facts.key ?? serde.json()
    const value = facts.value ?? serde.json()
    const given = options.name === undefined ? undefined : `${options.name}.repartition`
    const name = this.#graph.nameFor('repartition', [this.#node], given)
    const body = { kind: 'repartition', key, value, partitions: options.partitions } as const
    const topic = this.#graph.add('repartition', name, [this.#node], body)
    return new Stream(this.#graph, topic, { key, value, isRekeyed: false })
  }

  /**
   * The newest value of each key as a table; a null value deletes the row. Records without a key are
   * dropped and counted.
   */
  toTable(
    options: TableOptions<NonNullable<K>, NonNullable<V>> = {},
  ): Table<NonNullable<K>, NonNullable<V>, null> {
    const facts = this.#declared(options)
    const key = facts.key ?? serde.json()
    const value = facts.value ?? serde.json()
    let parent = this.#node
    if (facts.isRekeyed) {
      const name =
        options.name ?? options.store ?? this.#graph.nameFor('toTable', [parent], undefined)
      parent = repartitioned(this.#graph, parent, { name, key, value })
    }
    const filled = { verb: 'toTable', parent, key, value, isSource: false }
    return new Table(this.#graph, filledTable(this.#graph, filled, options as never))
  }

  /**
   * Pairs of records of one key: with a stream, those that are near in time; with a table, each record
   * with the row of its key as it is then (with a versioned table, as it was at the record's time);
   * with a global table, with the row of the key that `keyOf` makes of it. Records without a value, or
   * without a key to meet by, are dropped and counted.
   */
  join<K2, V2, J>(
    right: Stream<K2, V2> & JoinsBy<K, K2>,
    joiner: (left: NonNullable<V>, right: NonNullable<V2>, key: NonNullable<K>) => J,
    options: StreamJoinOptions<NonNullable<K>, NonNullable<V>, NonNullable<V2>>,
  ): Stream<NonNullable<K>, J>
  join<K2, T, D, J>(
    table: Table<K2, T, D> & JoinsBy<K, K2>,
    joiner: (value: NonNullable<V>, row: T, key: NonNullable<K>) => J,
    options?: StreamTableJoinOptions<NonNullable<K>, NonNullable<V>>,
  ): Stream<NonNullable<K>, J>
  join<G, T, J>(
    table: GlobalTable<G, T>,
    keyOf: (key: K, value: NonNullable<V>) => NoInfer<G> | null,
    joiner: (value: NonNullable<V>, row: T, key: K) => J,
    options?: Named,
  ): Stream<K, J>
  join(...args: [other: unknown, ...rest: unknown[]]): unknown {
    return this.#join('inner', ...args)
  }

  /**
   * As join, and a result for records that have no partner, with null in its place: with a stream, when
   * the time for one is over (a record without a key has none, and goes on at once).
   */
  leftJoin<K2, V2, J>(
    right: Stream<K2, V2> & JoinsBy<K, K2>,
    joiner: (left: NonNullable<V>, right: NonNullable<V2> | null, key: K) => J,
    options: StreamJoinOptions<NonNullable<K>, NonNullable<V>, NonNullable<V2>>,
  ): Stream<K, J>
  leftJoin<K2, T, D, J>(
    table: Table<K2, T, D> & JoinsBy<K, K2>,
    joiner: (value: NonNullable<V>, row: T | null, key: K) => J,
    options?: StreamTableJoinOptions<NonNullable<K>, NonNullable<V>>,
  ): Stream<K, J>
  leftJoin<G, T, J>(
    table: GlobalTable<G, T>,
    keyOf: (key: K, value: NonNullable<V>) => NoInfer<G> | null,
    joiner: (value: NonNullable<V>, row: T | null, key: K) => J,
    options?: Named,
  ): Stream<K, J>
  leftJoin(...args: [other: unknown, ...rest: unknown[]]): unknown {
    return this.#join('left', ...args)
  }

  /** As join, and a result for records of either stream that have no partner, when its time is over. */
  outerJoin<K2, V2, J>(
    right: Stream<K2, V2> & JoinsBy<K, K2>,
    joiner: (left: NonNullable<V> | null, right: NonNullable<V2> | null, key: K | K2) => J,
    options: StreamJoinOptions<NonNullable<K>, NonNullable<V>, NonNullable<V2>>,
  ): Stream<K | K2, J> {
    return this.#join('outer', right, joiner, options)
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
    const rekeyed = this.#then<K2, V>('groupBy', named, selectKey(selector), facts, 'key')
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
    options?: ToOptions<K, V>,
  ): void
  /** Writes every record to the topic that the function names, one of those listed. */
  to(topicOf: TopicOf<K, V>, options: ToOneOf<K, V>): void
  to(
    topic: Topic<unknown, unknown> | TopicOf<K, V>,
    options: ToOptions<K, V> & Partial<ToOneOf<K, V>> = {},
  ): void {
    const name = this.#graph.nameFor('to', [this.#node], options.name)
    // Operators are typed by their method; the graph holds them all alike.
    const body = sinkBody(topic as TopicOf<unknown, unknown>, options as ToOneOf<unknown, unknown>)
    this.#graph.add('to', name, [this.#node], body)
  }

  /**
   * Ends here: tells each record to the keyed actor of its key, the value as the message, exactly once
   * and in order. Records without a key or a value are dropped and counted. Register the actor in the
   * same application.
   */
  tell<AK, M>(actor: Told<AK, M> & Tells<K, V, AK, M>, options?: Named): void {
    tellActor(Stream.partsOf(this), actor as Told<never, never>, options?.name)
  }

  /** Tells each record to the keyed actor of its key, and goes on with what those actors emit. */
  through<AK, M, E>(
    actor: Told<AK, M> & Heard<AK, E> & Tells<K, V, AK, M>,
    options?: Named,
  ): Stream<AK, E> {
    const parts = Stream.partsOf(this)
    // The graph holds actors of every type alike.
    tellActor(parts, actor as unknown as Told<never, never>, options?.name)
    const { graph, node, facts } = emittedBy(parts.graph, actor as unknown as Heard<never, never>)
    return new Stream(graph, node, facts)
  }

  /** What is given is typed by the overloads above; the graph holds all of it alike. */
  #join<K2, J>(kind: JoinKind, other: unknown, ...rest: unknown[]): Stream<K2, J> {
    const stream: StreamParts = Stream.partsOf(this)
    const isLeft = kind === 'left'
    const [first, second, third] = rest as never[]
    let parts: StreamParts
    if (other instanceof GlobalTable) {
      const { store } = GlobalTable.factsOf(other)
      const functions = { keyOf: first as never, joiner: second as never }
      parts = joinGlobal({ isLeft, stream, store, ...functions }, third ?? {})
    } else if (other instanceof Stream) {
      const streams = { kind, left: stream, right: Stream.partsOf(other), joiner: first as never }
      parts = joinStreams(streams, second as never)
    } else {
      // What is neither is a table.
      const table = Table.factsOf(other as Table<unknown, unknown>)
      const options = (second ?? {}) as never
      parts = joinTable({ isLeft, stream, table, joiner: first as never }, options)
    }
    return new Stream(parts.graph, parts.node, parts.facts)
  }

  #group<G>(options: GroupOptions<G, V>, facts: StreamFacts): GroupedStream<G, V> {
    const declared = this.#declared(options, facts)
    return new GroupedStream<G, V>(this.#graph, this.#node, { ...declared, name: options.name })
  }

  /** What is known, with what the program says now. */
  #declared<G, W>(
    { key, value }: Pick<GroupOptions<G, W>, 'key' | 'value'>,
    facts: StreamFacts = this.#facts,
  ): StreamFacts {
    return {
      key: declaredOr(key, facts.key),
      value: declaredOr(value, facts.value),
      isRekeyed: facts.isRekeyed,
    }
  }

  #process<K2, V2>(
    verb: string,
    options: Named & Pick<Process<K, V, K2, V2>, 'stores'>,
    make: unknown,
    facts: StreamFacts,
    changes: OperatorBody['changes'],
  ): Stream<K2, V2> {
    const connected = connect(this.#graph, options.stores ?? [])
    const name = this.#graph.nameFor(verb, [this.#node], options.name)
    // Operators are typed by their method; the graph holds them all alike.
    const body = { kind: 'operator', make: make as Make, changes, ...connected } as const
    return new Stream(this.#graph, this.#graph.add(verb, name, [this.#node], body), facts)
  }

  #then<K2, V2>(
    verb: string,
    options: Named | undefined,
    make: unknown,
    facts: StreamFacts,
    changes?: OperatorBody['changes'],
  ): Stream<K2, V2> {
    const name = this.#graph.nameFor(verb, [this.#node], options?.name)
    // Operators are typed by their method; the graph holds them all alike.
    const body = { kind: 'operator', make: make as Make, changes } as const
    return new Stream(this.#graph, this.#graph.add(verb, name, [this.#node], body), facts)
  }
}

/** Keys of two sides that meet, or a sentence. */
type JoinsBy<K, K2> = Fits<
  NonNullable<K2>,
  NonNullable<K>,
  'the two sides have keys of different types; use selectKey() so that they meet by the same key'
>

/** Keys and values of a stream that an actor can be told, or a sentence. */
type Tells<K, V, AK, M> = Fits<
  NonNullable<K>,
  AK,
  'the stream has keys of another type than the actor; use selectKey() to name the actor'
> &
  Fits<
    NonNullable<V>,
    M,
    'the stream has values of another type than the actor is told; use mapValues()'
  >

const REKEYED: StreamFacts = { key: null, value: null, isRekeyed: true }

const shown = (it: unknown): string => (typeof it === 'string' ? it : (JSON.stringify(it) ?? '-'))
