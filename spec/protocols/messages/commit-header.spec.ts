// The header of a commit says the same after it was written, and nothing else is taken for one.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { epoch, offset } from '#protocols/core/brands'
import { isMillraceError } from '#protocols/core/errors'
import {
  type CommitHeader,
  decodeCommitHeader,
  encodeCommitHeader,
} from '#protocols/messages/commit-header'

const uint32 = fc.nat(2 ** 31 - 1).map((it) => it * 2 + 1)
const position = fc
  .tuple(fc.string(), uint32, fc.maxSafeNat())
  .map(([topic, partition, next]) => ({ at: { topic, partition }, next: offset(next) }))
const header: fc.Arbitrary<CommitHeader> = fc.record(
  {
    kind: fc.constantFrom('claim', 'commit'),
    epoch: uint32.map(epoch),
    number: uint32,
    tag: fc.string(),
    host: fc.string(),
    positions: fc.array(position, { maxLength: 5 }),
    meta: fc.uint8Array(),
  },
  { noNullPrototype: true },
)

test('a header comes back as it was written', () => {
  fc.assert(
    fc.property(header, (it) => assert.equal(decodeCommitHeader(encodeCommitHeader(it)), it)),
  )
})

test('bytes that are no header are refused', () => {
  for (const bytes of [[], [0x08, 3], [0x3a, 0xff], [0x08]]) {
    assert.throws(
      () => decodeCommitHeader(Uint8Array.from(bytes)),
      (error: unknown) => isMillraceError(error, 'COMMIT_UNREADABLE'),
    )
  }
})

test.run()
