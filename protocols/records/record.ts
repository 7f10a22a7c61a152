// A record outside us: key, value, time, headers, and where it was found. Everything here is bytes;
// serdes give them types. A null key means "no key"; a null value means "no value" (a tombstone in a
// table). Null and empty are different and stay different on the wire.

import type { Offset, StreamTimeMs } from '../core/brands.ts'

export type Header = readonly [name: string, value: Uint8Array]
export type Headers = readonly Header[]

export const NO_HEADERS: Headers = Object.freeze([])

export interface RawRecord {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  /** Event time, ms. */
  readonly time: StreamTimeMs
  readonly headers: Headers
}

export interface StoredRecord extends RawRecord {
  readonly offset: Offset
}

/** One partition of one topic. */
export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** `lines/3`: how a partition is written in messages, keys and on screens. */
export const partitionName = (at: TopicPartition): string => `${at.topic}/${at.partition}`
