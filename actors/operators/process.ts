// process and processValues: a processor of the user's own, with stores, punctuations and a say in what
// goes on to whom. Everything it does happens while it is called, depth first, as between operators.
//
// Source of the semantics: Kafka Streams' Processor API. What is forwarded has, where the processor
// does not say otherwise, the time and the headers of the record being processed; in a punctuation,
// stream time and no headers.

import type { StreamTimeMs, WallTimeMs } from '#protocols/core/brands'
import { isMillraceError, MillraceError } from '#protocols/core/errors'
import type { Headers } from '#protocols/records/record'
import { userFunctionFailed } from '../topology/guard.ts'
import type { NodeContext, PunctuationKind, Receive, StoresByKind } from '../topology/node.ts'

/** A record as a processor is given it. */
export interface ProcessedRecord<K, V> {
  readonly key: K
  readonly value: V
  /** Event time, ms. */
  readonly time: number
  readonly headers: Headers
}

/** A record as a processor hands it on. */
export interface ForwardedRecord<K, V> {
  readonly key: K
  readonly value: V
  /** Default: that of the record being processed; in a punctuation, stream time. */
  readonly time?: number | undefined
  /** Default: those of the record being processed. */
  readonly headers?: Headers | undefined
}

export interface Processor<K, V> {
  process(record: ProcessedRecord<K, V>): void
  /** The task ends, well or not; nothing can be forwarded any more. */
  close?(): void
}

/** A store of a topology, by its definition. */
export interface StoreRef<S> {
  readonly name: string
  readonly kind: keyof StoresByKind<unknown, unknown>
  /** Makes what the program sees of it, once per task; default: the store as it is. */
  readonly view?: ((rows: never) => S) | undefined
  /** Never there: what the store is, for the compiler. */
  readonly type?: () => S
}

export interface ProcessingContext {
  /**
   * @throws MillraceError STORE_NOT_CONNECTED when `stores` does not list it
   */
  store<S>(store: StoreRef<S>): S
  /**
   * Calls `fire` every `intervalMs`: by stream time at its multiples, with the record that reaches one;
   * by the wall clock, first one interval from now. What was missed comes once.
   */
  schedule(
    intervalMs: number,
    kind: PunctuationKind,
    fire: (timeMs: number) => void,
  ): { cancel(): void }
  /** Newest event time this task has seen, ms. */
  streamTime(): StreamTimeMs
  wallClock(): WallTimeMs
  /** Asks for a commit soon after the current record. */
  commit(): void
  /** Where the record being processed is; null in a punctuation. */
  metadata(): RecordMetadata | null
  readonly task: NodeContext['task']
}

export interface RecordMetadata {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** What a processor that may change keys works with. */
export interface ProcessorContext<K, V> extends ProcessingContext {
  /**
   * Hands a record to every child, or to the one whose operator has this name.
   * @throws MillraceError CHILD_UNKNOWN, TIME_INVALID
   */
  forward(record: ForwardedRecord<K, V>, child?: string): void
}

/** What a processor that keeps the key works with: what it forwards has the key of the record. */
export interface ValueProcessorContext<V> extends ProcessingContext {
  /** @throws MillraceError CHILD_UNKNOWN, TIME_INVALID, KEY_MISSING outside of `process` */
  forward(record: Omit<ForwardedRecord<never, V>, 'key'>, child?: string): void
}

export const process =
  <K, V, K2, V2>(
    make: (context: ProcessorContext<K2, V2>) => Processor<K, V>,
    stores: readonly string[],
  ) =>
  (context: NodeContext): Receive<K, V> => {
    const current = new Current(context)
    const face: ProcessorContext<K2, V2> = {
      ...processingContext(context, stores),
      forward: (record, child) => current.forward(record.key, record, child),
    }
    return processing(context, current, () => make(face))
  }

export const processValues =
  <K, V, V2>(
    make: (context: ValueProcessorContext<V2>) => Processor<K, V>,
    stores: readonly string[],
  ) =>
  (context: NodeContext): Receive<K, V> => {
    const current = new Current(context)
    const face: ValueProcessorContext<V2> = {
      ...processingContext(context, stores),
      forward(record, child) {
        if (!current.isRecord) throw keyMissing(context.node)
        current.forward(current.key, record, child)
      },
    }
    return processing(context, current, () => make(face))
  }

/** The record being processed, and the way on. */
class Current {
  isRecord = false
  key: unknown = null
  time = 0
  readonly #context: NodeContext

