// A sub-topology running for one partition: plan nodes turned into closures, wired once, driven one
// record at a time (steps 4 to 9 of a record's journey). Everything here is synchronous.
//
// Invariants: (1) a record is processed to its end before the next one starts; (2) the record context
// describes the input record during exactly that time; (3) stream time never goes back.

import { assert } from '#protocols/core/assert'
import { type StreamTimeMs, streamTime, type WallTimeMs } from '#protocols/core/brands'
import type { Cancel } from '#protocols/core/clock'
import { asError, isMillraceError, MillraceError } from '#protocols/core/errors'
import type { BatchCursor } from '#protocols/records/batch'
import type { Headers } from '#protocols/records/record'
import type { Serde } from '#protocols/serdes/serde'
import type { KeyValueStoreImpl } from '#stores/keyvalue/key-value-store'
import { CurrentRecord } from './current-record.ts'
import { Failures } from './failures.ts'
import { guarded } from './guard.ts'
import type {
  BackgroundCall,
  Cell,
  DropReason,
  NodeContext,
  Outcome,
  Output,
  PunctuationKind,
  Receive,
  RecordContext,
  StoresByKind,
  TableView,
} from './node.ts'
import type { NodePlan, SourcePlan, SubtopologyPlan } from './plan.ts'
import { Punctuation } from './punctuation.ts'

/** What a running topology needs of its task. */
export interface TopologyPorts {
  readonly task: NodeContext['task']
  wallClock(): WallTimeMs
  requestCommit(): void
  /** Called when stream time moved, before the record that moved it is processed; null: nobody cares. */
  readonly observe?: ((streamTime: number) => void) | null
  /** Makes a call; its `done` is to run between two records, before a commit. */
  background<T>(call: BackgroundCall<T>): void
  store(name: string): StoresByKind<unknown, unknown>[keyof StoresByKind<unknown, unknown>]
  /** The rows of a global table, by its store. */
  global(store: string): TableView
  output<K, V>(topic: string, key: Serde<K>, value: Serde<V>): Output<K, V>
  /** Writes bytes as they are: dead letters. */
  raw(topic: string): Output<Uint8Array, Uint8Array>
  /** Counted on, where an earlier life of it counted; default: from nothing. */
  readonly counters?: TopologyCounters | undefined
}

/** What a running topology keeps in its task's commits. */
export interface TopologyMemory {
  readonly streamTime: number
  readonly cells: Readonly<Record<string, number>>
}

const NO_MEMORY: TopologyMemory = { streamTime: 0, cells: {} }

export interface TopologyCounters {
  /** Records taken in. */
  records: number
  readonly dropped: Record<DropReason, number>
}

export const noCounts = (): TopologyCounters => ({
  records: 0,
  dropped: {
    ...{ 'null-key': 0, unplaced: 0, 'null-value': 0, unreadable: 0, 'negative-time': 0 },
    ...{ late: 0, expired: 0, 'out-of-order': 0, stale: 0, failed: 0 },
  },
})

export class RunningTopology {
  readonly counters: TopologyCounters
  readonly #ports: TopologyPorts
  readonly #observe: ((streamTime: number) => void) | null
  readonly #current = new CurrentRecord()
  readonly #failures: Failures
  readonly #sources = new Map<string, Source>()
  readonly #cells = new Map<string, Cell>()
  readonly #shared = new Map<string, unknown>()
  readonly #flushes: (() => void)[] = []
  readonly #idles: ((streamTime: number) => void)[] = []
  readonly #closers: (() => void)[] = []
  readonly #byStreamTime = new Punctuation()
  readonly #byWallClock = new Punctuation()
  /** Nodes that can take no more. */
  readonly #holders = new Set<string>()
  #streamTime = 0
  #isWired = false

