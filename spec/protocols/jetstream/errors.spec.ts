// What NATS says no with, understood.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isRefusal, JET, JetRefusal, refusalOf, Unanswered } from '#protocols/jetstream/errors'

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

test('a guard that failed on a replicated stream is a guard that failed, without the number', () => {
  const refusal = refusalOf(10164, 'wrong last sequence')
  assert.ok(isRefusal(refusal, JET.wrongLast))
  assert.is(isRefusal(refusal) ? refusal.foundLast : 0, null)
})

test('a cluster that has no leader now has not answered, and is asked again', () => {
  for (const code of [10004, 10008, 10009, 10118]) {
    assert.instance(refusalOf(code, 'not now'), Unanswered)
  }
})

test.run()
