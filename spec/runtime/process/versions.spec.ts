// What `millrace upgrade` shows of a group, from its documents.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Member, NOTHING_WISHED } from '#protocols/messages/membership'
import { marksOf, type PlanShape } from '#protocols/messages/plan-shape'
import { isMixed, versionsOf } from '#runtime/process/versions'
import { memberOf } from '../../actors/host/host-world.ts'

const shape = (stores: number): PlanShape => ({
  ...{ topology: 't', topics: {}, version: '1' },
  subtopologies: {
    in: { tasks: 2, sources: ['in'], stores: {}, sinks: [] },
    all: {
      ...{ tasks: 4, sources: ['mid'], sinks: [] },
      stores: Object.fromEntries(Array.from({ length: stores }, (_, n) => [`s${n}`, 'keyvalue'])),
    },
  },
})

const host = (id: string, version: string, is: number, on = is): Member =>
  memberOf(id, {
    ...{ version, topologies: { t: { in: 2, all: 4 } } },
    plans: { t: is === on ? { is: marksOf(shape(is)) } : marksFrom(is, on) },
  })
const marksFrom = (is: number, on: number) => ({ is: marksOf(shape(is)), on: marksOf(shape(on)) })

const rows = (active: number, members: readonly Member[], fenced: string[] = []) =>
  versionsOf({
    members,
    plans: new Map([['t', { shape: shape(active), revision: 1 }]]),
    wishes: { ...NOTHING_WISHED, fenced },
  })
const brief = (active: number, members: readonly Member[], fenced: string[] = []) =>
  rows(active, members, fenced).map(({ version, hosts, state, supports, blockers }) =>
    [version, state, hosts.join(' ') || '-', supports, blockers.join(' ') || '-'].join(', '),
  )

test('hosts of one version are one row, and it is active', () => {
  const members = [host('a', '1', 1), host('b', '1', 1)]
  assert.equal(brief(1, members), ['1, active, a b, 6, -'])
  assert.is(isMixed(rows(1, members)), false)
})

test('a version of the same shape is active too, and one of another waits for the rest', () => {
  const members = [host('c', '2', 2, 1), host('a', '1', 1), host('b', '1.1', 1)]
  assert.equal(brief(1, members), [
    '1, active, a, 6, -',
    '1.1, active, b, 6, -',
    '2, pending, c, 2, a b',
  ])
  assert.is(isMixed(rows(1, members)), true)
})

test('a version that was promoted leaves those behind that were compared with the one before', () => {
  const members = [host('a', '1', 1), host('c', '2', 2, 1)]
  assert.equal(brief(2, members), ['2, active, c, 6, -', '1, overtaken, a, 0, -'])
})

test('an active version that nobody runs is said, and a fenced host blocks nothing', () => {
  assert.equal(brief(1, [host('c', '2', 2, 1)]), ['1, active, -, 0, -', '2, pending, c, 2, -'])
  const members = [host('a', '1', 1), host('c', '2', 2, 1)]
  assert.equal(brief(1, members, ['a']), ['1, active, -, 0, -', '2, pending, c, 2, -'])
})

test('a host that says nothing of shapes runs what is active, and blocks what waits', () => {
  const silent = memberOf('a', { topologies: { t: { in: 2, all: 4 } } })
  assert.equal(brief(1, [silent, host('c', '2', 2, 1)]), [
    ', active, a, 6, -',
    '2, pending, c, 2, a',
  ])
})

test.run()
