// Deeds of operators: each is an event there is, says of whom, and changes what it says.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { NOTHING_PLACED, NOTHING_WISHED } from '#protocols/messages/membership'
import { isEvent } from '#runtime/events/catalogue'
import { drainDeed, freezeDeed, HOST_DEEDS, moveDeed, unpinDeed } from '#runtime/process/wish-deeds'

const look = {
  ...{ application: 'app', coordinator: null, members: [], plans: new Map() },
  placement: { ...NOTHING_PLACED, target: { 't/a/0': 'one' } },
  wishes: { ...NOTHING_WISHED, pins: { 't/a/1': 'two' } },
}

test('every deed is in the catalogue of events', () => {
  for (const { code } of [
    ...Object.values(HOST_DEEDS).map((deed) => deed('one')),
    ...[moveDeed('t/a/0', 'two', look), unpinDeed('t/a/1', look)],
    ...[freezeDeed(true), freezeDeed(false)],
  ]) {
    assert.ok(isEvent(code), code)
  }
})

test('what is wished of a host is taken back by the deed of the other name', () => {
  const { drain, undrain, fence, unfence } = HOST_DEEDS
  const drained = drain('one').change(NOTHING_WISHED)
  const fenced = fence('one').change(NOTHING_WISHED)
  assert.equal([drained.draining, fenced.fenced], [['one'], ['one']])
  assert.equal(undrain('one').change(drained), NOTHING_WISHED)
  assert.equal(unfence('one').change(fenced), NOTHING_WISHED)
})

test('a drain says until when copies are waited for, where they are', () => {
  const byMs = Date.UTC(2030, 0, 1)
  const { message, change } = drainDeed('one', byMs)
  assert.is(message, 'host one is to drain by 2030-01-01T00:00:00.000Z')
  assert.equal(change(NOTHING_WISHED).drainBy, { one: byMs })
  assert.is(drainDeed('one', null).message, 'host one is to drain')
})

test('a move says from where to where, and an unpin where the task was held', () => {
  const { facts, change } = moveDeed('t/a/0', 'two', look)
  assert.equal(facts, { task: 't/a/0', from: 'one', to: 'two' })
  assert.equal(change(look.wishes).pins, { 't/a/0': 'two', 't/a/1': 'two' })
  const unpinned = unpinDeed('t/a/1', look)
  assert.equal([unpinned.facts['host'], unpinned.change(look.wishes).pins], ['two', {}])
  assert.is(unpinDeed('t/a/0', look).message, 't/a/0 is not pinned any more')
})

test.run()
