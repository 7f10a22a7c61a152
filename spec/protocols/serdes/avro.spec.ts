// avro: a datum by a schema, plain or with the id that a registry gave the schema.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ByteWriter } from '#protocols/core/byte-writer'
import { isMillraceError } from '#protocols/core/errors'
import { serde } from '#protocols/serdes/serdes'
import { decoded, encoded } from '#protocols/serdes/whole'
import { back, comesBack, hex, refuses, refusesBytes, written } from '../../kit/round-trip.ts'

const PLAIN = { noNullPrototype: true } as const

interface Order {
  readonly customer: string
  readonly amount: number
  readonly note: string | null
}

const FIELDS = [
  { name: 'customer', type: 'string' },
  { name: 'amount', type: 'int' },
]
const first = { type: 'record', name: 'Order', namespace: 'shop', fields: FIELDS }
const note = { name: 'note', type: ['null', 'string'], default: null }
const second = { ...first, fields: [...FIELDS, note] }
const order: Order = { customer: 'ahab', amount: 3, note: null }

const every = serde.avro({
  type: 'record',
  name: 'Every',
  fields: [
    { name: 'nothing', type: 'null' },
    { name: 'flag', type: 'boolean' },
    { name: 'small', type: 'int' },
    { name: 'large', type: 'long' },
    { name: 'single', type: 'float' },
    { name: 'twice', type: 'double' },
    { name: 'raw', type: 'bytes' },
    { name: 'text', type: 'string' },
    { name: 'suit', type: { type: 'enum', name: 'Suit', symbols: ['SPADES', 'HEARTS'] } },
    { name: 'hash', type: { type: 'fixed', name: 'Hash', size: 2 } },
    { name: 'list', type: { type: 'array', items: { type: 'array', items: 'int' } } },
    { name: 'table', type: { type: 'map', values: ['null', 'long', 'string', 'bytes'] } },
    { name: 'tail', type: ['null', 'Every'] },
  ],
})

const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 55, maxLength: 80 }))
const raw = fc.uint8Array({ maxLength: 9 })
const { tree } = fc.letrec((tie) => ({
  tree: fc.record(
    {
      nothing: fc.constant(null),
      flag: fc.boolean(),
      small: fc.integer(),
      large: fc.maxSafeInteger(),
      single: fc.float(),
      twice: fc.double(),
      raw,
      text,
      suit: fc.constantFrom('SPADES', 'HEARTS'),
      hash: fc.uint8Array({ minLength: 2, maxLength: 2 }),
      list: fc.array(fc.array(fc.integer())),
      table: fc.dictionary(
        fc.oneof(fc.string(), fc.constant('__proto__')),
        fc.oneof(fc.constant(null), fc.maxSafeInteger(), fc.string(), raw),
        PLAIN,
      ),
      tail: fc.option(tie('tree'), { maxDepth: 2 }),
    },
    PLAIN,
  ),
}))

test('values of every type come back', () => comesBack<unknown>(every, tree))

test('a datum cut short at any length is refused', () => {
  fc.assert(
    fc.property(tree, (value) => {
      const bytes = encoded(every, value)
      for (let size = 0; size < bytes.length; size++) {
        refusesBytes(every, bytes.subarray(0, size), /^not avro/)
      }
    }),
    { numRuns: 20 },
  )
})

test('any bytes are a value or are refused, and what was read is written again', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60, size: 'max' }), (bytes) => {
      try {
        const value = decoded(every, bytes)
        assert.equal(back(every, value), value)
      } catch (error) {
        assert.ok(isMillraceError(error, 'BYTES_REFUSED'), String(error))
      }
    }),
    { numRuns: 2000 },
  )
})

test('bytes that are left over are refused', () => {
  refusesBytes(serde.avro('int'), Uint8Array.of(2, 0), /1 bytes are left over/)
  refusesBytes(serde.avro('null'), Uint8Array.of(0), /1 bytes are left over/)
})

