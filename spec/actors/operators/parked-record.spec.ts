// A parked record comes back from its bytes as it was: key, value, time, and where it came from.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parkedRecord } from '#actors/operators/parked-record'
import { isMillraceError } from '#protocols/core/errors'
import type { Header } from '#protocols/records/record'
import { serde } from '#protocols/serdes/serdes'
import { decoded, encoded } from '#protocols/serdes/whole'

const text = serde.nullable(serde.string())
const parked = parkedRecord(text, text)

test('what is written is read, whether there is a key or a value or not', () => {
  const maybe = fc.option(fc.string())
  const header = fc.tuple(fc.string(), fc.uint8Array({ maxLength: 9 }))
  const from = fc.record({ topic: fc.string(), partition: fc.nat(), offset: fc.nat() })
  const law = (
    bare: { key: string | null; value: string | null; time: number },
    place: { topic: string; partition: number; offset: number },
    headers: Header[],
  ): void => {
    const record = { ...place, headers: () => headers }
    const { record: back, ...rest } = decoded(parked, encoded(parked, { ...bare, record }))
    assert.equal(rest, { ...bare })
    assert.equal([back.topic, back.partition, back.offset], Object.values(place))
    assert.equal(
      back.headers().map(([name, bytes]) => [name, [...bytes]]),
      headers.map(([name, bytes]) => [name, [...bytes]]),
    )
  }
  const bare = fc.record({ key: maybe, value: maybe, time: fc.maxSafeNat() })
  fc.assert(fc.property(bare, from, fc.array(header, { maxLength: 3 }), law))
})

test('bytes that end too soon are refused', () => {
  const record = { topic: 't', partition: 0, offset: 0, headers: () => [] }
  const bytes = encoded(parked, { key: 'key', value: 'v', time: 5, record })
  for (let length = 0; length < bytes.length - 1; length++) {
    assert.throws(
      () => decoded(parked, bytes.slice(0, length)),
      (error: unknown) => isMillraceError(error, 'BYTES_REFUSED'),
    )
  }
})

test.run()
