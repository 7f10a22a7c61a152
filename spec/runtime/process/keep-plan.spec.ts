// Plans as they are registered, beside the one that is active: the first becomes it, another waits beside it,
// one that would misread what is kept is refused, and none of them replaces it.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { silent } from '#protocols/core/log'
import { planKey, shapeKey } from '#protocols/messages/membership'
import {
  decodePlanShape,
  encodePlanShape,
  marksOf,
  type PlanShape,
  wholeMark,
} from '#protocols/messages/plan-shape'
import { keepPlan } from '#runtime/process/keep-plan'
import { APP, HostWorld } from '../../actors/host/host-world.ts'

const shape = (stores: Record<string, string>, change: Partial<PlanShape> = {}): PlanShape => ({
  ...{ topology: 't', topics: {}, ...change },
  subtopologies: { all: { tasks: 2, sources: ['in'], stores, sinks: [] } },
})
const ONE = shape({ a: 'keyvalue string string' }, { version: '1' })
const TWO = shape({ a: 'keyvalue string string', b: 'keyvalue string string' })
const NONE = shape({})
const WRONG = shape({ a: 'keyvalue string int64' })

function scene() {
  const world = new HostWorld()
  const { keys } = world.broker
  const keep = (shape: PlanShape, isLossAccepted = false) =>
    world.now(keepPlan({ keys, application: APP, isLossAccepted, log: silent }, shape))
  const read = async (key: string) => {
    const found = await world.now(keys.get(key))
    return found === null ? null : decodePlanShape(found.value)
  }
  const active = () => read(planKey(APP, 't'))
  const waiting = (shape: PlanShape) => read(shapeKey(APP, 't', wholeMark(marksOf(shape))))
  return { keep, active, waiting, keys, world }
}

test('the first plan becomes the active one, and the same again changes nothing', async () => {
  const { keep, waiting, keys, world } = scene()
  const kept = async () => (await world.now(keys.get(planKey(APP, 't'))))?.revision
  assert.equal(await keep(ONE), { is: marksOf(ONE) })
  const revision = await kept()
  assert.equal(await keep(ONE), { is: marksOf(ONE) })
  assert.is(await kept(), revision)
  assert.is(await waiting(ONE), null)
})

test('the active plan is called as the program that registered it last', async () => {
  const { keep, active } = scene()
  for (const version of ['1', '1.1', undefined, '1']) {
    assert.equal(await keep({ ...ONE, version }), { is: marksOf(ONE) })
    assert.is((await active())?.version, version)
  }
})

test('of two that are first at a time one becomes active, and the other is compared with it', async () => {
  const { keep, active, waiting } = scene()
  const plans = await Promise.all([keep(ONE), keep(TWO)])
  assert.equal(plans, [{ is: marksOf(ONE) }, { is: marksOf(TWO), on: marksOf(ONE) }])
  assert.equal([await active(), await waiting(TWO)], [ONE, TWO])
})

test('a plan that has more waits beside the active one', async () => {
  const { keep, active, waiting } = scene()
  await keep(ONE)
  assert.equal(await keep(TWO), { is: marksOf(TWO), on: marksOf(ONE) })
  assert.equal([await active(), await waiting(TWO)], [ONE, TWO])
})

test('a plan that loses a store is refused, waits when that is accepted, and is never active by itself', async () => {
  const { keep, active, waiting } = scene()
  await keep(ONE)
  for (const [shape, isAccepted] of [
    [NONE, false],
    [WRONG, false],
    [WRONG, true],
  ] as const) {
    try {
      await keep(shape, isAccepted)
      assert.unreachable()
    } catch (thrown) {
      assert.ok(isMillraceError(thrown, 'PLAN_INCOMPATIBLE'))
    }
    assert.is(await waiting(shape), null)
  }
  assert.equal(await keep(NONE, true), { is: marksOf(NONE), on: marksOf(ONE) })
  assert.equal([await active(), await waiting(NONE)], [ONE, NONE])
})

test('the same plan as an older version kept it is completed', async () => {
  const { keep, active, keys, world } = scene()
  const { sinks: _, ...older } = ONE.subtopologies['all'] ?? { sinks: [] }
  const kept = { topology: 't', topics: {}, subtopologies: { all: older } } as PlanShape
  await world.now(keys.put(planKey(APP, 't'), encodePlanShape(kept)))
  assert.equal(await keep(ONE), { is: marksOf(ONE) })
  assert.equal(await active(), ONE)
})

test.run()
