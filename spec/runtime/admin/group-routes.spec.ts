// Wishes over the admin API: they hold, they are recorded, and what makes no sense is refused.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { ErrorDocument, RebalanceDocument } from '#runtime/admin/documents'
import { AdminWorld } from '../../kit/admin-world.ts'

const admin = await AdminWorld.start()
const rebalance = async () => (await admin.ask<RebalanceDocument>('/v1/rebalance')).answer

test('a host that is to drain is named among those, until it is not', async () => {
  const drain = { wish: 'drain', host: 'two', by: 'ann', reason: 'a disk' }
  assert.is((await admin.ask('/v1/wishes', drain)).status, 200)
  assert.equal((await rebalance()).draining, ['two'])
  await admin.ask('/v1/wishes', { wish: 'undrain', host: 'two' })
  assert.equal((await rebalance()).draining, [])
  const told = admin.logged.filter(({ code }) => /DRAIN$/.test(code))
  assert.equal(
    told.map(({ code }) => code),
    ['DRAIN', 'UNDRAIN'],
  )
  assert.equal(told[0]?.facts, { host: 'two', by: 'ann', reason: 'a disk' })
})

test('the placement is frozen, and goes on', async () => {
  await admin.ask('/v1/wishes', { wish: 'freeze' })
  assert.is((await rebalance()).isFrozen, true)
  await admin.ask('/v1/wishes', { wish: 'unfreeze' })
  assert.is((await rebalance()).isFrozen, false)
})

test('a wish that nobody knows, or for a host that nobody knows, changes nothing', async () => {
  for (const [body, code] of [
    [{ wish: 'fence', host: 'two' }, 'WISH_UNKNOWN'],
    [{ wish: 'drain', host: 'tow' }, 'HOST_UNKNOWN'],
    [{ wish: 'drain' }, 'HOST_UNKNOWN'],
  ] as const) {
    const { status, answer } = await admin.ask<ErrorDocument>('/v1/wishes', body)
    assert.equal([status, answer.error.code], [400, code])
  }
  assert.equal((await rebalance()).draining, [])
})

test.run()
