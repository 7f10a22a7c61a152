// A serde off the record path: one value as bytes of its own, and back.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { utf8 } from '#protocols/core/bytes'
import { serde } from '#protocols/serdes/serdes'
import { decoded, encoded } from '#protocols/serdes/whole'

test('a value becomes bytes of its own and comes back', () => {
  const text = serde.string()
  const long = 'long '.repeat(100)
  const first = encoded(text, long)
  encoded(text, 'x'.repeat(500))
  assert.is(decoded(text, first), long)
})

test('bytes are read whatever array holds them', () => {
  const within = Uint8Array.of(0, ...utf8('text'), 0).subarray(1, 5)
  assert.is(decoded(serde.string(), within), 'text')
  assert.is(decoded(serde.string(), Buffer.from('text')), 'text')
})

test.run()
