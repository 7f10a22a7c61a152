// The message that is a commit.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import {
  decodeCommitMessage,
  encodeCommitMessage,
  partsOf,
} from '#protocols/jetstream/commit-message'

test('a commit message is read as it was written', () => {
  const output = {
    to: { topic: 'out', partition: 3 },
    batch: Buffer.from('ab'),
    span: 2,
    maxTime: 9e12,
  }
  const message = { batch: Buffer.from('changes'), outputs: [output], unforwarded: 2 ** 37 }
  assert.equal(decodeCommitMessage(encodeCommitMessage(message)), message)
})

test('what is no commit message is refused', () => {
  try {
    decodeCommitMessage(Uint8Array.of(0x0a, 0xff))
    assert.unreachable()
  } catch (error) {
    assert.ok(isMillraceError(error, 'COMMIT_UNREADABLE'))
  }
})

test('the parts of a commit are numbers in order', () => {
  assert.equal(partsOf('3,5,8'), [3, 5, 8])
  assert.equal(partsOf(undefined), [])
})

test.run()
