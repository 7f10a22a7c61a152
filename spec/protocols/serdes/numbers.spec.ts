// Numbers: big-endian as Kafka's, exact or refused.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { serde } from '#protocols/serdes/serdes'
import { back, comesBack, hex, refuses, refusesBytes, written } from '../../kit/round-trip.ts'

const MIN_64 = -(2n ** 63n)
const MAX_64 = 2n ** 63n - 1n

test('int32 is four bytes big-endian over its whole range', () => {
  comesBack(serde.int32(), fc.integer(), [2 ** 31 - 1, -(2 ** 31), 0, -1])
  assert.is(hex(serde.int32(), 258), '00000102')
  assert.is(hex(serde.int32(), -2), 'fffffffe')
})

test('int64 is eight bytes big-endian over the safe integers', () => {
  const edges = [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2 ** 32, -(2 ** 32), 2 ** 31]
  comesBack(serde.int64(), fc.maxSafeInteger(), edges)
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      const expected = Buffer.alloc(8)
      expected.writeBigInt64BE(BigInt(value))
      assert.is(hex(serde.int64(), value), expected.toString('hex'))
    }),
  )
})

test('int64 as a bigint has all 64 bits', () => {
  const all = fc.bigInt({ min: MIN_64, max: MAX_64 })
  comesBack(serde.int64({ bigint: true }), all, [MIN_64, MAX_64])
})

test('stored values of more than 53 bits are refused, not rounded', () => {
  const big = serde.int64({ bigint: true })
  refusesBytes(serde.int64(), written(big, 2n ** 53n), /9007199254740992 has more than 53 bits/)
  refusesBytes(serde.int64(), written(big, MIN_64), /-9223372036854775808 has more/)
})

test('double is IEEE 754 big-endian, with infinities, NaN and both zeros', () => {
  comesBack(serde.double(), fc.double())
  assert.is(hex(serde.double(), 1.5), '3ff8000000000000')
  assert.is(hex(serde.double(), Number.NaN), '7ff8000000000000')
  assert.ok(Object.is(back(serde.double(), -0), -0))
})

test('boolean is one byte, 0 or 1, and no other byte is one', () => {
  comesBack(serde.boolean(), fc.boolean())
  assert.is(hex(serde.boolean(), true), '01')
  refusesBytes(serde.boolean(), Uint8Array.of(2), /the byte is 2/)
})

test('bytes of another size than declared are refused', () => {
  for (const it of [serde.int32(), serde.int64(), serde.double(), serde.boolean()]) {
    for (const size of [0, 3, 9]) {
      refusesBytes<number | boolean>(it as never, new Uint8Array(size), /bytes instead of/)
    }
  }
  refusesBytes(serde.int64({ bigint: true }), new Uint8Array(4), /4 bytes instead of 8/)
})

test('a value that does not fit is refused with a sentence', () => {
  refuses(serde.int32(), 'abc', /int32 cannot hold the string 'abc'/)
  refuses(serde.int32(), 2 ** 31, /int32 cannot hold the number 2147483648/)
  refuses(serde.int32(), 1.5, /int32 cannot hold the number 1.5/)
  refuses(serde.int64(), 2 ** 53, /at most 53 bits/)
  refuses(serde.int64(), Number.NaN, /at most 53 bits/)
  refuses(serde.int64(), 1n, /int64 cannot hold the bigint 1/)
  refuses(serde.int64({ bigint: true }), 1, /cannot hold the number 1/)
  refuses(serde.int64({ bigint: true }), MAX_64 + 1n, /cannot hold the bigint 9223372036854775808/)
  refuses(serde.double(), '1', /double cannot hold the string '1'/)
  refuses(serde.boolean(), 1, /boolean cannot hold the number 1/)
})

test.run()
