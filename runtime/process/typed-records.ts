// Records as programs outside a topology give and take them: typed by the topic, headers as an object.

import { utf8 } from '#protocols/core/bytes'
import type { Header, StoredRecord } from '#protocols/records/record'
import type { Serde } from '#protocols/serdes/serde'
import { decoded, encoded } from '#protocols/serdes/whole'
import type { Topic } from '../dsl/topic.ts'

export type GivenHeaders = Readonly<Record<string, string | Uint8Array>>

/** A record that was read. */
export interface ReadRecord<K, V> {
  readonly key: K
  readonly value: V
  /** Event time, ms. */
  readonly time: number
  readonly partition: number
  readonly offset: number
  readonly headers: Readonly<Record<string, Uint8Array>>
}

/** Null has no bytes. Throws what the serde throws. */
export const bytesOf = <T>(serde: Serde<T>, value: T | null): Uint8Array | null =>
  value === null ? null : encoded(serde, value)

export const headersOf = (given: GivenHeaders = {}): Header[] =>
  Object.entries(given).map(([name, value]): Header => {
    return [name, typeof value === 'string' ? utf8(value) : value]
  })

/** Throws what the serdes throw. */
export function received<K, V>(
  { key, value }: Topic<K, V>,
  partition: number,
  record: StoredRecord,
): ReadRecord<K, V> {
  const { offset, time, headers } = record
  return {
    key: valueOrNull(key, record.key),
    value: valueOrNull(value, record.value),
    ...{ partition, offset, time },
    headers: Object.fromEntries(headers),
  }
}

/** Null where the record has nothing, whatever the type says: who reads sees what is there. */
const valueOrNull = <T>(serde: Serde<T>, bytes: Uint8Array | null): T =>
  bytes === null ? (null as T) : decoded(serde, bytes)
