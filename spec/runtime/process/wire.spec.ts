// What hosts ask one another arrives as it was sent.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { factsOf } from '#protocols/core/error-facts'
import { MillraceError } from '#protocols/core/errors'
import { fromWire, toWire } from '#runtime/process/wire'

test('JSON with bytes anywhere in it comes back the same', () => {
  const bytes = fc.uint8Array({ maxLength: 20 })
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(null, true, 1.5, 'text'),
      bytes,
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom('a', 'key', 'value'), tie('tree'), { noNullPrototype: true }),
    ),
  }))
  fc.assert(fc.property(tree, (value) => assert.equal(fromWire(toWire(value)), value)))
})

test('bytes of a Buffer arrive as bytes', () => {
  const arrived = fromWire<{ key: Uint8Array }>(toWire({ key: Buffer.from('abc') }))
  assert.equal(arrived.key, Uint8Array.from([97, 98, 99]))
})

test('an error is told as facts, and is the same error again', () => {
  const facts = {
    code: 'A_B',
    what: 'it is so',
    where: 'here',
    hint: 'mend it',
    retry: 'soon',
  } as const
  const told = fromWire<typeof facts>(toWire(factsOf(new MillraceError(facts))))
  assert.equal(told, facts)
  assert.equal(factsOf(new MillraceError(told)), facts)
})

test.run()
