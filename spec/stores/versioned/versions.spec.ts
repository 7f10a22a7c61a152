// A version that says "no value" and a version with an empty value differ in bytes.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { serde } from '#protocols/serdes/serdes'
import { versionValues } from '#stores/versioned/versions'

test('versions come back, "no value" as null', () => {
  const values = versionValues(serde.string())
  fc.assert(
    fc.property(fc.option(fc.string({ unit: 'grapheme' }), { nil: null }), (value) => {
      const into = { value: undefined as string | null | undefined, time: -1 }
      values.readValue(values.encodeValue(value, 5), into)
      assert.is(into.value, value)
    }),
  )
  assert.equal([...values.encodeValue(null, 5)], [0])
  assert.equal([...values.encodeValue('', 5)], [1])
})

test.run()
