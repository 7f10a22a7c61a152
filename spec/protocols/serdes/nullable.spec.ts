// nullable: changes the type and nothing else.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { serde } from '#protocols/serdes/serdes'
import { comesBack } from '../../kit/round-trip.ts'

test('a nullable serde has the name and the bytes of its inner serde', () => {
  const nullable = serde.nullable(serde.int32())
  assert.is(nullable.name, 'int32')
  comesBack(nullable, fc.integer())
})

test('nullable says so, and leaves the inner serde alone', () => {
  const inner = serde.int32()
  assert.is(serde.nullable(inner).isNullable, true)
  assert.is(inner.isNullable, undefined)
})

test.run()
