// Records outside a topology are what their topic declares, and nothing is null.

import { serde } from 'millrace'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fromUtf8 } from '#protocols/core/bytes'
import { bytesOf, headersOf } from '#runtime/process/typed-records'

test('null has no bytes in any serde, and an empty text has none either but is there', () => {
  assert.is(bytesOf(serde.string(), null), null)
  assert.is(bytesOf(serde.string(), '')?.length, 0)
})

test('headers are texts or bytes, in the order they were given in', () => {
  const headers = headersOf({ b: 'é', a: Uint8Array.of(65) })
  assert.equal(
    headers.map(([name, value]) => [name, fromUtf8(value)]),
    [
      ['b', 'é'],
      ['a', 'A'],
    ],
  )
  assert.equal(headersOf(), [])
})

test.run()
