// mapAsync: a new value for each record, from a function that takes time. The record is parked in a
// store and its call made in the background; what comes back goes on between two records, in the same
// commit that takes the record out of the park.
//
// So what comes out comes out once; the call itself is made at least once: a record whose call was
// under way when its task closed is still parked when the task starts again, and called about again.
//
// Invariants: (1) of one key at most one call is under way, and records go on in the order they came
// in; those without a key have none; (2) at most `concurrency` calls are under way, waits between the
// attempts of one included; (3) while `parkedMax` records or more are parked the task takes in none;
// one record that became many may exceed it.

import { MillraceError } from '#protocols/core/errors'
import type { Serde } from '#protocols/serdes/serde'
import { encoded } from '#protocols/serdes/whole'
import { identityOf } from '#stores/cache/codec'
import { deadLetterHeaders } from '../topology/dead-letter.ts'
import type { Attempt, NodeContext, Outcome, Output, Receive } from '../topology/node.ts'
import type { ParkedRecord } from './parked-record.ts'

export interface AsyncMapping<K, V, R> {
  /** By the number of the record's coming. */
  readonly store: string
  readonly run: (value: V, key: K, attempt: Attempt) => PromiseLike<R>
  readonly key: Serde<K>
  readonly value: Serde<V>
  readonly concurrency: number
  readonly parkedMax: number
  /** Of one attempt, ms. */
  readonly timeoutMs: number
  readonly retriesMax: number
  readonly backoffMs: number
  /** What becomes of a record whose last attempt failed. */
  readonly onFailure: 'fail' | 'skip' | { readonly dlq: string }
}

export const mapAsync =
  <K, V, R>(mapping: AsyncMapping<K, V, R>) =>
  (context: NodeContext): Receive<K, V> => {
    const park = new Park(mapping, context)
    return (key, value, time) => park.take(key, value, time)
  }

interface Parked<K, V> {
  readonly number: number
  readonly of: ParkedRecord<K, V>
}

class Park<K, V, R> {
  readonly #mapping: AsyncMapping<K, V, R>
  readonly #context: NodeContext
  readonly #kept
  readonly #next
  readonly #letters: Output<K, V> | null
  /** By key, in the order they came; the first is the one that is called about, or ready to be. */
  readonly #lanes = new Map<unknown, Parked<K, V>[]>()
  readonly #ready: Parked<K, V>[] = []
  #size = 0
  #calls = 0
  #isFull = false

  constructor(mapping: AsyncMapping<K, V, R>, context: NodeContext) {
    const { onFailure, key, value } = mapping
    this.#mapping = mapping
    this.#context = context
    this.#kept = context.store<number, ParkedRecord<K, V>>(mapping.store)
    this.#next = context.cell('next', 0)
    this.#letters = typeof onFailure === 'object' ? context.output(onFailure.dlq, key, value) : null
    for (const [number, of] of this.#kept.all()) this.#enter({ number, of })
    this.#begin()
  }

  take(key: K, value: V, time: number): void {
    const number = this.#next.value++
    const of = { key, value, time, record: this.#context.keepRecord() }
    this.#kept.put(number, of, time)
    this.#enter({ number, of })
    this.#begin()
  }

  #enter(parked: Parked<K, V>): void {
    this.#size++
    this.#look()
    const { key } = parked.of
    if (key === null) return void this.#ready.push(parked)
    const id = this.#identity(key)
    const lane = this.#lanes.get(id)
    if (lane !== undefined) return void lane.push(parked)
    this.#lanes.set(id, [parked])
    this.#ready.push(parked)
  }

  #begin(): void {
    while (this.#calls < this.#mapping.concurrency) {
      const parked = this.#ready.shift()
      if (parked === undefined) return
      this.#calls++
      this.#call(parked)
    }
  }

  #call(parked: Parked<K, V>): void {
    const { run, timeoutMs, retriesMax, backoffMs } = this.#mapping
    const { key, value, record } = parked.of
    this.#context.background<R>({
      ...{ record, timeoutMs, retriesMax, backoffMs },
      run: (attempt) => run(value, key, attempt),
      done: (outcome) => {
        this.#goOn(parked, outcome)
        this.#leave(parked)
        this.#begin()
      },
    })
  }

  #goOn({ of: { key, value, time } }: Parked<K, V>, outcome: Outcome<R>): void {
    const { forward, node, record } = this.#context
    if (outcome.kind === 'value') return forward(key, outcome.value, time)
    if (outcome.kind === 'skipped') return
    const failure = callFailed(node, outcome.attempts, outcome.error)
    if (this.#mapping.onFailure === 'fail') throw failure
    this.#context.drop('failed')
    const letter = deadLetterHeaders(record, failure.code, failure.what, node)
    this.#letters?.emit(key, value, time, [...record.headers(), ...letter])
  }

  #leave({ number, of: { key, time } }: Parked<K, V>): void {
    this.#kept.delete(number, time)
    this.#size--
    this.#calls--
    this.#look()
    if (key === null) return
    const id = this.#identity(key)
    const lane = this.#lanes.get(id)
    lane?.shift()
    const next = lane?.[0]
    if (next === undefined) this.#lanes.delete(id)
    else this.#ready.push(next)
  }

  #look(): void {
    const isFull = this.#size >= this.#mapping.parkedMax
    if (isFull === this.#isFull) return
    this.#isFull = isFull
    this.#context.holdInput(isFull)
  }

  #identity(key: K): unknown {
    return identityOf(key, (it) => encoded(this.#mapping.key, it))
  }
}

const callFailed = (node: string, attempts: number, cause: Error): MillraceError =>
  new MillraceError({
    code: 'CALL_FAILED',
    what: `'${node}' gave up after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}: ${cause.message}`,
    hint: "Mend what it calls, allow more retries, or set onFailure to 'skip' or { dlq }",
    cause,
  })
