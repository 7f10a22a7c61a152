// What NATS says no with, understood.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isRefusal, JET, JetRefusal } from '#protocols/jetstream/errors'

test('a guard that failed tells the number that was found', () => {
  const refusal = new JetRefusal(JET.wrongLast, 'wrong last sequence: 12')
  assert.is(refusal.foundLast, 12)
  assert.is(new JetRefusal(JET.wrongLast, 'wrong last sequence').foundLast, null)
  assert.ok(isRefusal(refusal, JET.wrongLast))
  assert.not.ok(isRefusal(refusal, JET.noMessage))
})

test('every way of being full is full', () => {
  for (const code of [JET.storeFull, JET.resourcesFull, JET.storageFull, JET.memoryFull]) {
    assert.ok(new JetRefusal(code, '').isFull)
  }
  assert.not.ok(new JetRefusal(JET.wrongLast, '').isFull)
})

test.run()
