// The bytes of avro: those of the Avro specification, and what each type refuses.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Misfit } from '#protocols/serdes/avro-write'
import { serde } from '#protocols/serdes/serdes'
import { back, hex, refuses } from '../../kit/round-trip.ts'

const MAX = Number.MAX_SAFE_INTEGER

test('numbers are zigzag varints, as in the table of the specification', () => {
  const table = {
    '0': '00',
    '-1': '01',
    '1': '02',
    '-2': '03',
    '2': '04',
    '-64': '7f',
    '64': '8001',
  }
  for (const type of ['int', 'long']) {
    for (const [number, bytes] of Object.entries(table)) {
      assert.is(hex(serde.avro(type), Number(number)), bytes)
    }
  }
})

test('a string is its length and UTF-8, as "foo" in the specification', () => {
  assert.is(hex(serde.avro('string'), 'foo'), '06666f6f')
  for (const text of ['é'.repeat(40), 'x'.repeat(63), 'x'.repeat(64), '鯨'.repeat(30)]) {
    const length = hex(serde.avro('long'), Buffer.byteLength(text))
    assert.is(hex(serde.avro('string'), text), length + Buffer.from(text).toString('hex'))
  }
})

test('a record is its fields one after another, as in the specification', () => {
  const fields = [
    { name: 'a', type: 'long' },
    { name: 'b', type: 'string' },
  ]
  const it = serde.avro({ type: 'record', name: 'test', fields })
  assert.is(hex(it, { a: 27, b: 'foo' }), '3606666f6f')
})

test('an array is blocks with a count, ended by 0, as in the specification', () => {
  const it = serde.avro({ type: 'array', items: 'long' })
  assert.is(hex(it, [3, 27]), '04063600')
  assert.is(hex(it, []), '00')
})

test('a union is the index of its branch and the value, as in the specification', () => {
  assert.is(hex(serde.avro(['null', 'string']), null), '00')
  assert.is(hex(serde.avro(['null', 'string']), 'a'), '020261')
})

test('the other types are as the specification says', () => {
  assert.is(hex(serde.avro('null'), null), '')
  assert.is(hex(serde.avro('boolean'), true), '01')
  assert.is(hex(serde.avro('float'), 1.5), '0000c03f')
  assert.is(hex(serde.avro('double'), 1.5), '000000000000f83f')
  assert.is(hex(serde.avro('bytes'), Uint8Array.of(1, 2)), '040102')
  assert.is(hex(serde.avro({ type: 'fixed', name: 'F', size: 2 }), Uint8Array.of(1, 2)), '0102')
  assert.is(hex(serde.avro({ type: 'enum', name: 'E', symbols: ['A', 'B'] }), 'B'), '02')
  assert.is(hex(serde.avro({ type: 'map', values: 'int' }), { a: 1 }), '0202610200')
})

test('a long is a safe integer, exactly, or with { bigint: true } all 64 bits', () => {
  const bytes = (value: bigint): string => hex(serde.avro('long', { bigint: true }), value)
  const edges = [MAX, -MAX, 2 ** 52, -(2 ** 52), -(2 ** 52) - 1, 2 ** 31, -(2 ** 31) - 1]
  const exact = fc.property(fc.maxSafeInteger(), (value) => {
    assert.is(hex(serde.avro('long'), value), bytes(BigInt(value)))
    assert.is(back(serde.avro('long'), value), value)
  })
  fc.assert(exact, { examples: edges.map((edge) => [edge]) })
  assert.is(bytes(2n ** 63n - 1n), 'feffffffffffffffff01')
  assert.is(bytes(-(2n ** 63n)), 'ffffffffffffffffff01')
  refuses(serde.avro('long'), MAX + 1, /no long of at most 53 bits: the number 9007199254740992/)
  refuses(serde.avro('long'), 1n, /no long of at most 53 bits: the bigint 1/)
  refuses(serde.avro('long', { bigint: true }), 1, /no long as a bigint: the number 1/)
  refuses(serde.avro('long', { bigint: true }), 2n ** 63n, /no long as a bigint/)
})

test('what does not fit is refused with the path to it', () => {
  const lines = { type: 'array', items: { type: 'map', values: 'int' } }
  const it = serde.avro({ type: 'record', name: 'R', fields: [{ name: 'lines', type: lines }] })
  refuses(it, { lines: [{}, { a: 1, b: 1.5 }] }, /: lines\.1\.b: no int: the number 1\.5/)
  refuses(it, {}, /lines: no array: undefined/)
  refuses(it, null, /no R: null/)
  refuses(it, { lines: [[]] }, /lines\.0: no map: an object \(Array\)/)
})

test('every type refuses what is not of it', () => {
  const suit = { type: 'enum', name: 'Suit', symbols: ['SPADES'] }
  refuses(serde.avro('null'), undefined, /no null: undefined/)
  refuses(serde.avro('boolean'), 1, /no boolean/)
  refuses(serde.avro('int'), 2 ** 31, /no int: the number 2147483648/)
  refuses(serde.avro('float'), 1e300, /no float/)
  refuses(serde.avro('double'), '1', /no double/)
  refuses(serde.avro('string'), 1, /no string/)
  refuses(serde.avro('bytes'), 'abc', /no bytes/)
  refuses(serde.avro({ type: 'fixed', name: 'F', size: 2 }), new Uint8Array(3), /no F \(2 bytes\)/)
  for (const wrong of ['CLUBS', 'constructor', ['SPADES']]) {
    refuses(serde.avro(suit), wrong, /no symbol of Suit/)
  }
  refuses(serde.avro(['null', 'int']), 'a', /no one of null, int: the string 'a'/)
})

test('a field with a default is written all the same: defaults are for readers', () => {
  const fields = [{ name: 'n', type: 'int', default: 7 }]
  refuses(serde.avro({ type: 'record', name: 'R', fields }), {}, /n: no int: undefined/)
})

test('the branch of a union is the first that holds the value exactly', () => {
  assert.is(hex(serde.avro(['int', 'long', 'float', 'double']), 1), '0002')
  assert.is(hex(serde.avro(['int', 'long', 'float', 'double']), 2 ** 31), '028080808010')
  assert.is(hex(serde.avro(['float', 'double']), 0.5), '000000003f')
  assert.is(hex(serde.avro(['float', 'double']), 0.1).slice(0, 2), '02')
})

test('a union of several records or maps has the name of the branch around its values', () => {
  const record = (name: string) => ({ type: 'record', name, fields: [{ name: 'n', type: 'int' }] })
  const it = serde.avro<unknown>(['null', record('shop.Card'), record('shop.Cash'), 'string'])
  for (const value of [null, { 'shop.Cash': { n: 1 } }, { string: 'iou' }]) {
    assert.equal(back(it, value), value)
  }
  assert.is(hex(it, { 'shop.Cash': { n: 1 } }), '0402')
  refuses(it, { n: 1 }, /no one of null, shop\.Card, shop\.Cash, string, by its name/)
  refuses(it, 'iou', /by its name/)
})

test('the path to a misfit is shortened to its end', () => {
  const deep = new Misfit('no int')
  for (let n = 0; n < 20; n++) deep.within(n)
  assert.match(deep.sentence(), /^19\.18.*\.8: no int$/)
})

test.run()
