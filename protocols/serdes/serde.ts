// Values and their bytes. A serde writes a value at a writer's position and reads it from a stretch
// of a buffer: no array is made in between. Bytes are documented per serde and are Kafka's own where
// Kafka has one, so that both sides of a topic may be either system.
//
// Null never reaches a serde: "no key" and "no value" are absent fields of a record. A type that can
// be null says so with `serde.nullable`, which only widens the type.

import type { Read, Write } from '../core/byte-writer.ts'

export interface Serde<T> {
  /** For plans and error messages: `string`, `int64`, `json`. Part of the plan: a change is a format change. */
  readonly name: string
  readonly write: Write<T>
  /** Throws when the bytes are not a T; what it throws becomes part of the record's error. */
  readonly read: Read<T>
  /** Whether null may stand for "absent" in the type: see `serde.nullable`. */
  readonly isNullable?: boolean
  /** As a key: bytes at its end that have no say in its partition, such as a window's. Default 0. */
  readonly unplacedBytes?: number
}

/** The T of a Serde<T>. */
export type SerdeType<S> = S extends Serde<infer T> ? T : never
