// Failures of a running topology: what they mean for the record at which they happened. An operator
// that fails drops what it was given, there: what it and others did for the record before stays, and
// the operators beside it still get theirs. A call that takes time (mapAsync) has a policy of its own.
//
// Source of the semantics: Kafka Streams' deserialization, processing and production handlers
// (KIP-161, KIP-1033, KIP-1034). A dead letter is the input record as it was read; of what an operator
// had kept, or did by time, it is JSON of what it was at work on.

import { asError, isMillraceError, MillraceError } from '#protocols/core/errors'
import type { BatchCursor } from '#protocols/records/batch'
import { serde } from '#protocols/serdes/serdes'
import { encoded } from '#protocols/serdes/whole'
import type { CurrentRecord } from './current-record.ts'
import { deadLetterHeaders } from './dead-letter.ts'
import type { DropReason, Output, Receive } from './node.ts'
import type { NodePlan, SourcePlan } from './plan.ts'
import { type RecordFailure, type RecordPolicy, verdictOf } from './record-policy.ts'

export interface FailurePorts {
  drop(reason: DropReason): void
  streamTime(): number
  /** Writes bytes as they are. */
  raw(topic: string): Output<Uint8Array, Uint8Array>
}

/** What an operator was given. */
interface Given {
  readonly key: unknown
  readonly value: unknown
  /** Event time, ms. */
  readonly time: number
  /** The record it came of, as it was read; null where that is gone, or never was. */
  readonly input: BatchCursor | null
}

/** Only what a record, or a function of the program, can be blamed for. */
const OF_THE_RECORD: ReadonlySet<string> = new Set([
  ...['USER_FUNCTION_FAILED', 'VALUE_REFUSED', 'KEY_MISSING', 'KEY_SIZE'],
  ...['TIME_INVALID', 'PARTITION_INVALID', 'TOPIC_UNDECLARED', 'CHILD_UNKNOWN'],
])

export class Failures {
  readonly #policy: RecordPolicy
  readonly #current: CurrentRecord
  readonly #ports: FailurePorts
  /** Was judged already, and is on its way out of the topology. */
  #fatal: unknown = null

  constructor(policy: RecordPolicy, current: CurrentRecord, ports: FailurePorts) {
    this.#policy = policy
    this.#current = current
    this.#ports = ports
  }

  /** The way into a node, closed behind it for what fails there. */
  containing(plan: NodePlan, receive: Receive): Receive {
    if (this.#policy === 'fail') return receive
    return (key, value, time) => {
      try {
        receive(key, value, time)
      } catch (thrown) {
        this.take(plan, thrown, { key, value, time, input: this.#current.input })
      }
    }
  }

  /** A node's function that time calls, or for something it had kept; closed likewise. */
  containingCall<A>(plan: NodePlan, call: (argument: A) => void): (argument: A) => void {
    if (this.#policy === 'fail') return call
    return (argument) => {
      try {
        call(argument)
      } catch (thrown) {
        const time = this.#ports.streamTime()
        this.take(plan, thrown, { key: null, value: argument, time, input: null })
      }
    }
  }

  /**
   * Does what the policy says of something that was thrown.
   * @throws what was thrown, where the policy says so or has no say
   */
  take(plan: Pick<NodePlan, 'name' | 'topic'>, thrown: unknown, given: Given): void {
    const isSink = plan.topic !== undefined
    if (thrown === this.#fatal || !this.#isContained(thrown, isSink)) throw thrown
    const error = asError(thrown)
    const kind = isSink ? 'writing' : 'processing'
    const { key, value } = given
    const verdict = this.#judge({ ...this.#place(plan.name, kind, error), key, value })
    if (verdict === 'fail') {
      this.#fatal = thrown
      throw thrown
    }
    this.#ports.drop('failed')
    if (verdict !== 'skip') this.#bury(verdict.dlq, plan.name, error, given)
  }

  /** @throws MillraceError RECORD_UNREADABLE where the source's policy says so */
  unreadable(source: SourcePlan, thrown: unknown): void {
    const why = asError(thrown).message
    const error = recordUnreadable(source.topic, why, thrown)
    const place = this.#place(source.name, 'reading', error)
    const verdict = verdictOf(source.onInvalid, { ...place, key: undefined, value: undefined })
    if (verdict === 'fail') throw error
    this.#ports.drop('unreadable')
    const { input } = this.#current
    if (verdict !== 'skip' && input !== null) this.#write(verdict.dlq, input, error.code, why)
  }

  #isContained(thrown: unknown, isSink: boolean): boolean {
    if (this.#policy === 'fail') return false
    if (isMillraceError(thrown)) return OF_THE_RECORD.has(thrown.code)
    // A serde of the program's own may throw what it likes.
    return isSink && asError(thrown).name !== 'AssertionFailed'
  }

  #judge(failure: RecordFailure): ReturnType<typeof verdictOf> {
    try {
      return verdictOf(this.#policy, failure)
    } catch (thrown) {
      this.#fatal = thrown
      throw thrown
    }
  }

  #place(operator: string, kind: RecordFailure['kind'], error: Error) {
    const { topic, partition, offset } = this.#current
    return { kind, operator, error, topic, partition, offset, headers: this.#current.headers() }
  }

  #bury(dlq: string, operator: string, error: Error, given: Given): void {
    const code = isMillraceError(error) ? error.code : 'WRITE_FAILED'
    const why = isMillraceError(error) ? error.what : `'${operator}': ${error.message}`
    const { key, value, time, input } = given
    if (input !== null) return this.#write(dlq, input, code, why)
    const letter = deadLetterHeaders(this.#current, code, why, operator)
    const headers = [...this.#current.headers(), ...letter]
    this.#ports.raw(dlq).emit(asJson(key), asJson(value), time, headers)
  }

  #write(dlq: string, input: BatchCursor, code: string, why: string): void {
    const { key, value, time, headers } = input.record()
    const letter = [...headers, ...deadLetterHeaders(this.#current, code, why)]
    this.#ports.raw(dlq).emit(key, value, time, letter)
  }
}

/** What an operator got, for a person to read: the bytes it came of are gone. */
function asJson(value: unknown): Uint8Array | null {
  if (value === null || value === undefined) return null
  const shown = (_: string, it: unknown): unknown => (typeof it === 'bigint' ? String(it) : it)
  try {
    return encoded(serde.string(), JSON.stringify(value, shown) ?? String(value))
  } catch {
    return encoded(serde.string(), String(value)) // It contains itself.
  }
}

const recordUnreadable = (topic: string, why: string, cause: unknown): MillraceError =>
  new MillraceError({
    code: 'RECORD_UNREADABLE',
    what: `a record of '${topic}' cannot be read: ${why}`,
    hint: "Mend the producer or the serde, or set onInvalid to 'skip' or 'dlq' on the topic",
    cause,
  })
