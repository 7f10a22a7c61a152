// protobuf: messages of protobufjs types, reflected or generated, as values.

import fc from 'fast-check'
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

interface Tree {
  readonly name: string
  readonly sizes: readonly number[]
  readonly leaf: Uint8Array
  readonly height: number
  readonly branches: readonly Tree[]
}

const TreeType = protobuf
  .parse(`
    syntax = "proto3";
    message Tree {
      string name = 1; repeated int32 sizes = 2; bytes leaf = 3; double height = 4;
      repeated Tree branches = 5;
    }
  `)
  .root.lookupType('Tree')

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.record({
    name: fc.string({ maxLength: 200, unit: 'binary' }),
    sizes: fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { maxLength: 20 }),
    leaf: fc.uint8Array({ maxLength: 40 }),
    height: fc.double(),
    branches: fc.oneof({ maxDepth: 3 }, fc.constant([]), fc.array(tie('tree'), { maxLength: 3 })),
  }),
}))

test('whatever stands before a message, its bytes are those that protobufjs writes', () => {
  const it = serde.protobuf<Tree>(TreeType)
  const out = new ByteWriter(1)
  const law = (message: Tree): void => {
    const alone = TreeType.encode(message).finish()
    if (out.length > 100_000) out.clear()
    const start = out.length
    it.write(message, out)
    assert.equal(Buffer.compare(out.view().subarray(start), alone), 0)
  }
  fc.assert(fc.property(tree, law), { numRuns: 300 })
})

test('whatever stands around a message, also one cut short, it reads as it does alone', () => {
  const it = serde.protobuf<Tree>(TreeType)
  const outcome = (read: () => unknown): string => {
    try {
      return JSON.stringify(read())
    } catch (thrown) {
      return isMillraceError(thrown) ? thrown.code : 'BYTES_REFUSED'
    }
  }
  const law = (message: Tree, before: Uint8Array): void => {
    const alone = Buffer.from(TreeType.encode(message).finish())
    const whole = Buffer.concat([before, alone, Buffer.alloc(20, 1)])
    const start = before.length
    for (let length = alone.length; length >= Math.max(0, alone.length - 30); length--) {
      const cut = Buffer.from(alone.subarray(0, length))
      assert.is(
        outcome(() => it.read(whole, start, start + length)),
        outcome(() => TreeType.decode(cut)),
      )
    }
  }
  fc.assert(fc.property(tree, fc.uint8Array({ maxLength: 9 }), law), { numRuns: 200 })
})

test('a write that failed half way leaves nothing to the next one', () => {
  const it = serde.protobuf<Tree>(TreeType)
  const leaf = { name: 'leaf', sizes: [], leaf: new Uint8Array(), height: 1, branches: [] }
  let looks = 0
  const failing = {
    ...leaf,
    get height(): number {
      // Verified first, then encoded.
      if (++looks > 2) throw new Error('no height')
      return 1
    },
  }
  const out = new ByteWriter(8)
  out.byte(7)
  assert.throws(() => it.write({ ...leaf, branches: [failing] }, out), /no height/)
  assert.is(out.length, 1)
  it.write({ ...leaf, branches: [leaf] }, out)
  const alone = TreeType.encode({ ...leaf, branches: [leaf] }).finish()
  assert.equal([...out.view()], [7, ...alone])
})

test.run()
