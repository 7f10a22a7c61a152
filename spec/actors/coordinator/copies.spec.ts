// What the records of hosts say of copies.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Copies } from '#actors/coordinator/copies'
import { memberOf } from '../host/host-world.ts'

const topologies = { t: { all: 1 } }
const copies = new Copies([
  memberOf('a', { topologies, held: ['t/all/0'], copies: {} }),
  memberOf('b', { topologies, copies: { 't/all/0': 7 } }),
  memberOf('c', { topologies, state: 'draining', copies: { 't/all/0': 3 } }),
  memberOf('d', { copies: { 't/all/0': -1 } }),
  memberOf('e', { topologies }),
])

test('who runs a task has the freshest copy, who does not know how far it is has the stalest', () => {
  assert.equal(
    copies.of('t/all/0').map(({ host }) => host),
    ['a', 'c', 'b', 'd'],
  )
  assert.equal(
    ['a', 'b', 'c', 'd', 'e'].map((host) => copies.lag('t/all/0', host)),
    [0, 7, 3, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  )
  assert.equal(copies.holders('t/all/0'), ['a'])
  assert.equal(copies.of('t/all/1'), [])
})

test('only an active host that has the topology can run a task of it', () => {
  const able = ['a', 'b', 'c', 'd', 'e', 'gone'].filter((host) => copies.canRun(host, 't/all'))
  assert.equal(able, ['a', 'b', 'e'])
})

test('a host that says nothing of copies keeps none', () => {
  assert.equal(
    ['a', 'd', 'e', 'gone'].map((host) => copies.canCopy(host)),
    [true, true, false, false],
  )
})

test.run()
