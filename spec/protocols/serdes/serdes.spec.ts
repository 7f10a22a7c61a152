// The door to serdes: what a key or value may be declared with.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { isMillraceError } from '#protocols/core/errors'
import { asSerde, serde } from '#protocols/serdes/serdes'
import { back } from '../../kit/round-trip.ts'

test('a serde is its own serde', () => {
  const text = serde.string()
  assert.is(asSerde(text), text)
})

test('a Standard Schema becomes JSON that it validates', () => {
  const it = asSerde(z.object({ a: z.number() }))
  assert.is(it.name, 'json')
  assert.equal(back(it, { a: 1 }), { a: 1 })
})

test('a schema that is a function, as some are, is a schema', () => {
  const validate = (value: unknown) => ({ value: Number(value) })
  const schema = Object.assign(() => {}, {
    '~standard': { version: 1, vendor: 'callable', validate } as const,
  })
  assert.is(back(asSerde(schema), 5), 5)
})

test('anything else is refused', () => {
  for (const wrong of [{}, { read() {} }, { write() {} }]) {
    assert.throws(
      () => asSerde(wrong as never),
      (error: unknown) => isMillraceError(error, 'SERDE_INVALID'),
    )
  }
})

test.run()
