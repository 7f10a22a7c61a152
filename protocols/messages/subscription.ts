// What the two sides of a foreign-key join tell one another. The left side subscribes its rows with the
// task that has the right row; that task answers now, and again whenever the right row changes. Every
// message carries the fingerprint of the left row it is about, so that answers to what a row no longer
// is can be told.
//
//   subscription = instruction (1 byte) fingerprint varint(partition of the left row) left key
//   answer       = (1 a value follows | 2 a farewell) fingerprint varint(partition) value
//   fingerprint  = 0 | 1 sixteen bytes     absent: the left row was deleted
//   pair         = varint(length) foreign key, left key
//
// The last part takes the rest. Pairs are the keys of the store of subscriptions: all of one foreign key
// lie together.

import { ByteWriter } from '../core/byte-writer.ts'
import { PartReader } from '../serdes/part-reader.ts'
import { bytesRefused } from '../serdes/refuse.ts'
import type { Serde } from '../serdes/serde.ts'

/**
 * `leave`: the row names another now, or none; `leave-and-tell`: and answer that, a farewell;
 * `join-or-tell`: answer, also when there is nothing; `join`: answer when there is something.
 */
export type Instruction = 'leave' | 'leave-and-tell' | 'join-or-tell' | 'join'

const INSTRUCTIONS: readonly Instruction[] = ['leave', 'leave-and-tell', 'join-or-tell', 'join']
const FINGERPRINT_BYTES = 16
const HAS_VALUE = 1
const FAREWELL = 2

export interface Subscription<K> {
  readonly instruction: Instruction
  readonly fingerprint: Uint8Array | null
  readonly partition: number
  readonly leftKey: K
}

export interface SubscriptionAnswer<V> {
  readonly fingerprint: Uint8Array | null
  readonly partition: number
  /** The row has left: it names nothing any more. */
  readonly isFarewell: boolean
  /** Null: there is no right row. */
  readonly value: V | null
}

export interface SubscriptionPair<F, K> {
  readonly foreignKey: F
  readonly leftKey: K
}

export const subscriptionSerde = <K>(key: Serde<K>): Serde<Subscription<K>> => ({
  name: `subscription(${key.name})`,
  write({ instruction, fingerprint, partition, leftKey }, out) {
    out.byte(INSTRUCTIONS.indexOf(instruction))
    writeFingerprint(fingerprint, out)
    out.varint(partition)
    key.write(leftKey, out)
  },
  read(bytes, start, end) {
    const parts = new PartReader('a subscription', bytes, start, end)
    const instruction = INSTRUCTIONS[parts.byte()]
    if (instruction === undefined) throw bytesRefused('subscription', 'its instruction is unknown')
    const fingerprint = readFingerprint(parts)
    const partition = parts.varint()
    return { instruction, fingerprint, partition, leftKey: key.read(bytes, parts.at, end) }
  },
})

export const answerSerde = <V>(value: Serde<V>): Serde<SubscriptionAnswer<V>> => ({
  name: `answer(${value.name})`,
  write(answer, out) {
    out.byte((answer.value === null ? 0 : HAS_VALUE) | (answer.isFarewell ? FAREWELL : 0))
    writeFingerprint(answer.fingerprint, out)
    out.varint(answer.partition)
    if (answer.value !== null) value.write(answer.value, out)
  },
  read(bytes, start, end) {
    const parts = new PartReader('an answer', bytes, start, end)
    const flags = parts.byte()
    const fingerprint = readFingerprint(parts)
    const partition = parts.varint()
    const isFarewell = (flags & FAREWELL) !== 0
    const right = (flags & HAS_VALUE) === 0 ? null : value.read(bytes, parts.at, end)
    return { fingerprint, partition, isFarewell, value: right }
  },
})

export const pairSerde = <F, K>(
  foreignKey: Serde<F>,
  leftKey: Serde<K>,
): Serde<SubscriptionPair<F, K>> => ({
  name: `pair(${foreignKey.name},${leftKey.name})`,
  write(pair, out) {
    writePrefix(foreignKey, pair.foreignKey, out)
    leftKey.write(pair.leftKey, out)
  },
  read(bytes, start, end) {
    const parts = new PartReader('a pair', bytes, start, end)
    const from = parts.skip(parts.varint())
    return {
      foreignKey: foreignKey.read(bytes, from, parts.at),
      leftKey: leftKey.read(bytes, parts.at, end),
    }
  },
})

/** What the bytes of all pairs of a foreign key begin with, and those of no other. */
export function pairPrefix<F>(foreignKey: Serde<F>, key: F): Uint8Array {
  const out = new ByteWriter(64)
  writePrefix(foreignKey, key, out)
  return out.finish()
}

function writePrefix<F>(foreignKey: Serde<F>, key: F, out: ByteWriter): void {
  const start = out.begin()
  foreignKey.write(key, out)
  out.end(start)
}

function writeFingerprint(fingerprint: Uint8Array | null, out: ByteWriter): void {
  out.byte(fingerprint === null ? 0 : 1)
  if (fingerprint !== null) out.bytes(fingerprint)
}

const readFingerprint = (parts: PartReader): Uint8Array | null =>
  parts.byte() === 0 ? null : parts.bytes(FINGERPRINT_BYTES)
