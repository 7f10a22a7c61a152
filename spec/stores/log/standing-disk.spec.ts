// What waits for the disk and what does not, over one that stands still.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { utf8 } from '#protocols/core/bytes'
import { MemoryData, memoryEngine } from '#stores/engine/memory'
import { DoorbellHall } from '#stores/log/doorbell'
import { openLogBroker } from '#stores/log/log-broker'
import { changesOf, claimOf, transactionOf } from '../../contracts/broker-kit.ts'
import { StandingDisk } from '../../kit/standing-disk.ts'
import { chance, TurnedClock } from './brokers.ts'

function world() {
  const disk = new StandingDisk()
  // Nobody turns it: no look that is taken now and then stands in for a ring.
  const clock = new TurnedClock()
  const [data, hall] = [new MemoryData(), new DoorbellHall()]
  const open = () =>
    openLogBroker({
      engine: disk.under(memoryEngine(data)),
      doorbell: hall.door(),
      ...{ clock, random: chance },
    })
  return { disk, open }
}

test('a claim waits for no disk; the commit after it does', async () => {
  const { disk, open } = world()
  const broker = open()
  disk.isStanding = true
  const first = await broker.claim(claimOf('a'))
  const second = await broker.claim(claimOf('b'))
  assert.is(second.epoch, first.epoch + 1)
  let isStored = false
  const commit = second.commit(transactionOf({ changes: changesOf(['k=1']) })).then(() => {
    isStored = true
  })
  // A question that waits for the disk no more than the commit's body does.
  await broker.claim(claimOf('c'))
  assert.not(isStored)
  disk.goOn()
  await commit
  await broker.close()
})

test('a transient key waits for no disk; another one does, and who watches is told of both', async () => {
  const { disk, open } = world()
  const [one, other] = [open(), open()]
  disk.isStanding = true
  await one.keys.put('t', utf8('1'), { isTransient: true })
  assert.ok(await other.keys.get('t'))
  let isStored = false
  const told = new Promise<void>((resolve) => void other.keys.watch('k', resolve))
  const put = one.keys.put('k', utf8('1')).then(() => {
    isStored = true
  })
  await told
  assert.not(isStored)
  disk.goOn()
  await put
  for (const broker of [one, other]) await broker.close()
})

test.run()
