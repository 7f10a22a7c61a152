// Windowed keys: Kafka's bytes, and a partition that only the inner key decides.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { serde } from '#protocols/serdes/serdes'
import { decoded, encoded } from '#protocols/serdes/whole'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const hours = serde.windowed(serde.string(), 3_600_000)
const sessions = serde.sessionWindowed(serde.string())

test('a key in a time window is the key, then the start in eight bytes', () => {
  const bytes = encoded(hours, { key: 'ab', start: 258, end: 3_600_258 })
  assert.is(hex(bytes), '61620000000000000102')
})

test('a key in a session is the key, then its end and its start in eight bytes each', () => {
  const bytes = encoded(sessions, { key: 'ab', start: 1, end: 258 })
  assert.is(hex(bytes), '616200000000000001020000000000000001')
})

test('the end of a time window follows from its size, also when it never ends', () => {
  const bytes = encoded(hours, { key: 'a', start: 5, end: 0 })
  assert.equal(decoded(hours, bytes), { key: 'a', start: 5, end: 3_600_005 })
  const ever = serde.windowed(serde.string(), Number.POSITIVE_INFINITY)
  assert.is(decoded(ever, bytes).end, Number.POSITIVE_INFINITY)
})

test('the bytes of a window have no say in the partition, nor when the key may be absent', () => {
  assert.is(hours.unplacedBytes, 8)
  assert.is(sessions.unplacedBytes, 16)
  assert.is(serde.nullable(sessions).unplacedBytes, 16)
})

test('bytes that are shorter than a window are refused', () => {
  for (const [of, size] of [
    [hours, 7],
    [sessions, 15],
  ] as const) {
    assert.throws(
      () => decoded(of, new Uint8Array(size)),
      (error: unknown) => isMillraceError(error, 'BYTES_REFUSED'),
    )
  }
})

test('every windowed key reads back as it was written', () => {
  const time = fc.nat({ max: Number.MAX_SAFE_INTEGER })
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), time, time, (key, start, end) => {
      assert.equal(decoded(sessions, encoded(sessions, { key, start, end })), { key, start, end })
      const found = decoded(hours, encoded(hours, { key, start, end }))
      assert.equal(found, { key, start, end: start + 3_600_000 })
    }),
  )
})

test.run()
