// What a task waits for, told from the documents alone.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { explain } from '#actors/coordinator/explain'
import { rebalance } from '#actors/coordinator/rebalance'
import {
  type Member,
  NOTHING_PLACED,
  NOTHING_WISHED,
  type Placement,
  type Wishes,
} from '#protocols/messages/membership'
import { memberOf } from '../host/host-world.ts'

const T = 't/a/0'
const topologies = { t: { a: 1 } }
const member = (id: string, change: Partial<Member> = {}): Member =>
  memberOf(id, { topologies, copies: {}, stateful: ['t/a'], ...change })
const atA = member('a', { held: [T] })

/** What is said of the one task, given what was placed last. */
function told(
  members: readonly Member[],
  wishes: Partial<Wishes> = {},
  last?: Placement,
): string[] {
  const wished = { ...NOTHING_WISHED, ...wishes }
  const before = last ?? rebalance([atA], NOTHING_PLACED)
  const placement = rebalance(members, before, { wishes: wished })
  return explain({ members, placement, wishes: wished }).map(({ step, why }) => `${step}: ${why}`)
}

test('a task that runs where it should has nothing to say', () => {
  assert.equal(told([atA, member('b')]), ['settled: null'])
  assert.equal(told([member('a')]), ['starting: starts at a'])
})

test('a task that moves says which copy it waits for, and how far that is', () => {
  const wishes = { draining: ['a'] }
  const begins = 'copying: goes from a to b when that copied it: begins'
  assert.equal(told([atA, member('b')], wishes), [begins])
  const first = rebalance([atA], NOTHING_PLACED)
  const moving = rebalance([atA, member('b')], first, {
    wishes: {
      ...NOTHING_WISHED,
      ...wishes,
    },
  })
  const b = (lag: number) => member('b', { copies: { [T]: lag } })
  const behind = 'copying: goes from a to b when that copied it: 70000 changes behind'
  assert.equal(told([atA, b(70_000)], wishes, moving), [behind])
  assert.equal(told([atA, b(0)], wishes, moving), ['closing: goes to b when a closed it'])
})

test('of more tasks than are copied at a time the others say that they wait', () => {
  const wide = { t: { a: 4 } }
  const held = [0, 1, 2, 3].map((n) => `t/a/${n}`)
  const a = member('a', { topologies: wide, held })
  const wishes = { ...NOTHING_WISHED, draining: ['a'] }
  const members = [a, member('b', { topologies: wide })]
  const placement = rebalance(members, rebalance([a], NOTHING_PLACED), { wishes })
  const steps = explain({ members, placement, wishes }).map(({ step }) => step)
  assert.equal(steps, ['copying', 'copying', 'queued', 'queued'])
})

test('a wish that does not hold says why', () => {
  const b = member('b')
  const pins = { [T]: 'b' }
  const cases: readonly (readonly [readonly Member[], Partial<Wishes>, string])[] = [
    [[atA], { draining: ['a'] }, 'a drains, and no other host can run it'],
    [[atA, b], { draining: ['a'], isFrozen: true }, 'a drains, when the freeze is over'],
    [[atA, b], { pins, isFrozen: true }, 'is pinned to b, and goes there when the freeze is over'],
    [[atA, b], { pins, fenced: ['b'] }, 'is pinned to b, which is fenced'],
    [[atA, b], { pins, draining: ['b'] }, 'is pinned to b, which drains'],
    [[atA], { pins }, 'is pinned to b, which cannot run it'],
  ]
  for (const [members, wishes, why] of cases) {
    assert.equal(told(members, wishes), [`settled: ${why}`])
  }
})

test('what a fenced host holds is not waited for', () => {
  assert.equal(told([atA, member('b')], { fenced: ['a'] }), ['starting: starts at b'])
})

test.run()
