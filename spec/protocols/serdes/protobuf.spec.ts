// protobuf: messages of protobufjs types, reflected or generated, as values.

import protobuf from 'protobufjs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ByteWriter } from '#protocols/core/byte-writer'
import { isMillraceError } from '#protocols/core/errors'
import { serde } from '#protocols/serdes/serdes'
import { decoded, encoded } from '#protocols/serdes/whole'

interface Order {
  customer: string
  amount: number
  note: Uint8Array
}

const { root } = protobuf.parse(`
  syntax = "proto3";
  message Order { string customer = 1; int32 amount = 2; bytes note = 3; }
`)
const OrderType = root.lookupType('Order')
const order: Order = { customer: 'ahab', amount: 3, note: Uint8Array.of(1, 2) }

test('a message of a reflected type comes back', () => {
  const it = serde.protobuf<Order>(OrderType)
  const found = decoded(it, encoded(it, order))
  assert.is(found.customer, 'ahab')
  assert.is(found.amount, 3)
  assert.equal([...found.note], [1, 2])
})

test('the bytes are those of the message and nothing else', () => {
  const bytes = encoded(serde.protobuf<Order>(OrderType), order)
  assert.equal([...bytes], [...OrderType.encode(order).finish()])
})

test('anything with encode and decode serves as well', () => {
  const Tick = {
    encode: (tick: { n: number }) => ({ finish: () => Uint8Array.of(tick.n) }),
    decode: (bytes: Uint8Array) => ({ n: bytes[0] ?? -1 }),
  }
  const it = serde.protobuf(Tick)
  assert.equal(decoded(it, encoded(it, { n: 5 })), { n: 5 })
})

/** As protobufjs and ts-proto generate it: static functions that take a writer or make one. */
const Generated = {
  encode({ customer, amount, note }: Order, writer = protobuf.Writer.create()): protobuf.Writer {
    if (customer !== '') writer.uint32(10).string(customer)
    if (amount !== 0) writer.uint32(16).int32(amount)
    if (note.length > 0) writer.uint32(26).bytes(note)
    return writer
  },
  decode(input: protobuf.Reader | Uint8Array): Order {
    const reader = input instanceof protobuf.Reader ? input : protobuf.Reader.create(input)
    const message: Order = { customer: '', amount: 0, note: new Uint8Array() }
    while (reader.pos < reader.len) {
      const tag = reader.uint32()
      if (tag === 10) message.customer = reader.string()
      else if (tag === 16) message.amount = reader.int32()
      else if (tag === 26) message.note = Uint8Array.from(reader.bytes())
      else reader.skipType(tag & 7)
    }
    return message
  },
}

test('a generated type writes and reads what a reflected one does', () => {
  const generated = serde.protobuf(Generated)
  const reflected = serde.protobuf<Order>(OrderType)
  assert.equal(encoded(generated, order), encoded(reflected, order))
  assert.equal(decoded(generated, encoded(reflected, order)), order)
  assert.throws(
    () => decoded(generated, Uint8Array.of(0x0a, 0xff)),
    (error: unknown) => isMillraceError(error, 'BYTES_REFUSED'),
  )
})

test('a message that does not verify is refused with what is wrong', () => {
  const it = serde.protobuf<Order>(OrderType)
  const wrong = { ...order, amount: 'three' } as unknown as Order // wrong on purpose
  assert.throws(
    () => it.write(wrong, new ByteWriter()),
    (error: unknown) =>
      isMillraceError(error, 'VALUE_REFUSED') && error.message.includes('amount: integer expected'),
  )
  assert.throws(
    () => it.write('order' as unknown as Order, new ByteWriter()),
    (error: unknown) => isMillraceError(error, 'VALUE_REFUSED'),
  )
})

test('bytes that are no message are refused', () => {
  assert.throws(
    () => decoded(serde.protobuf<Order>(OrderType), Uint8Array.of(0x0a, 0xff)),
    (error: unknown) => isMillraceError(error, 'BYTES_REFUSED'),
  )
})

test('what was read does not change with the buffer it was read from', () => {
  const it = serde.protobuf<Order>(OrderType)
  const buffer = Buffer.from(encoded(it, order))
  const found = it.read(buffer, 0, buffer.length)
  buffer.fill(0)
  assert.equal([...found.note], [1, 2])
})

test.run()