  constructor(context: NodeContext) {
    this.#context = context
  }

  forward(
    key: unknown,
    record: Omit<ForwardedRecord<unknown, unknown>, 'key'>,
    child: string | undefined,
  ): void {
    const { node, forward } = this.#context
    const receive = child === undefined ? forward : this.#context.child(child)
    if (receive === undefined) throw childUnknown(node, child)
    const time = record.time ?? (this.isRecord ? this.time : this.#context.streamTime())
    if (!(time >= 0)) throw timeInvalid(node, time)
    const { headers } = record
    if (headers === undefined) return receive(key, record.value, time)
    const { topic, partition, offset } = this.#context.record
    const under = { topic, partition, offset, headers: () => headers }
    this.#context.under(under, () => receive(key, record.value, time))
  }
}

function processing<K, V>(
  context: NodeContext,
  current: Current,
  make: () => Processor<K, V>,
): Receive<K, V> {
  const { node, record } = context
  const processor = own(node, make)
  context.onClose(() => processor.close?.())
  return (key, value, time) => {
    const { isRecord: wasRecord, key: outerKey, time: outerTime } = current
    current.isRecord = true
    current.key = key
    current.time = time
    try {
      processor.process({ key, value, time, headers: record.headers() })
    } catch (thrown) {
      throw ofUser(node, thrown)
    } finally {
      current.isRecord = wasRecord
      current.key = outerKey
      current.time = outerTime
    }
  }
}

/** What all processors work with. */
export function processingContext(
  context: NodeContext,
  stores: readonly string[],
): ProcessingContext {
  const { node, task, record } = context
  return {
    task,
    store<S>({ name, kind, view }: StoreRef<S>): S {
      if (!stores.includes(name)) throw storeNotConnected(node, name)
      // The definition says what the store is.
      const kept = context.storeOf(name, kind)
      if (view === undefined) return kept as S
      return context.shared(`store.${name}`, () => own(node, () => view(kept as never)))
    },
    schedule(intervalMs, kind, fire) {
      return { cancel: context.schedule(intervalMs, kind, (time) => own(node, () => fire(time))) }
    },
    streamTime: () => context.streamTime(),
    wallClock: () => context.wallClock(),
    commit: () => context.requestCommit(),
    metadata() {
      const { topic, partition, offset } = record
      return topic === '' ? null : { topic, partition, offset }
    },
  }
}

function own<T>(node: string, run: () => T): T {
  try {
    return run()
  } catch (thrown) {
    throw ofUser(node, thrown)
  }
}

/** What comes from an operator downstream, or from us, says so already. */
const ofUser = (node: string, thrown: unknown): MillraceError =>
  isMillraceError(thrown) ? thrown : userFunctionFailed(node, thrown)

const storeNotConnected = (node: string, store: string): MillraceError =>
  new MillraceError({
    code: 'STORE_NOT_CONNECTED',
    what: `processor '${node}' asks for store '${store}', which it is not connected to`,
    hint: 'List the store in the `stores` of the processor',
  })

const childUnknown = (node: string, child: string | undefined): MillraceError =>
  new MillraceError({
    code: 'CHILD_UNKNOWN',
    what: `processor '${node}' forwards to '${child}', but no operator after it has that name`,
  })

const timeInvalid = (node: string, time: number): MillraceError =>
  new MillraceError({
    code: 'TIME_INVALID',
    what: `processor '${node}' forwards a record at time ${time}; event times are not negative`,
  })

const keyMissing = (node: string): MillraceError =>
  new MillraceError({
    code: 'KEY_MISSING',
    what: `processor '${node}' keeps keys, and forwards where no record gives one`,
    hint: 'Use process() to forward with a key of your own, in punctuations for example',
  })
