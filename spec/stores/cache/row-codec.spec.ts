// How rows of many per key are laid out in bytes: they come back, keep the order of segment, key, time
// and tie, and rows of one key have no other key's between them.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compareBytes } from '#protocols/core/bytes'
import { isMillraceError } from '#protocols/core/errors'
import { serde } from '#protocols/serdes/serdes'
import { RowCodec } from '#stores/cache/row-codec'

const badKey = fc
  .array(fc.constantFrom(0, 1, 97, 254, 255), { maxLength: 5 })
  .map((bytes) => Uint8Array.from(bytes))
const time = fc.oneof(fc.maxSafeNat(), fc.nat(10_000))
const row = fc.record({ key: badKey, time, tie: time })

type BadRow = { readonly key: Uint8Array; readonly time: number; readonly tie: number }

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

test('a row is its segment, its key with zero bytes escaped, a zero byte, its time and its tie', () => {
  const codec = new RowCodec({ key: serde.bytes(), segmentMs: 1_000, hasTie: true })
  const key = codec.keyBytes(Uint8Array.of(97, 0))
  assert.is(hex(key), '6100ff00')
  assert.is(
    hex(codec.rowBytes(key, 2_500, 7)),
    `000000000002${'6100ff00'}00000000000009c4${'0000000000000007'}`,
  )
  const plain = new RowCodec({ key: serde.bytes(), segmentMs: null, hasTie: false })
  assert.is(hex(plain.rowBytes(plain.keyBytes(Uint8Array.of()), 1, 0)), '000000000000000001')
})

test('rows come back, and compare as segment, key, time and tie do', () => {
  const codec = new RowCodec({ key: serde.bytes(), segmentMs: 1_000, hasTie: true })
  const bytesOf = ({ key, time, tie }: BadRow): Uint8Array =>
    codec.rowBytes(codec.keyBytes(key), time, tie)
  const order = (a: BadRow, b: BadRow): number =>
    codec.segment(a.time) - codec.segment(b.time) ||
    compareBytes(a.key, b.key) ||
    a.time - b.time ||
    a.tie - b.tie
  fc.assert(
    fc.property(row, row, (a, b) => {
      const { key, time, tie } = codec.decodeKey(bytesOf(a))
      assert.equal([hex(key), time, tie], [hex(a.key), a.time, a.tie])
      assert.is(Math.sign(compareBytes(bytesOf(a), bytesOf(b))), Math.sign(order(a, b)))
    }),
  )
})

test('the bounds of a key hold its rows from a time on and no others', () => {
  const codec = new RowCodec({ key: serde.bytes(), segmentMs: null, hasTie: true })
  fc.assert(
    fc.property(row, badKey, time, (it, key, from) => {
      const bytes = codec.rowBytes(codec.keyBytes(it.key), it.time, it.tie)
      const low = codec.from(0, codec.keyBytes(key), from)
      const high = codec.after(0, codec.keyBytes(key))
      const isWithin = compareBytes(low, bytes) <= 0 && compareBytes(bytes, high) < 0
      assert.is(isWithin, hex(key) === hex(it.key) && it.time >= from)
    }),
  )
})

test('a key that leaves no room for the rest of its row is refused', () => {
  const codec = new RowCodec({ key: serde.bytes(), segmentMs: 1_000, hasTie: true })
  const fits = codec.keyBytes(new Uint8Array(1_877).fill(1))
  assert.is(codec.rowBytes(fits, 0, 0).length, 1_900)
  assert.throws(
    () => codec.keyBytes(new Uint8Array(1_878).fill(1)),
    (error: unknown) => isMillraceError(error, 'KEY_SIZE'),
  )
})

test.run()