  /** @param memory what an earlier life of it left in the task's newest commit */
  constructor(plan: SubtopologyPlan, ports: TopologyPorts, memory: TopologyMemory = NO_MEMORY) {
    this.#ports = ports
    this.counters = ports.counters ?? noCounts()
    this.#observe = ports.observe ?? null
    this.#streamTime = memory.streamTime
    this.#failures = new Failures(plan.onFailure ?? 'fail', this.#current, {
      drop: (reason) => this.#drop(reason),
      streamTime: () => this.#streamTime,
      raw: (topic) => ports.raw(topic),
    })
    for (const [name, value] of Object.entries(memory.cells)) this.#cells.set(name, { value })
    const receivers = this.#wire(plan.nodes)
    this.#isWired = true
    for (const source of plan.sources) {
      this.#sources.set(source.topic, this.#open(source, receivers))
    }
  }

  get streamTime(): StreamTimeMs {
    return streamTime(this.#streamTime)
  }

  get memory(): TopologyMemory {
    const cells = [...this.#cells].map(([name, { value }]) => [name, value] as const)
    return { streamTime: this.#streamTime, cells: Object.fromEntries(cells) }
  }

  /** Nothing is to be taken in now: what was taken is not done. */
  get isHeld(): boolean {
    return this.#holders.size > 0
  }

  /** When the wall clock next has something to fire, ms; infinite when never. */
  get nextWallClockMs(): number {
    return this.#byWallClock.nextMs
  }

  /** Fires what the wall clock is due to fire. True when something was. */
  punctuate(): boolean {
    this.#current.leave()
    return this.#byWallClock.advance(this.#ports.wallClock())
  }

  /** Stream time goes on to a time without a record; never before there was one. */
  idle(time: number): void {
    if (this.#streamTime === 0 || time <= this.#streamTime) return
    this.#advance(time)
    this.#current.leave()
    for (const goOn of this.#idles) goOn(time)
    this.#byStreamTime.advance(time)
  }

  /** What operators held back until the commit goes on now. */
  flush(): void {
    for (const flush of this.#flushes) flush()
  }

  /** Tells the operators that their task ends. */
  close(): void {
    for (const close of this.#closers) close()
  }

  /**
   * Runs the record under the cursor through the topology.
   * @throws MillraceError RECORD_UNREADABLE (policy `fail`) or USER_FUNCTION_FAILED, with the place
   */
  process(topic: string, partition: number, cursor: BatchCursor): void {
    const source = this.#sources.get(topic)
    assert(source !== undefined, () => `'${topic}' is a source of this task`)
    const current = this.#current
    current.enter(topic, partition, cursor)
    this.counters.records++
    let key: unknown
    let value: unknown
    try {
      try {
        key = source.readKey(cursor)
        value = source.readValue(cursor)
      } catch (thrown) {
        return this.#failures.unreadable(source.plan, thrown)
      }
      const time = this.#timeOf(source, key, value, cursor.time)
      if (time === null) return
      if (time < 0) return this.#drop('negative-time')
      if (time > this.#streamTime) this.#advance(time)
      source.receive(key, value, time)
      if (this.#streamTime >= this.#byStreamTime.nextMs) this.#fireByStreamTime()
    } catch (thrown) {
      throw located(thrown, current)
    }
  }

  /** `process`, of a record that is seen, and goes on, with other headers than its own. */
  processAs(headers: Headers, topic: string, partition: number, cursor: BatchCursor): void {
    this.#current.carry(headers)
    try {
      this.process(topic, partition, cursor)
    } finally {
      this.#current.carry(null)
    }
  }

  /**
   * The partition's time is part of the commit, so that a restart goes on with the same answers. Null:
   * the program's function failed, and the record is passed over.
   */
  #timeOf({ plan, timestamp }: Source, key: unknown, value: unknown, time: number): number | null {
    if (timestamp === undefined) return time
    const { name, topic } = plan
    const newest = this.#cell(`partition-time/${topic}`, -1)
    const { partition, offset } = this.#current
    const headers = this.#current.headers()
    try {
      const record = { topic, partition, offset, key, value, time, headers }
      const chosen = timestamp(record, newest.value)
      if (chosen > newest.value) newest.value = chosen
      return chosen
    } catch (thrown) {
      this.#failures.take({ name }, thrown, { key, value, time, input: this.#current.input })
      return null
    }
  }

  #advance(time: number): void {
    this.#streamTime = time
    if (this.#observe !== null) this.#observe(time)
  }

  #fireByStreamTime(): void {
    this.#current.leave()
    this.#byStreamTime.advance(this.#streamTime)
  }

  #wire(plans: readonly NodePlan[]): readonly Receive[] {
    const receivers: Receive[] = new Array(plans.length)
    for (let index = plans.length - 1; index >= 0; index--) {
      const plan = plans[index] as NodePlan // within bounds
      const children = plan.children.map((child) => receivers[child] as Receive) // already wired
      const names = plan.children.map((child) => plans[child]?.name)
      const receive = plan.make(this.#context(plan, children, names))
      receivers[index] = this.#failures.containing(plan, receive)
    }
    // Nodes were made children first; what is flushed flows the other way.
    this.#flushes.reverse()
    this.#idles.reverse()
    return receivers
  }

  #context(
    plan: NodePlan,
    children: readonly Receive[],
    names: readonly (string | undefined)[],
  ): NodeContext {
    const current = this.#current
    const failures = this.#failures
    return {
      node: plan.name,
      task: this.#ports.task,
      record: current,
      streamTime: () => streamTime(this.#streamTime),
      wallClock: () => this.#ports.wallClock(),
      forward: fanOut(children),
      children,
      child: (name) => children[names.indexOf(name)],
      cell: (name, initial) => this.#cell(`${plan.name}/${name}`, initial),
      shared: (name, make) => this.#share(name, make),
      keepRecord: () => current.keep(),
      under: (record, run) => current.under(record, run),
      contained: (call) => failures.containingCall(plan, call),
      schedule: (intervalMs, kind, fire) =>
        this.#schedule(intervalMs, kind, failures.containingCall(plan, fire)),
      alarm: (kind, fire) => this.#timetable(kind).alarm(failures.containingCall(plan, fire)),
      onIdle: (goOn) => void this.#idles.push(failures.containingCall(plan, goOn)),
      beforeCommit: (flush) => void this.#flushes.push(flush),
      onClose: (close) => void this.#closers.push(close),
      requestCommit: () => this.#ports.requestCommit(),
      background: (call) => this.#background(call),
      holdInput: (isHeld) =>
        void (isHeld ? this.#holders.add(plan.name) : this.#holders.delete(plan.name)),
      // The plan built the node and its store from the same types.
      store: <K, V>(name: string) => this.#ports.store(name) as KeyValueStoreImpl<K, V>,
      storeOf: <K, V, Kind extends keyof StoresByKind<K, V>>(name: string) =>
        this.#ports.store(name) as StoresByKind<K, V>[Kind],
      global: <K, V>(name: string) => this.#ports.global(name) as TableView<K, V>,
      output: (topic, key, value) => this.#ports.output(topic, key, value),
      drop: (reason) => this.#drop(reason),
    }
  }

  /** The outcome is taken as if its record came just now. */
  #background<T>(call: BackgroundCall<T>): void {
    const done = (outcome: Outcome<T>): void => {
      this.#current.leave()
      try {
        this.#current.under(call.record, () => call.done(outcome))
      } catch (thrown) {
        throw located(thrown, call.record)
      }
    }
    this.#ports.background({ ...call, done })
  }

  #cell(name: string, initial: number): Cell {
    let cell = this.#cells.get(name)
    if (cell === undefined) {
      cell = { value: initial }
      this.#cells.set(name, cell)
    }
    return cell
  }

  #share<T>(name: string, make: () => T): T {
    if (!this.#shared.has(name)) this.#shared.set(name, make())
    // Whoever shares under a name agrees on what it is.
    return this.#shared.get(name) as T
  }

  #timetable(kind: PunctuationKind): Punctuation {
    return kind === 'wall-clock' ? this.#byWallClock : this.#byStreamTime
  }

  #schedule(intervalMs: number, kind: PunctuationKind, fire: (timeMs: number) => void): Cancel {
    assert(intervalMs > 0, 'an interval is longer than nothing')
    if (kind === 'wall-clock') {
      const firstMs = this.#ports.wallClock() + intervalMs
      return this.#byWallClock.schedule(intervalMs, firstMs, fire)
    }
    const reached = Math.floor(this.#streamTime / intervalMs) * intervalMs
    // A task that starts again has fired what its stream time had reached.
    const firstMs = this.#isWired || this.#streamTime === 0 ? 0 : reached + intervalMs
    return this.#byStreamTime.schedule(intervalMs, firstMs, fire)
  }

  #open(plan: SourcePlan, receivers: readonly Receive[]): Source {
    const children = plan.children.map((child) => receivers[child] as Receive) // wired above
    return new Source(plan, fanOut(children))
  }

  #drop(reason: DropReason): void {
    this.counters.dropped[reason]++
  }
}

/** Reads keys and values of one source as declared. */
class Source {
  readonly plan: SourcePlan
  readonly receive: Receive
  readonly timestamp: SourcePlan['timestamp']
  readonly #key: Serde<unknown>
  readonly #value: Serde<unknown>

  constructor(plan: SourcePlan, receive: Receive) {
    this.plan = plan
    this.receive = receive
    const { name, timestamp } = plan
    if (timestamp !== undefined) {
      const chosen = guarded(name, timestamp)
      this.timestamp = (record, partitionTime) => chosen(record, partitionTime, undefined)
    }
    this.#key = plan.key
    this.#value = plan.value
  }

  readKey(cursor: BatchCursor): unknown {
    if (cursor.keyStart >= 0) {
      return this.#key.read(cursor.buffer, cursor.keyStart, cursor.keyEnd)
    }
    if (this.#key.isNullable === true) return null
    throw new Error(`it has no key, but keys are declared ${this.#key.name}; see serde.nullable`)
  }

  readValue(cursor: BatchCursor): unknown {
    if (cursor.valueStart >= 0) {
      return this.#value.read(cursor.buffer, cursor.valueStart, cursor.valueEnd)
    }
    if (this.#value.isNullable === true) return null
    throw new Error(
      `it has no value, but values are declared ${this.#value.name}; see serde.nullable`,
    )
  }
}

function fanOut(children: readonly Receive[]): Receive {
  const [first, second] = children
  if (first === undefined) return () => {}
  if (second === undefined) return first
  return (key, value, time) => {
    for (const child of children) child(key, value, time)
  }
}

/** The same error with the record it happened at; errors that know their place stay as they are. */
function located(thrown: unknown, at: RecordContext): Error {
  if (!isMillraceError(thrown) || thrown.where !== undefined) return asError(thrown)
  const { code, what, hint, retry, cause } = thrown
  const where = `${at.topic}/${at.partition} offset ${at.offset}`
  return new MillraceError({ code, what, hint, retry, where, cause })
}
