// Schema resolution of avro: what one schema wrote, read by another.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import type { AvroSchema } from '#protocols/serdes/avro-schema'
import { serde } from '#protocols/serdes/serdes'
import { decoded } from '#protocols/serdes/whole'
import { refusesBytes, written } from '../../kit/round-trip.ts'

interface Schemas {
  readonly writer: AvroSchema
  readonly reader: AvroSchema
  readonly bigint?: boolean
}

const reading = ({ writer, reader, bigint = false }: Schemas) =>
  serde.avro<unknown>(reader, { id: 2, writers: { 1: writer }, bigint })

const wrote = (writer: AvroSchema, value: unknown): Buffer =>
  written(serde.avro<unknown>(writer, { id: 1 }), value)

const reads = (schemas: Schemas, value: unknown): unknown =>
  decoded(reading(schemas), wrote(schemas.writer, value))

const cannot = (schemas: Schemas, sentence: RegExp): void =>
  assert.throws(
    () => reading(schemas),
    (error: unknown) => isMillraceError(error, 'SCHEMA_INVALID') && sentence.test(error.message),
  )

const record = (fields: readonly object[], name = 'R', more = {}): AvroSchema => ({
  ...{ type: 'record', name, fields },
  ...more,
})
const n = { name: 'n', type: 'int' }
const s = { name: 's', type: 'string' }

test('numbers grow into larger types, and never shrink', () => {
  assert.is(reads({ writer: 'int', reader: 'long' }, 5), 5)
  assert.is(reads({ writer: 'int', reader: 'long', bigint: true }, 5), 5n)
  assert.is(reads({ writer: 'int', reader: 'float' }, 5), 5)
  assert.is(reads({ writer: 'long', reader: 'double' }, 2 ** 40), 2 ** 40)
  assert.is(reads({ writer: 'float', reader: 'double' }, 0.5), 0.5)
  cannot({ writer: 'long', reader: 'int' }, /'long' cannot be read as 'int'/)
  cannot({ writer: 'double', reader: 'float' }, /'double' cannot be read as 'float'/)
  cannot({ writer: 'string', reader: 'int' }, /'string' cannot be read as 'int'/)
})

test('bytes and strings are read as one another', () => {
  assert.equal(reads({ writer: 'string', reader: 'bytes' }, 'é'), Uint8Array.of(0xc3, 0xa9))
  assert.is(reads({ writer: 'bytes', reader: 'string' }, Uint8Array.of(0xc3, 0xa9)), 'é')
})

test('fields are found by their names, wherever they stand', () => {
  const schemas = { writer: record([n, s]), reader: record([s, n]) }
  assert.equal(reads(schemas, { n: 1, s: 'a' }), { n: 1, s: 'a' })
})

test('fields that only the writer has are passed over', () => {
  const many = { name: 'many', type: { type: 'map', values: { type: 'array', items: 'int' } } }
  const schemas = { writer: record([many, n, s]), reader: record([n]) }
  assert.equal(reads(schemas, { many: { a: [1, 2] }, n: 1, s: 'a' }), { n: 1 })
})

test('fields that only the reader has are their default, a new one for each value', () => {
  const list = { name: 'list', type: { type: 'array', items: 'int' }, default: [1] }
  const schemas = { writer: record([n]), reader: record([n, list]) }
  const it = reading(schemas)
  const bytes = wrote(schemas.writer, { n: 1 })
  const found = decoded(it, bytes) as { list: number[] } // as the reader's schema says
  found.list.push(2)
  assert.equal(decoded(it, bytes), { n: 1, list: [1] })
  cannot({ writer: record([n]), reader: record([n, s]) }, /field 's' without a default/)
})

test('fields and types that were renamed are found by their aliases', () => {
  const fields = [{ ...n, name: 'number', aliases: ['n'] }]
  const schemas = { writer: record([n]), reader: record(fields, 'S', { aliases: ['R'] }) }
  assert.equal(reads(schemas, { n: 1 }), { number: 1 })
  cannot({ writer: record([n]), reader: record([n], 'S') }, /'R' cannot be read as 'S'/)
})

test('a symbol that the reader lacks is its default, or refused when a value has it', () => {
  const suit = (symbols: string[], more = {}) => ({ type: 'enum', name: 'Suit', symbols, ...more })
  const writer = suit(['A', 'B'])
  assert.is(reads({ writer, reader: suit(['B']) }, 'B'), 'B')
  assert.is(reads({ writer, reader: suit(['C'], { default: 'C' }) }, 'A'), 'C')
  refusesBytes(reading({ writer, reader: suit(['B']) }), wrote(writer, 'A'), /has no symbol A/)
})

test('a union is read as a type and a type as a union, where the branches meet', () => {
  const maybe = ['null', 'int']
  assert.is(reads({ writer: 'int', reader: maybe }, 5), 5)
  assert.is(reads({ writer: maybe, reader: 'long' }, 5), 5)
  assert.is(reads({ writer: maybe, reader: ['string', 'int', 'null'] }, null), null)
  assert.is(reads({ writer: 'int', reader: ['double', 'int'] }, 5), 5)
  refusesBytes(
    reading({ writer: maybe, reader: 'int' }),
    wrote(maybe, null),
    /'null' cannot be read as 'int'/,
  )
  cannot({ writer: maybe, reader: 'string' }, /cannot be read as 'string'/)
  cannot({ writer: 'string', reader: maybe }, /no branch of the union has a place for 'string'/)
})

test('a branch of a union that became of several records gets its name', () => {
  const writer = record([n], 'Card')
  const reader = [record([n], 'Cash'), record([n], 'Card')]
  assert.equal(reads({ writer, reader }, { n: 1 }), { Card: { n: 1 } })
})

test('records that hold their like are resolved to any depth', () => {
  const next = { name: 'next', type: ['null', 'R'] }
  const added = { name: 'more', type: 'string', default: '-' }
  const schemas = { writer: record([n, next]), reader: record([next, added]) }
  const value = { n: 1, next: { n: 2, next: null } }
  const inner = { next: null, more: '-' }
  assert.equal(reads(schemas, value), { next: inner, more: '-' })
})

test('fixed types meet by name and size', () => {
  const fixed = (size: number) => ({ type: 'fixed', name: 'F', size })
  const value = Uint8Array.of(1, 2)
  assert.equal(reads({ writer: fixed(2), reader: fixed(2) }, value), value)
  cannot({ writer: fixed(2), reader: fixed(3) }, /'F' cannot be read as 'F'/)
})

test.run()
