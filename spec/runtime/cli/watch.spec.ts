// Looking again and again: how often, and what is said of hosts that were silent. What is drawn is proved
// in spec/journeys/top.spec.ts.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { intervalMs, notesOn } from '#runtime/cli/watch'

test('without --watch there is one look, and two seconds between more', () => {
  assert.is(intervalMs(undefined), null)
  assert.is(intervalMs(true), 2000)
})

test('seconds may have a fraction, and are bounded', () => {
  assert.equal(['5', '0.5', '86400'].map(intervalMs), [5000, 500, 86_400_000])
  for (const wrong of ['', '0', '0.05', '-1', '1e3', 'soon', '86401', '1s']) {
    const isRefusal = (error: unknown): boolean => isMillraceError(error, 'OPTION_INVALID')
    assert.throws(() => intervalMs(wrong), isRefusal, wrong)
  }
})

test('each host that did not answer is a note', () => {
  assert.equal(notesOn({ unanswered: [{ host: 'two', error: 'it hangs' }] }), [
    'host two did not answer: it hangs',
  ])
})

test.run()
