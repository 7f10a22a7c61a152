// What a suppressed change takes along, through its bytes.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { suppressedChange } from '#actors/operators/suppressed-change'
import { serde } from '#protocols/serdes/serdes'
import { decoded, encoded } from '#protocols/serdes/whole'

test('a change reads back with its values, time, place and headers', () => {
  const of = suppressedChange(serde.string())
  const value = fc.option(fc.string())
  const header = fc.tuple(fc.string(), fc.uint8Array({ maxLength: 8 }))
  const time = fc.nat({ max: Number.MAX_SAFE_INTEGER })
  const place = fc.record({ topic: fc.string(), partition: fc.nat(), offset: time })
  fc.assert(
    fc.property(value, value, time, place, fc.array(header), (before, after, at, from, headers) => {
      const record = { ...from, headers: () => headers }
      const found = decoded(of, encoded(of, { before, after, time: at, record }))
      assert.equal([found.before, found.after, found.time], [before, after, at])
      const { topic, partition, offset } = found.record
      assert.equal([topic, partition, offset], [from.topic, from.partition, from.offset])
      assert.equal(
        found.record.headers().map(([name, bytes]) => [name, ...bytes]),
        headers.map(([name, bytes]) => [name, ...bytes]),
      )
    }),
  )
})

test('headers outlive the bytes that they were read from', () => {
  const of = suppressedChange(serde.string())
  const record = {
    ...{ topic: 't', partition: 0, offset: 0 },
    headers: () => [['h', Uint8Array.of(7)] as const],
  }
  const bytes = encoded(of, { before: null, after: 'x', time: 0, record })
  const found = decoded(of, bytes)
  bytes.fill(0)
  assert.equal([...(found.record.headers()[0]?.[1] ?? [])], [7])
})

test.run()
