// kept: a value with where its record came from.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { type Kept, kept } from '#protocols/serdes/kept'
import { serde } from '#protocols/serdes/serdes'
import { comesBack, written } from '../../kit/round-trip.ts'

const it = kept(serde.string())

const bytes = fc.uint8Array({ maxLength: 200 })
const any: fc.Arbitrary<Kept<string>> = fc.record(
  {
    value: fc.string({ unit: 'grapheme' }),
    topic: fc.string({ maxLength: 200 }),
    partition: fc.integer({ min: -1, max: 10_000 }),
    offset: fc.oneof(fc.constant(-1), fc.nat(), fc.constant(Number.MAX_SAFE_INTEGER - 1)),
    headers: fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), bytes), { maxLength: 4 }),
  },
  { noNullPrototype: true },
)

test('value, place and headers come back', () => comesBack(it, any))

test('bytes that end too soon are refused', () => {
  const header = ['name', Uint8Array.of(1, 2, 3)] as const
  const whole = written(it, { value: '', topic: 't', partition: 3, offset: 7, headers: [header] })
  for (let end = 0; end < whole.length; end++) {
    assert.throws(
      () => it.read(whole, 0, end),
      (error: unknown) => isMillraceError(error, 'BYTES_REFUSED'),
      `cut after ${end}`,
    )
  }
})

test.run()
