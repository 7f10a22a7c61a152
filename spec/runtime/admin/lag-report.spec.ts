// What waits, told twice: by the tasks that run, and by the logs alone.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { LagDocument } from '#runtime/admin/documents'
import { lagOfMap } from '#runtime/admin/lag-report'
import { lookAt } from '#runtime/process/group-look'
import { AdminWorld } from '../../kit/admin-world.ts'

test('what commit logs say of tasks is what those say themselves', async () => {
  const world = await AdminWorld.start()
  await world.count('a b', 'c', 'a')
  const { answer: said } = await world.ask<LagDocument>('/v1/lag')
  assert.ok(said.partitions.some(({ committed }) => (committed ?? 0) > 0))
  const broker = world.broker()
  const read = await world.now(lookAt(broker.keys, 'app').then((look) => lagOfMap(broker, look)))
  const known = ({ partitions }: LagDocument) =>
    partitions
      .filter(({ committed }) => committed !== 0)
      .map(({ topic, partition, task, end, committed, lag }) => {
        return [topic, partition, task, end, committed, lag]
      })
  const all = ({ partitions }: LagDocument) =>
    partitions.map(({ topic, partition, task, end, lag }) => [topic, partition, task, end, lag])
  assert.equal(all(read), all(said))
  // Who committed nothing is at the beginning, and has no commit that says so.
  assert.equal(
    known(read).filter(([, , , , committed]) => committed !== null),
    known(said),
  )
  assert.equal([read.isFromBroker, read.unknown, said.isFromBroker], [true, 0, undefined])
})

test.run()
