// A command that follows something waits until there is more, and misses no ring.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Bell } from '#protocols/core/bell'
import { within } from '../../kit/within.ts'

test('a ring before the wait is not missed, and one during it ends it', async () => {
  const bell = new Bell()
  bell.ring()
  await within(10_000, 'the ring before', bell.wait())
  const waiting = bell.wait()
  bell.ring()
  await within(10_000, 'the ring during', waiting)
  assert.not(bell.isStopped)
})

test('a bell that is stopped ends the wait', async () => {
  const bell = new Bell()
  const waiting = bell.wait()
  bell.stop()
  await within(10_000, 'the stop', waiting)
  assert.ok(bell.isStopped)
})

test.run()
