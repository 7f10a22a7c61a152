// Schemas of avro: what is taken, and what is refused when the serde is made.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { avroType } from '#protocols/serdes/avro-schema'

const refused = (schema: unknown, sentence: RegExp): void =>
  assert.throws(
    () => avroType(schema as object), // wrong on purpose
    (error: unknown) => isMillraceError(error, 'SCHEMA_INVALID') && sentence.test(error.message),
  )

test('a schema is an object, its text, or the name of a primitive type', () => {
  assert.equal(avroType('long').type, { kind: 'long' })
  assert.equal(avroType('"long"').type, { kind: 'long' })
  assert.equal(avroType({ type: 'long', logicalType: 'timestamp-millis' }).type, { kind: 'long' })
  assert.equal(avroType(' ["null", "int"]').type, {
    kind: 'union',
    branches: [{ kind: 'null' }, { kind: 'int' }],
    isNamed: false,
  })
})

test('names are qualified, and a type may hold its like', () => {
  const { type } = avroType({
    ...{ type: 'record', name: 'Node', namespace: 'a.b', aliases: ['Knot'] },
    fields: [{ name: 'children', type: { type: 'array', items: 'Node' } }],
  })
  assert.ok(type.kind === 'record' && type.name === 'a.b.Node')
  assert.equal(type.aliases, ['a.b.Knot'])
  const [children] = type.fields
  assert.ok(children?.type.kind === 'array' && children.type.items === type)
})

test('a default is kept as the bytes of a datum', () => {
  const { type } = avroType({
    ...{ type: 'record', name: 'R' },
    fields: [{ name: 'n', type: ['int', 'null'], default: -1 }],
  })
  assert.ok(type.kind === 'record')
  assert.equal(type.fields[0]?.byDefault, Uint8Array.of(0, 1))
})

test('the fingerprint is that of the canonical form: its first eight bytes by SHA-256', () => {
  assert.is(avroType('int').fingerprint, '3f2b87a9fe7cc9b1')
  assert.is(avroType({ type: 'int', doc: 'a number' }).fingerprint, '3f2b87a9fe7cc9b1')
})

test('what is no schema is refused with a sentence', () => {
  refused('{', /not an Avro schema that can be used: .*JSON/)
  refused('strnig', /undefined type name: strnig/)
  refused(null, /null/)
  refused({ type: 'record', fields: [] }, /missing name/)
  refused(
    { type: 'record', name: 'R', fields: [{ name: 'a-b', type: 'int' }] },
    /invalid field name/,
  )
  refused(
    { type: 'record', name: 'R', fields: [{ name: 'a', type: 'int', default: 'x' }] },
    /default/,
  )
  refused({ type: 'enum', name: 'E', symbols: [] }, /symbols/)
  refused(['int', 'int'], /duplicate|ambiguous/)
})

test('an array of what has no bytes is refused: its count could not be told from damage', () => {
  refused({ type: 'array', items: 'null' }, /array of 'null' have no bytes/)
  const empty = { type: 'record', name: 'Empty', fields: [{ name: 'a', type: 'null' }] }
  refused({ type: 'array', items: empty }, /array of 'Empty' have no bytes/)
})

test.run()
