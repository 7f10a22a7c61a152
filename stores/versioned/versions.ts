// A version's value in bytes: 01 and the serialised value, or 00 alone where there is no value from the
// version's time on. An absent row is no version at all, so the two must differ.

import { ByteWriter } from '#protocols/core/byte-writer'
import { asBuffer } from '#protocols/core/bytes'
import type { Serde } from '#protocols/serdes/serde'
import type { EntryCodec } from '../cache/codec.ts'

const VOID = 0
const VALUE = 1

export function versionValues<V>(
  value: Serde<V>,
): Omit<EntryCodec<unknown, V | null>, 'decodeKey'> {
  const out = new ByteWriter(256)
  return {
    encodeValue(it) {
      out.clear()
      out.byte(it === null ? VOID : VALUE)
      if (it !== null) value.write(it, out)
      return out.finish()
    },
    readValue(bytes, into) {
      const buffer = asBuffer(bytes)
      into.time = 0
      into.value = buffer[0] === VOID ? null : value.read(buffer, 1, buffer.length)
    },
  }
}
