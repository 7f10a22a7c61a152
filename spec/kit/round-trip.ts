// What the laws of every serde need: a value written, read back, and shown as hex.

import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { ByteWriter } from '#protocols/core/byte-writer'
import { isMillraceError } from '#protocols/core/errors'
import type { Serde } from '#protocols/serdes/serde'

/** Any value, the examples among them, is read as it was written, also between other bytes. */
export function comesBack<T>(
  it: Serde<T>,
  values: fc.Arbitrary<T>,
  examples: readonly T[] = [],
): void {
  const property = fc.property(values, fc.nat(2), (value, offset) => {
    const bytes = written(it, value)
    const among = Buffer.concat([Buffer.alloc(offset, 1), bytes, Buffer.alloc(offset, 1)])
    assert.equal(it.read(among, offset, offset + bytes.length), value)
  })
  fc.assert(property, { examples: examples.map((value) => [value, 1]) })
}

export function back<T>(it: Serde<T>, value: T): T {
  const bytes = written(it, value)
  return it.read(bytes, 0, bytes.length)
}

export const hex = <T>(it: Serde<T>, value: T): string => written(it, value).toString('hex')

export function written<T>(it: Serde<T>, value: T): Buffer {
  const out = new ByteWriter(1)
  it.write(value, out)
  return Buffer.from(out.finish())
}

/** Writing a value of another type is refused with a sentence. */
export function refuses(it: Pick<Serde<never>, 'write'>, value: unknown, sentence: RegExp): void {
  assert.throws(
    () => it.write(value as never, new ByteWriter()), // wrong on purpose
    (error: unknown) => isMillraceError(error, 'VALUE_REFUSED') && sentence.test(error.message),
  )
}

/** Reading these bytes is refused with a sentence. */
export function refusesBytes<T>(it: Serde<T>, bytes: Uint8Array, sentence: RegExp): void {
  const buffer = Buffer.from(bytes)
  assert.throws(
    () => it.read(buffer, 0, buffer.length),
    (error: unknown) => isMillraceError(error, 'BYTES_REFUSED') && sentence.test(error.message),
  )
}
