// Wishes as changes of one document: each says one thing, leaves the others, and nothing where it is said
// already.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { NOTHING_WISHED } from '#protocols/messages/membership'
import { awayOf } from '#runtime/process/group-look'
import {
  draining,
  freezing,
  knownHosts,
  marking,
  pinning,
  undraining,
} from '#runtime/process/wishes'
import { memberOf } from '../../actors/host/host-world.ts'

const wishes = {
  ...{ draining: ['a'], drainBy: { a: 5 }, fenced: ['b'], isFrozen: true, pins: { 't/a/0': 'c' } },
  unheard: 'of',
}

test('a wish that holds already changes nothing: it is the same object', () => {
  for (const change of [
    ...[marking('draining', 'a', true), marking('draining', 'b', false)],
    ...[marking('fenced', 'b', true), freezing(true)],
    ...[draining('a', 5), undraining('b')],
    ...[pinning('t/a/0', 'c'), pinning('t/a/1', null)],
  ]) {
    assert.is(change(wishes), wishes)
  }
})

test('a wish changes what it is about, and leaves the rest', () => {
  assert.equal(marking('draining', 'Z', true)(wishes), { ...wishes, draining: ['Z', 'a'] })
  assert.equal(marking('fenced', 'b', false)(wishes), { ...wishes, fenced: [] })
  assert.equal(freezing(false)(wishes), { ...wishes, isFrozen: false })
  const later = { draining: ['a', 'b'], drainBy: { a: 5, b: 9 } }
  assert.equal(draining('b', 9)(wishes), { ...wishes, ...later })
  assert.equal(draining('a', null)(wishes), { ...wishes, drainBy: {} })
  assert.equal(undraining('a')(wishes), { ...wishes, draining: [], drainBy: {} })
  const pins = { 't/a/0': 'c', 't/a/1': 'd' }
  assert.equal(pinning('t/a/1', 'd')(wishes), { ...wishes, pins })
  assert.equal(pinning('t/a/0', null)(wishes), { ...wishes, pins: {} })
})

test('a host is away that does not run and is to drain or is fenced, which goes before', () => {
  const look = { members: [memberOf('a')], wishes: { ...wishes, fenced: ['c', 'b'] } }
  assert.equal(awayOf(look), [
    { id: 'b', wish: 'fenced' },
    { id: 'c', wish: 'fenced' },
  ])
  const both = { draining: ['a', 'b'], fenced: ['b'] }
  assert.equal(awayOf({ members: [], wishes: { ...wishes, ...both } }), [
    { id: 'a', wish: 'draining' },
    { id: 'b', wish: 'fenced' },
  ])
})

test('a host is known that is there, that has something, or of which something is wished', () => {
  const placement = {
    ...{ version: 1, target: { 't/a/0': 'd' }, granted: { 't/a/0': 'e' } },
    standbys: { 't/a/0': ['f'] },
  }
  const look = {
    application: 'app',
    coordinator: null,
    members: [memberOf('z')],
    placement,
    wishes,
    plans: new Map(),
  }
  assert.equal(knownHosts(look), ['a', 'b', 'c', 'd', 'e', 'f', 'z'])
  assert.equal(knownHosts({ ...look, wishes: NOTHING_WISHED }), ['d', 'e', 'f', 'z'])
})

test.run()
