// json: trusted as declared, or validated on read by a Standard Schema.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { utf8 } from '#protocols/core/bytes'
import { isMillraceError } from '#protocols/core/errors'
import { type Serde, serde } from '#protocols/serdes/serdes'
import { back, comesBack, hex, refuses, refusesBytes } from '../../kit/round-trip.ts'

/** As JSON has it: no negative zero, no objects without a prototype. */
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

test('values come back as JSON has them', () => {
  comesBack(serde.json(), fc.jsonValue().map(asJson))
  assert.is(hex(serde.json(), { a: 'ü' }), Buffer.from('{"a":"ü"}').toString('hex'))
})

test('what JSON cannot say is refused', () => {
  const cyclic: unknown[] = []
  cyclic.push(cyclic)
  refuses(serde.json(), undefined, /json cannot hold undefined/)
  refuses(serde.json(), () => 1, /json cannot hold the function/)
  refuses(serde.json(), 1n, /json cannot hold the bigint 1/)
  refuses(serde.json(), cyclic, /json cannot hold an object \(Array\)/)
})

test('bytes that are no JSON are refused', () => {
  refusesBytes(serde.json(), utf8('{"a":'), /^not json: /)
  refusesBytes(serde.json(), new Uint8Array(0), /^not json: /)
})

test('a schema validates what is read and names the path', () => {
  const order = serde.json(z.object({ lines: z.array(z.object({ amount: z.number() })) }))
  assert.is(order.name, 'json')
  assert.equal(back(order, { lines: [{ amount: 1 }] }), { lines: [{ amount: 1 }] })
  refusesBytes(order, utf8('{"lines":[{"amount":"1"}]}'), /lines\.0\.amount: /)
  refusesBytes(order, utf8('7'), /^not what the schema says: /)
})

test('every issue of a schema is named', () => {
  const both = serde.json(z.object({ a: z.string(), b: z.string() }))
  refusesBytes(both, utf8('{}'), /a: .*; b: /)
})

test('a schema may transform what is read', () => {
  const date = serde.json(z.coerce.date())
  const value = new Date(1_700_000_000_000)
  assert.equal(back(date, value), value)
})

test('an asynchronous schema is refused', () => {
  const validate = async (value: unknown) => ({ value })
  const bare: Serde<unknown> = serde.json({
    '~standard': { version: 1, vendor: 'later', validate },
  })
  assert.throws(
    () => back(bare, 'x'),
    (error: unknown) => isMillraceError(error, 'SCHEMA_ASYNC'),
  )
})

test.run()
