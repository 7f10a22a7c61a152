// Active shapes in the coordination map of a broker in memory: replaced when all hosts have another, and
// never by one that was compared with something else.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { activePlanOf, Plans, promote } from '#actors/coordinator/plans'
import { silent } from '#protocols/core/log'
import { type Member, planKey, shapeKey } from '#protocols/messages/membership'
import {
  decodePlanShape,
  encodePlanShape,
  marksOf,
  type PlanShape,
  wholeMark,
} from '#protocols/messages/plan-shape'
import { APP, HostWorld, memberOf } from '../host/host-world.ts'

const shape = (...stores: string[]): PlanShape => ({
  ...{ topology: 't', topics: {} },
  subtopologies: {
    all: {
      ...{ tasks: 2, sources: ['in'], sinks: [] },
      stores: Object.fromEntries(stores.map((store) => [store, 'keyvalue string string'])),
    },
  },
})
const [ONE, TWO, THREE] = [shape('a'), shape('a', 'b'), shape('a', 'b', 'c')] as const

const host = (id: string, is: PlanShape, on: PlanShape): Member =>
  memberOf(id, {
    topologies: { t: { all: 2 } },
    plans: { t: is === on ? { is: marksOf(is) } : { is: marksOf(is), on: marksOf(on) } },
  })

async function world() {
  const it = new HostWorld()
  const { keys } = it.broker
  const put = async (key: string, shape: PlanShape) => it.now(keys.put(key, encodePlanShape(shape)))
  await put(planKey(APP, 't'), ONE)
  for (const waiting of [TWO, THREE]) {
    await put(shapeKey(APP, 't', wholeMark(marksOf(waiting))), waiting)
  }
  const said: string[] = []
  const log = { ...silent, log: (_level: string, code: string) => void said.push(code) }
  const plans = new Plans(keys, APP, log)
  const stores = async () => {
    const found = await it.now(keys.get(planKey(APP, 't')))
    const { subtopologies } = decodePlanShape(found?.value ?? new Uint8Array())
    return Object.keys(subtopologies['all']?.stores ?? {}).join(' ')
  }
  const look = async (...members: Member[]) =>
    it.now(plans.read().then((found) => plans.activeFor(members, found)))
  return { keys, now: it.now.bind(it), look, stores, said }
}

test('what is active stays while one host has it, and is replaced when none has', async () => {
  const { look, stores, said } = await world()
  assert.equal(await look(host('a', ONE, ONE), host('b', TWO, ONE)), { t: activePlanOf(ONE) })
  assert.is(await stores(), 'a')
  assert.equal(await look(host('a', TWO, ONE), host('b', TWO, ONE)), { t: activePlanOf(TWO) })
  assert.is(await stores(), 'a b')
  assert.equal(await look(host('a', TWO, ONE), host('b', TWO, ONE)), { t: activePlanOf(TWO) })
  assert.equal(said, ['PLAN_PROMOTED'])
})

test('a shape that was compared with another than the active one does not replace it', async () => {
  const { look, stores } = await world()
  await look(host('a', TWO, ONE))
  await look(host('a', THREE, ONE))
  assert.is(await stores(), 'a b')
  await look(host('a', THREE, TWO))
  assert.is(await stores(), 'a b c')
})

test('a shape that is not kept is not promoted, and nothing is said', async () => {
  const { look, stores, said } = await world()
  assert.equal(await look(host('a', shape('a', 'x'), ONE)), { t: activePlanOf(ONE) })
  assert.equal([await stores(), said], ['a', []])
})

test('who comes second with a promotion changes nothing', async () => {
  const { keys, now, stores } = await world()
  const expect = (await now(keys.get(planKey(APP, 't'))))?.revision ?? 'absent'
  const choose = (shape: PlanShape) =>
    now(promote(keys, APP, { topology: 't', marks: marksOf(shape), expect }))
  assert.equal([await choose(TWO), await choose(THREE)], [true, false])
  assert.is(await stores(), 'a b')
})

test.run()
