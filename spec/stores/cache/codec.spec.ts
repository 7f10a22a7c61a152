// How key-value stores lay out keys and values in bytes.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compareBytes, utf8 } from '#protocols/core/bytes'
import { isMillraceError } from '#protocols/core/errors'
import { serde } from '#protocols/serdes/serdes'
import { identityOf, keyValueCodec } from '#stores/cache/codec'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

test('a key is a zero byte and its own bytes, an empty one as well', () => {
  const codec = keyValueCodec(serde.string(), serde.int32(), false)
  assert.is(hex(codec.encodeKey('a')), '0061')
  assert.is(hex(codec.encodeKey('')), '00')
  assert.is(codec.decodeKey(codec.encodeKey('')), '')
})

test('keys come back, and keep the order of their own bytes', () => {
  const codec = keyValueCodec(serde.string(), serde.int32(), false)
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
      const [one, other] = [codec.encodeKey(a), codec.encodeKey(b)]
      assert.is(codec.decodeKey(one), a)
      assert.is(Math.sign(compareBytes(one, other)), Math.sign(compareBytes(utf8(a), utf8(b))))
    }),
  )
})

test('a timestamped value has its time in front, eight bytes big-endian', () => {
  const codec = keyValueCodec(serde.string(), serde.int32(), true)
  assert.is(hex(codec.encodeValue(1, 0x1_0000_0002)), '000000010000000200000001')
  fc.assert(
    fc.property(fc.integer(), fc.maxSafeNat(), (value, time) => {
      const slot = { value: undefined as number | undefined, time: -1 }
      codec.readValue(codec.encodeValue(value, time), slot)
      assert.equal(slot, { value, time })
    }),
  )
})

test('a plain value is its bytes, and its time is not kept', () => {
  const codec = keyValueCodec(serde.string(), serde.int32(), false)
  const slot = { value: undefined as number | undefined, time: -1 }
  codec.readValue(codec.encodeValue(7, 1000), slot)
  assert.equal(slot, { value: 7, time: 0 })
})

test('keys of more than 1,899 bytes are refused', () => {
  const codec = keyValueCodec(serde.bytes(), serde.int32(), false)
  assert.is(codec.encodeKey(new Uint8Array(1899)).length, 1900)
  assert.throws(
    () => codec.encodeKey(new Uint8Array(1900)),
    (error: unknown) => isMillraceError(error, 'KEY_SIZE'),
  )
})

test('objects with the same bytes are one key, primitives are their own', () => {
  const encode = (key: unknown): Uint8Array => utf8(JSON.stringify(key))
  assert.is(identityOf({ id: 1 }, encode), identityOf({ id: 1 }, encode))
  assert.is.not(identityOf({ id: 1 }, encode), identityOf({ id: 2 }, encode))
  assert.is(identityOf('text', encode), 'text')
  assert.is(identityOf(5, encode), 5)
})

test.run()
