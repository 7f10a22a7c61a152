// The door to serdes: what keys and values can be. Bytes are Kafka's own where Kafka has a serializer
// of that kind, so that the other side of a topic may be any Kafka client.

import type { StandardSchemaV1 } from '@standard-schema/spec'
import { MillraceError } from '../core/errors.ts'
import { avro } from './avro.ts'
import { json } from './json.ts'
import { nullable } from './nullable.ts'
import { boolean, double, int32, int64 } from './numbers.ts'
import { protobuf } from './protobuf.ts'
import { bytes, unit } from './raw.ts'
import type { Serde } from './serde.ts'
import { string } from './text.ts'
import { sessionWindowed, windowed } from './windowed.ts'

export type { Serde, SerdeType } from './serde.ts'

export const serde = {
  /** UTF-8. */
  string,
  /** The bytes themselves. */
  bytes,
  /** JSON text, trusted as T or validated on read by a Standard Schema. */
  json,
  /** Four bytes, big-endian. */
  int32,
  /** Eight bytes, big-endian; a safe integer, or a bigint with `{ bigint: true }`. */
  int64,
  /** IEEE 754 in eight bytes, big-endian. */
  double,
  /** One byte, 0 or 1. */
  boolean,
  /** No bytes. */
  unit,
  /** Widens a serde's type by null, which stands for an absent key or value. */
  nullable,
  /** A protobuf message. */
  protobuf,
  /** An Avro datum; with `{ id }` as Kafka's own serializer for a schema registry writes it. */
  avro,
  /** A key in a window of a known size; bytes as Kafka's time-windowed serde. */
  windowed,
  /** A key in a session; bytes as Kafka's session-windowed serde. */
  sessionWindowed,
} as const

/**
 * A serde as it is; a Standard Schema as JSON that it validates.
 * @throws MillraceError SERDE_INVALID
 */
export function asSerde<T>(typed: Serde<T> | StandardSchemaV1<unknown, T>): Serde<T> {
  if ('~standard' in typed) return json(typed)
  if (typeof typed.write === 'function' && typeof typed.read === 'function') return typed
  throw new MillraceError({
    code: 'SERDE_INVALID',
    what: 'a key or value is declared with something that is neither a serde nor a schema',
    hint: "Use serde.string(), serde.json() ... from 'millrace', or a Standard Schema (Zod, Valibot)",
  })
}
