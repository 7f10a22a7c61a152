// What a host offers of the topologies it was given.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Deployments } from '#actors/host/deployments'
import type { Deployment } from '#actors/host/messages'

const NOTHING = { topologies: {}, stateful: [], plans: {} }

function deployment(topology: string): Deployment {
  const tasks = { lines: 2, counts: 4 }
  return { topology, module: null, tasks, stateful: ['counts'], topicPartitions: {} }
}

test('a topology is offered when every worker has loaded it, whichever is last', () => {
  const deployments = new Deployments(2)
  deployments.add(deployment('t'))
  assert.equal(deployments.offer, NOTHING)
  assert.is(deployments.load('t', 1), false)
  assert.is(deployments.load('t', 1), false)
  assert.equal(deployments.offer, NOTHING)
  assert.is(deployments.load('t', 0), true)
  assert.equal(deployments.offer, {
    topologies: { t: { lines: 2, counts: 4 } },
    stateful: ['t/counts'],
    plans: {},
  })
})

test('the offer stands while a worker loads again, and its word is no news', () => {
  const deployments = new Deployments(1)
  deployments.add(deployment('t'))
  assert.is(deployments.load('t', 0), true)
  assert.is(deployments.load('t', 0), false)
  assert.equal(Object.keys(deployments.offer.topologies), ['t'])
})

test('what was removed is not offered, nor loaded late, and has no tasks', () => {
  const deployments = new Deployments(1)
  deployments.add(deployment('t'))
  deployments.remove('t')
  assert.is(deployments.load('t', 0), false)
  assert.equal(deployments.offer, NOTHING)
  assert.is(deployments.task('t/counts/0'), null)
})

test('what its shape is to the active one is offered, and said once when it changes', () => {
  const deployments = new Deployments(1)
  const plan = { is: { lines: 'l', counts: 'd' }, on: { lines: 'l', counts: 'c' } }
  deployments.add({ ...deployment('t'), plan })
  deployments.load('t', 0)
  assert.equal(deployments.offer.plans, { t: plan })
  const codes = (active: Record<string, string>) =>
    deployments.notices({ t: active }).map(({ code }) => code)
  assert.equal(deployments.notices(undefined), [])
  assert.equal(deployments.notices({}), [])
  assert.equal(codes(plan.on), ['PLAN_PENDING'])
  assert.equal(codes(plan.on), [])
  assert.equal(codes(plan.is), ['PLAN_ACTIVE'])
  assert.equal(codes({ lines: 'l', counts: 'e' }), ['PLAN_OVERTAKEN'])
})

test('a task has the facts of its topology; one of a part that is not there is none', () => {
  const deployments = new Deployments(1)
  deployments.add(deployment('t'))
  const task = { id: 't/counts/3', topology: 't', subtopology: 'counts', partition: 3, count: 4 }
  assert.equal(deployments.task('t/counts/3'), task)
  assert.is(deployments.task('t/sums/3'), null)
})

test.run()
