// The global tables of a worker: full copies of topics, for the tasks of its thread to look rows up in.
// A copy is read to the end of its topic before the first task that needs it starts, or the first question
// is answered, and followed from then on. It is a store without a changelog, since the topic is one, sealed together with the positions
// it is true at; so a worker that starts again reads only what came since.
//
// Source of the semantics: Kafka Streams' global state. Offset order wins; a record without a key is
// passed over and counted; nothing about it moves the time of a task.
//
// Invariants: (1) rows and positions are sealed in one engine transaction; (2) a copy is opened once,
// whoever asks; one that failed is closed, and opened anew, by the next who does.

import type { Broker, Reader } from '#protocols/broker/broker'
import { type Offset, offset } from '#protocols/core/brands'
import { fromUtf8, utf8 } from '#protocols/core/bytes'
import type { Clock } from '#protocols/core/clock'
import { asError, MillraceError } from '#protocols/core/errors'
import { BatchCursor } from '#protocols/records/batch'
import type { StoreUsage, TaskEngines } from '#stores/changelog/task-state'
import type { Engine, Table } from '#stores/engine/engine'
import { KeyValueStoreImpl } from '#stores/keyvalue/key-value-store'
import type { ChangelogSink, KeyValueSpec } from '#stores/store'
import type { GlobalQuestion, StoreRows } from '../host/messages.ts'
import { shortOf, storeBehind } from '../query/bound.ts'
import type { DropReason, TableView } from '../topology/node.ts'
import type { GlobalPlan } from '../topology/plan.ts'
import { verdictOf } from '../topology/record-policy.ts'

const SLICE_BYTES = 1024 * 1024

export interface GlobalPorts {
  readonly broker: Broker
  readonly clock: Clock
  partitionCount(topic: string): number
  /** Opens the engines of a copy; it closes them. */
  engines(store: string): Promise<TaskEngines>
}

/** What a copy holds, and how far it is. */
export interface GlobalReading {
  readonly plan: GlobalPlan
  readonly usage: StoreUsage
  /** By partition of the topic: the next record to be read, and how many are stored from there on, about. */
  readonly positions: readonly {
    readonly partition: number
    readonly position: number
    readonly lag: number
  }[]
  /** Records that were passed over since the copy was opened. */
  readonly dropped: Readonly<Record<GlobalDrop, number>>
  /** Why it went no further; null while it does. */
  readonly failure: Error | null
}

type GlobalDrop = Extract<DropReason, 'null-key' | 'unreadable'>

export class GlobalTables {
  readonly #ports: GlobalPorts
  readonly #copies = new Map<string, Promise<GlobalCopy>>()
  readonly #ready = new Map<string, GlobalCopy>()

  constructor(ports: GlobalPorts) {
    this.#ports = ports
  }

