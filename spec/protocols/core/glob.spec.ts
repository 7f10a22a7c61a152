// Patterns as people write them: two letters mean something, and all others mean themselves.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { globSource } from '#protocols/core/glob'

const matches = (pattern: string, text: string): boolean =>
  new RegExp(`^${globSource(pattern)}$`, 'u').test(text)

test('a star is anything, also nothing, and a question mark is one character', () => {
  assert.equal(
    ['a/b', 'a/', 'a/b/c', 'ab'].map((text) => matches('a/*', text)),
    [true, true, true, false],
  )
  assert.equal(
    ['ab', 'a', 'abc', 'a𐀀'].map((text) => matches('a?', text)),
    [true, false, false, true],
  )
})

test('every other letter means itself', () => {
  const text = fc.string({ unit: 'grapheme' }).filter((it) => !/[*?\n]/.test(it))
  fc.assert(
    fc.property(text, text, (a, b) => {
      assert.ok(matches(a, a))
      assert.is(matches(a, b), a === b)
    }),
  )
})

test.run()
