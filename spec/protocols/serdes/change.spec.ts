// change: a row's value before and after.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { change } from '#protocols/serdes/change'
import { serde } from '#protocols/serdes/serdes'
import { comesBack, hex } from '../../kit/round-trip.ts'

const changes = change(serde.string())

test('every change comes back', () => {
  const side = fc.option(fc.string({ maxLength: 300 }))
  comesBack(changes, fc.record({ before: side, after: side }, { noNullPrototype: true }))
})

test('the bytes are as documented', () => {
  assert.is(hex(changes, { before: null, after: 'ab' }), '026162')
  assert.is(hex(changes, { before: 'ab', after: null }), '016162')
  assert.is(hex(changes, { before: 'ab', after: 'c' }), '0302616263')
  assert.is(hex(changes, { before: undefined, after: null }), '00')
})

test('bytes that are no change are refused', () => {
  for (const bytes of [[9], [3, 5, 97], [3, 0x80]]) {
    const buffer = Buffer.from(bytes)
    assert.throws(
      () => changes.read(buffer, 0, buffer.length),
      (error: unknown) => isMillraceError(error, 'BYTES_REFUSED'),
    )
  }
})

test.run()
