// What a topology needs is what its active shape and those that wait for it need, and no other's.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { planKey, shapeKey, wishesKey } from '#protocols/messages/membership'
import { encodePlanShape } from '#protocols/messages/plan-shape'
import { keptShapes } from '#runtime/process/kept-shapes'
import { orphansIn } from '#runtime/process/orphans'
import { memoryBrokers } from '../../stores/log/brokers.ts'

const shape = (topology: string, ...parts: string[]) => ({
  ...{ topology, topics: {} },
  subtopologies: Object.fromEntries(
    parts.map((part) => [part, { tasks: 1, sources: [part], stores: {} }]),
  ),
})

test('the shape that is active is kept, and those that wait, of this application alone', async () => {
  const broker = memoryBrokers()()
  const active = shape('flow', 'lines')
  const waiting = shape('flow', 'lines', 'more')
  await broker.keys.put(planKey('app', 'flow'), encodePlanShape(active))
  await broker.keys.put(shapeKey('app', 'flow', 'm'), encodePlanShape(waiting))
  await broker.keys.put(planKey('app.x', 'flow'), encodePlanShape(shape('flow', 'other')))
  await broker.keys.put(wishesKey('app'), new Uint8Array(0))
  assert.equal(keptShapes(await broker.keys.list(''), 'app'), [active, waiting])
  await broker.close()
})

test('a topic that a waiting shape will use is no orphan', async () => {
  const broker = memoryBrokers()()
  for (const part of ['lines', 'more', 'old']) {
    await broker.topics.ensure({
      ...{ name: `app.flow.${part}.changelog`, partitions: 1, owner: 'internal' },
    })
  }
  await broker.keys.put(planKey('app', 'flow'), encodePlanShape(shape('flow', 'lines')))
  const waiting = encodePlanShape(shape('flow', 'lines', 'more'))
  await broker.keys.put(shapeKey('app', 'flow', 'm'), waiting)
  const orphans = (await orphansIn(broker)).map(({ name }) => name)
  assert.equal(orphans, ['app.flow.old.changelog'])
  await broker.close()
})

test.run()
