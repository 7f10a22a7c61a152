// sided: values of two sides in one place.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { serde } from '#protocols/serdes/serdes'
import { sided } from '#protocols/serdes/sided'
import { comesBack, hex, written } from '../../kit/round-trip.ts'

const PLAIN = { noNullPrototype: true } as const

const either = sided<string, number>(serde.string(), serde.int32())

test('what either side wrote is read back with its side', () => {
  const left = fc.record({ isLeft: fc.constant(true), of: fc.string({ unit: 'grapheme' }) }, PLAIN)
  const right = fc.record(
    { isLeft: fc.constant(false), of: fc.integer({ min: -9, max: 9 }) },
    PLAIN,
  )
  comesBack(either, fc.oneof(left, right))
})

test('the right side sorts before the left', () => {
  const one = sided(serde.string(), serde.string())
  assert.is(hex(one, { isLeft: false, of: 'zz' }), '007a7a')
  assert.ok(
    Buffer.compare(
      written(one, { isLeft: false, of: 'zz' }),
      written(one, { isLeft: true, of: '' }),
    ) < 0,
  )
})

test('bytes without a side are refused', () => {
  for (const bytes of [Buffer.from([2]), Buffer.alloc(0)]) {
    assert.throws(
      () => either.read(bytes, 0, bytes.length),
      (error: unknown) => isMillraceError(error, 'BYTES_REFUSED'),
    )
  }
})

test.run()