  /** Resolves when each of these is read to the end its topic had when it was asked for. */
  async ready(plans: readonly GlobalPlan[]): Promise<void> {
    await Promise.all(plans.map((plan) => this.#open(plan)))
  }

  /** Requires: ready. @throws what a copy that could not go on failed with */
  view(store: string): TableView {
    const copy = this.#ready.get(store)
    if (copy === undefined) throw globalUnready(store)
    return copy.view
  }

  /**
   * Rows of a copy, which is opened and read to its end first where that was not done.
   * @throws MillraceError STORE_BEHIND; what a copy that could not go on failed with
   */
  async rows(plan: GlobalPlan, question: GlobalQuestion): Promise<StoreRows> {
    const { name } = plan.store
    if (this.#ready.get(name)?.isWhole !== true) await this.#open(plan)
    const copy = this.#ready.get(name)
    if (copy === undefined) throw globalUnready(name)
    return copy.rows(question)
  }

  /** Of every copy that was opened. */
  readings(): readonly GlobalReading[] {
    return [...this.#ready.values()].map((copy) => copy.read())
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#copies.values())
    const copies = [...this.#ready.values()]
    this.#copies.clear()
    this.#ready.clear()
    for (const copy of copies) await copy.close()
  }

  async #open(plan: GlobalPlan): Promise<void> {
    const { name } = plan.store
    let opening = this.#copies.get(name)
    if (opening === undefined) {
      opening = this.#begin(plan)
      this.#copies.set(name, opening)
    }
    try {
      const copy = await opening
      await copy.caughtUp()
    } catch (thrown) {
      if (this.#copies.get(name) === opening) this.#copies.delete(name)
      throw thrown
    }
  }

  /** A copy that failed stays, to say why, until somebody tries again. */
  async #begin(plan: GlobalPlan): Promise<GlobalCopy> {
    const { name } = plan.store
    const failed = this.#ready.get(name)
    this.#ready.delete(name)
    await failed?.close()
    const copy = await GlobalCopy.open(plan, this.#ports)
    this.#ready.set(name, copy)
    return copy
  }
}

interface Input {
  readonly partition: number
  readonly reader: Reader
}

/** One topic, kept in full. */
class GlobalCopy {
  readonly view: TableView
  readonly #plan: GlobalPlan
  readonly #broker: Broker
  readonly #clock: Clock
  readonly #engines: TaskEngines
  readonly #engine: Engine
  readonly #rows: KeyValueStoreImpl<unknown, unknown>
  readonly #table: Table
  readonly #positions: Table
  readonly #dropped: Record<GlobalDrop, number> = { 'null-key': 0, unreadable: 0 }
  #inputs: readonly Input[] = []
  #isScheduled = false
  #isClosed = false
  #failure: Error | null = null
  /** It has all that was stored then, on the monotonic clock. */
  #wholeMs = Number.NEGATIVE_INFINITY
  #waiting: (() => void)[] = []

  static async open(plan: GlobalPlan, ports: GlobalPorts): Promise<GlobalCopy> {
    const { broker } = ports
    const engines = await ports.engines(plan.store.name)
    const copy = new GlobalCopy(plan, broker, ports.clock, engines)
    copy.#inputs = Array.from({ length: ports.partitionCount(plan.topic) }, (_, partition) => {
      const at = { topic: plan.topic, partition }
      return { partition, reader: broker.reader(at, copy.#position(partition), () => copy.#wake()) }
    })
    copy.#wake()
    return copy
  }

  private constructor(plan: GlobalPlan, broker: Broker, clock: Clock, engines: TaskEngines) {
    this.#plan = plan
    this.#broker = broker
    this.#clock = clock
    this.#engines = engines
    this.#engine = plan.store.medium === 'memory' ? engines.memory : engines.disk
    // Global tables are kept key by key.
    const spec = plan.store as KeyValueSpec
    this.#table = this.#engine.table(`store.${spec.name}`)
    this.#rows = new KeyValueStoreImpl(spec, {
      table: this.#table,
      cell: () => ({ value: -1 }),
    })
    this.#positions = this.#engine.table('millrace.positions')
    this.view = {
      get: (key) => {
        if (this.#failure !== null) throw this.#failure
        return this.#rows.getTimestamped(key)
      },
    }
  }

  /** Whether it was read to the end once, and goes on. */
  get isWhole(): boolean {
    return this.#wholeMs >= 0 && this.#failure === null
  }

  /** Resolves when all that is stored now is read. */
  async caughtUp(): Promise<void> {
    const askedMs = this.#clock.monotonic()
    const ends = (await this.#broker.topics.describe(this.#plan.topic))?.bounds ?? []
    const isBehind = (): boolean =>
      this.#inputs.some(({ reader }, index) => reader.position < (ends[index]?.next ?? 0))
    while (isBehind() && this.#failure === null && !this.#isClosed) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve)
        this.#wake()
      })
    }
    if (this.#failure !== null) throw this.#failure
    if (!this.#isClosed) this.#wholeMs = Math.max(this.#wholeMs, askedMs)
  }

  async rows({ store, ask, maxLag, maxAgeMs, atLeast = [] }: GlobalQuestion): Promise<StoreRows> {
    const ageMs = maxAgeMs === undefined ? null : await this.#withinAge(maxAgeMs)
    if (this.#failure !== null) throw this.#failure
    if (this.#isClosed) throw globalUnready(store)
    const { topic } = this.#plan
    const read = this.read().positions
    const lag = read.reduce((sum, it) => sum + it.lag, 0)
    if (lag > (maxLag ?? lag)) throw storeBehind(store, `it is ${lag} records behind '${topic}'`)
    const positions = read.map(({ partition, position }) => ({ topic, partition, next: position }))
    for (const wanted of atLeast) {
      const at = positions.filter(({ partition }) => partition === wanted.partition)
      const where = { log: 0, positions: at }
      const short = shortOf({ atLeast: [wanted] }, wanted.partition, null, where)
      if (short !== null) throw storeBehind(store, short)
    }
    const [from, to, limit] = 'get' in ask ? [ask.get, ask.get, 1] : [ask.from, ask.to, ask.limit]
    return { rows: this.#rows.rows(from, to, limit), lag, ageMs, positions }
  }

  /** Reads on until it has all that was stored so long ago, and says how long ago that is. */
  async #withinAge(maxAgeMs: number): Promise<number> {
    const askedMs = this.#clock.monotonic()
    if (this.#wholeMs < askedMs - maxAgeMs) await this.caughtUp()
    return Math.max(0, askedMs - this.#wholeMs)
  }

  read(): GlobalReading {
    return {
      plan: this.#plan,
      usage: {
        rows: this.#table.count(),
        bytes: this.#table.bytes(),
        pending: this.#rows.pending,
      },
      positions: this.#inputs.map(({ partition, reader }) => {
        const { position } = reader
        return { partition, position, lag: reader.behind(position) ?? 0 }
      }),
      dropped: { ...this.#dropped },
      failure: this.#failure,
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#ring()
    for (const { reader } of this.#inputs) reader.close()
    await Promise.all([this.#engines.disk.close(), this.#engines.memory.close()])
  }

  /** Reads on between two turns of others. */
  #wake(): void {
    if (this.#isScheduled || this.#isClosed) return
    this.#isScheduled = true
    this.#clock.defer(() => {
      this.#isScheduled = false
      if (!this.#isClosed && this.#failure === null) this.#slice()
    })
  }

  #slice(): void {
    let isMore = false
    try {
      for (const { partition, reader } of this.#inputs) {
        for (const { base, batch } of reader.take(SLICE_BYTES)) {
          const cursor = new BatchCursor(batch, base)
          while (cursor.next()) this.#apply(cursor, partition)
          isMore = true
        }
      }
      if (isMore) this.#seal()
    } catch (thrown) {
      this.#failure = asError(thrown)
    }
    this.#ring()
    if (isMore) this.#wake()
  }

  #apply(cursor: BatchCursor, partition: number): void {
    const { key: keys, value: values } = this.#plan.store
    if (cursor.keyStart < 0) {
      this.#dropped['null-key']++
      return
    }
    let key: unknown
    let value: unknown
    try {
      key = keys.read(cursor.buffer, cursor.keyStart, cursor.keyEnd)
      value =
        cursor.valueStart < 0
          ? null
          : values.read(cursor.buffer, cursor.valueStart, cursor.valueEnd)
    } catch (thrown) {
      return this.#unreadable(cursor, partition, thrown)
    }
    this.#rows.put(key, value, cursor.time)
  }

  /** There is no transaction to put a letter in: what does not fail is passed over. */
  #unreadable(cursor: BatchCursor, partition: number, thrown: unknown): void {
    const { topic, store, onInvalid } = this.#plan
    const error = globalUnreadable(topic, cursor.offset, thrown)
    const at = { topic, partition, offset: cursor.offset, headers: cursor.headers() }
    const what = { kind: 'reading', operator: store.name, error } as const
    const verdict = verdictOf(onInvalid, { ...what, ...at, key: undefined, value: undefined })
    if (verdict === 'fail') throw error
    this.#dropped.unreadable++
  }

  #seal(): void {
    this.#rows.stage(NOWHERE)
    this.#engine.transact(() => {
      this.#rows.seal()
      for (const { partition, reader } of this.#inputs) {
        this.#positions.put(utf8(String(partition)), utf8(String(reader.position)))
      }
    })
  }

  #position(partition: number): Offset | 'earliest' {
    const kept = this.#positions.get(utf8(String(partition)))
    return kept === undefined ? 'earliest' : offset(Number(fromUtf8(kept)))
  }

  #ring(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}

const NOWHERE: ChangelogSink = { record() {} }

export const globalUnready = (store: string): MillraceError =>
  new MillraceError({
    code: 'GLOBAL_UNREADY',
    what: `global table '${store}' is not read yet`,
    retry: 'soon',
  })

const globalUnreadable = (topic: string, at: number, cause: unknown): MillraceError =>
  new MillraceError({
    code: 'RECORD_UNREADABLE',
    what: `a record of '${topic}' at offset ${at} cannot be read: ${asError(cause).message}`,
    hint: "Mend the producer or the serde, or set onInvalid to 'skip' on the topic",
    cause,
  })
