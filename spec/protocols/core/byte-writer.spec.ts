// The byte writer writes what protobuf writes, wherever its buffer happens to end.

import fc from 'fast-check'
import protobuf from 'protobufjs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ByteWriter, varintSize } from '#protocols/core/byte-writer'

const safe = fc.oneof(fc.maxSafeNat(), fc.nat(300), fc.nat(2 ** 31 + 5))

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

test('varints are those of protobuf up to the largest safe integer', () => {
  const property = fc.property(safe, (value) => {
    const out = new ByteWriter(1)
    out.varint(value)
    assert.is(hex(out.finish()), hex(protobuf.Writer.create().uint64(value).finish()))
    assert.is(out.length, varintSize(value))
  })
  fc.assert(property, { examples: [[0], [127], [128], [2 ** 31 - 1], [2 ** 31], [2 ** 53 - 1]] })
})

test('zigzag numbers are those of protobuf over 52 bits and a sign', () => {
  const bound = 2 ** 52 - 1
  const property = fc.property(fc.integer({ min: -bound, max: bound }), (value) => {
    const out = new ByteWriter(1)
    out.zigzag(value)
    assert.is(hex(out.finish()), hex(protobuf.Writer.create().sint64(value).finish()))
  })
  fc.assert(property, { examples: [[0], [-1], [1], [-bound], [bound]] })
})

test('text is UTF-8, whatever its length and letters', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 20, maxLength: 30 }))
  fc.assert(
    fc.property(text, fc.nat(4), (value, capacity) => {
      const out = new ByteWriter(capacity)
      out.text(value)
      assert.is(hex(out.finish()), Buffer.from(value, 'utf8').toString('hex'))
    }),
  )
})

test('an open field is a tag and a length-prefixed stretch, wherever the buffer ends', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(4), (bytes, capacity) => {
      const out = new ByteWriter(capacity)
      const start = out.open(0x12)
      out.bytes(bytes)
      out.end(start)
      const expected = protobuf.Writer.create().uint32(0x12).bytes(bytes).finish()
      assert.is(hex(out.finish()), hex(expected))
    }),
  )
})

test('a length-prefixed stretch is protobuf bytes, also when stretches are nested and long', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }), (parts) => {
      const out = new ByteWriter(1)
      const outer = out.begin()
      for (const part of parts) {
        const inner = out.begin()
        out.bytes(part)
        out.end(inner)
      }
      out.end(outer)
      const expected = protobuf.Writer.create().fork()
      for (const part of parts) expected.bytes(part)
      assert.is(hex(out.finish()), hex(expected.ldelim().finish()))
    }),
  )
})

test('a long stretch that fills the buffer to its last byte makes room for its length', () => {
  for (const size of [127, 128, 129, 16_383, 16_384]) {
    const out = new ByteWriter(size + 1)
    const content = new Uint8Array(size).fill(7)
    const start = out.begin()
    out.bytes(content)
    out.end(start)
    assert.is(hex(out.finish()), hex(protobuf.Writer.create().bytes(content).finish()))
  }
})

test('a finished copy stays, a view is overwritten, clear starts anew', () => {
  const out = new ByteWriter(8)
  out.byte(1)
  const copy = out.finish()
  const view = out.view()
  out.clear()
  assert.is(out.length, 0)
  out.byte(2)
  assert.equal([...copy], [1])
  assert.equal([...view], [2])
})

test.run()
