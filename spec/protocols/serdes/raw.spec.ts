// bytes and unit: all of the bytes, or none.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { serde } from '#protocols/serdes/serdes'
import { back, comesBack, hex, refuses } from '../../kit/round-trip.ts'

test('bytes come back, and are written as they are', () => {
  assert.is(hex(serde.bytes(), Uint8Array.of(1, 255)), '01ff')
  comesBack(serde.bytes(), fc.uint8Array())
})

test('bytes that were read are a copy of their own', () => {
  const buffer = Buffer.from([1, 2, 3])
  const found = serde.bytes().read(buffer, 1, 3)
  buffer.fill(0)
  assert.equal([...found], [2, 3])
})

test('what is no bytes is refused', () => {
  refuses(serde.bytes(), 'abc', /bytes cannot hold the string 'abc'/)
  refuses(serde.bytes(), [1, 2], /bytes cannot hold an object \(Array\)/)
})

test('unit writes nothing, whatever the value', () => {
  assert.is(hex(serde.unit(), { any: 'thing' }), '')
  assert.is(back(serde.unit(), 'x'), undefined)
})

test.run()
