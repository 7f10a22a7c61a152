// What would be if hosts were gone or added, on documents alone.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { simulate } from '#actors/coordinator/simulate'
import { NOTHING_WISHED, type Placement } from '#protocols/messages/membership'
import { memberOf } from '../host/host-world.ts'

const topologies = { t: { a: 4 } }
const [one, two, three] = ['one', 'two', 'three'].map((id) => memberOf(id, { topologies }))
const members = [one, two].flatMap((it) => it ?? [])
const target = { 't/a/0': 'one', 't/a/1': 'two', 't/a/2': 'one', 't/a/3': 'two' }
const placement: Placement = { version: 1, target, granted: target, standbys: {} }
const group = { members, placement, wishes: NOTHING_WISHED }

test('without a host its tasks go to the others, and those alone move', () => {
  const { moves, hosts } = simulate(group, {}, { without: ['two'], joining: [] })
  assert.equal(moves, [
    { task: 't/a/1', from: 'two', to: 'one' },
    { task: 't/a/3', from: 'two', to: 'one' },
  ])
  assert.equal(hosts, [
    { host: 'one', now: 2, after: 4 },
    { host: 'two', now: 2, after: 0 },
  ])
})

test('without any host nobody runs anything; a host more takes its share', () => {
  const none = simulate(group, {}, { without: ['one', 'two'], joining: [] })
  assert.equal(
    none.moves.map(({ to }) => to),
    [null, null, null, null],
  )
  const more = simulate(group, {}, { without: [], joining: three === undefined ? [] : [three] })
  assert.equal([more.moves.length, more.moves[0]?.to], [1, 'three'])
})

test('what is on its way anyway is no part of it, and a freeze holds', () => {
  const stale = { ...placement, target: { ...target, 't/a/3': 'one' } }
  const change = { without: [], joining: [] }
  assert.equal(simulate({ ...group, placement: stale }, {}, change).moves, [])
  const wishes = { ...NOTHING_WISHED, isFrozen: true }
  const joining = three === undefined ? [] : [three]
  assert.equal(simulate({ ...group, wishes }, {}, { without: [], joining }).moves, [])
})

test.run()