test('nothing is left of a value that is refused half-way', () => {
  const out = new ByteWriter()
  for (const it of [serde.avro<unknown>(first), serde.avro<unknown>(first, { id: 1 })]) {
    assert.throws(() => it.write({ customer: 'ahab', amount: 'three' }, out))
    assert.is(out.length, 0)
  }
  refuses(serde.avro(first), { customer: 'ahab', amount: 'x' }, /amount: no int: the string 'x'/)
})

test('a value that holds itself is refused, as are bytes that nest without end', () => {
  const list = { type: 'record', name: 'List', fields: [{ name: 'next', type: ['List', 'null'] }] }
  const cyclic: { next?: unknown } = {}
  cyclic.next = cyclic
  refuses(serde.avro(list), cyclic, /next\.next.*Maximum call stack/)
  refusesBytes(serde.avro(list), new Uint8Array(1_000_000), /nested too deep/)
})

test('what was read does not change with the buffer it was read from', () => {
  const buffer = Buffer.from([4, 1, 2])
  const found = serde.avro<Uint8Array>('bytes').read(buffer, 0, 3)
  buffer.fill(0)
  assert.equal(found, Uint8Array.of(1, 2))
})

test("with an id the bytes are those of Confluent's serializer: 0, four bytes of id, the datum", () => {
  const it = serde.avro<Order>(second, { id: 258 })
  assert.is(hex(it, order), `0000000102${hex(serde.avro<Order>(second), order)}`)
  assert.is(hex(it, order), '0000000102086168616206' + '00')
  assert.equal(back(it, order), order)
})

test('what was written with an older schema is read by its id, with defaults for what is new', () => {
  const old = written(serde.avro<Omit<Order, 'note'>>(first, { id: 1 }), order)
  const it = serde.avro<Order>(second, { id: 2, writers: { 1: first } })
  assert.equal(decoded(it, old), order)
  assert.equal(back(it, { ...order, note: 'late' }), { ...order, note: 'late' })
})

test('an id that is not known is refused with what to do about it', () => {
  const bytes = written(serde.avro<Order>(second, { id: 3 }), order)
  const it = serde.avro<Order>(second, { id: 2, writers: { 1: first } })
  refusesBytes(it, bytes, /has the id 3, and known are 1, 2\. .*writers: \{ 3: schema \}/)
})

test('bytes without the zero and the id are refused', () => {
  const it = serde.avro<Order>(second, { id: 2 })
  refusesBytes(it, encoded(serde.avro<Order>(second), order), /begin with a zero/)
  refusesBytes(it, Uint8Array.of(0, 0, 0, 2), /begin with a zero/)
  refusesBytes(it, Uint8Array.of(0, 0, 0, 0, 2), /ends too soon/)
})

test('the name of a plain datum changes with its schema, that of one with an id does not', () => {
  const { name } = serde.avro(first)
  assert.match(name, /^avro\([0-9a-f]{16}\)$/)
  assert.is(serde.avro({ ...first, doc: 'words have no say in the bytes' }).name, name)
  assert.is(serde.avro(JSON.stringify(first, null, 2)).name, name)
  assert.is.not(serde.avro(second).name, name)
  assert.is(serde.avro(first, { id: 1 }).name, 'avro(ids)')
  assert.is(serde.avro(second, { id: 2, writers: { 1: first } }).name, 'avro(ids)')
})

test('ids and writers that cannot be are refused when the serde is made', () => {
  const refused = (make: () => unknown, sentence: RegExp): void =>
    assert.throws(
      make,
      (error: unknown) => isMillraceError(error, 'SCHEMA_INVALID') && sentence.test(error.message),
    )
  refused(() => serde.avro(first, { id: -1 }), /-1 is no id/)
  refused(() => serde.avro(first, { id: 2 ** 31 }), /2147483648 is no id/)
  refused(() => serde.avro(first, { writers: { 1: second } }), /has none/)
  refused(
    () => serde.avro(second, { id: 2, writers: { 1: 'string' } }),
    /id 1 cannot be read: 'string' cannot be read as 'shop\.Order'.*default/,
  )
})

test.run()
