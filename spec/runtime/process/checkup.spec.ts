// A group that is well passes every check; each trouble is found by the check that is there for it, and by
// no other.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { MillraceError } from '#protocols/core/errors'
import { NOTHING_WISHED } from '#protocols/messages/membership'
import {
  attempted,
  checkDisk,
  checkFiles,
  checkGroup,
  checkNode,
  type GroupFacts,
} from '#runtime/process/checkup'
import type { GroupLook } from '#runtime/process/group-look'
import { memberOf } from '../../actors/host/host-world.ts'

const GROUP: GroupLook = {
  ...{ application: 'app', coordinator: 'one', wishes: NOTHING_WISHED },
  members: [memberOf('one', { startedAt: 5000 }), memberOf('two', { startedAt: 5000 })],
  placement: { version: 1, target: {}, granted: {}, standbys: {} },
  plans: new Map(),
}
const WELL: GroupFacts = {
  ...{ group: GROUP, gone: [], silent: [], reset: null, stateOf: ['one'], nowMs: 10_000 },
  told: new Map([['one', 9000]]),
  orphans: [],
}

/** What is not well, and how. */
const found = (facts: Partial<GroupFacts>, group: Partial<GroupLook> = {}): unknown =>
  checkGroup({ ...WELL, ...facts, group: { ...GROUP, ...group } }).flatMap(
    ({ name, result, what }) => (result === 'well' ? [] : [[name, result, what]]),
  )

test('a group that is well passes every check', () => {
  assert.equal(found({}), [])
})

test('each trouble is found by the check that is there for it, and by no other', () => {
  const one = (facts: Partial<GroupFacts>, ...expected: string[]): void =>
    assert.equal(found(facts), [expected])
  const other = (group: Partial<GroupLook>, ...expected: string[]): void =>
    assert.equal(found({}, group), [expected])
  one({ reset: '' }, 'reset', 'wrong', 'one was begun and not finished: no host starts')
  other({ coordinator: null }, 'coordinator', 'wrong', 'no host holds the lease: nothing is placed')
  other({ coordinator: 'old' }, 'coordinator', 'notice', 'old holds the lease and is no member')
  one({ silent: ['two'] }, 'hosts', 'wrong', 'two did not answer')
  one({ gone: ['two'] }, 'hosts', 'notice', 'the process of two is no more')
  const told = new Map([['two', 15_000]])
  one({ told }, 'clocks', 'wrong', 'ahead of this machine: two by 5 s or more')
  one({ orphans: ['app.x'] }, 'topics', 'notice', 'no topology has them any more: app.x')
  one({ stateOf: ['one', 'old'] }, 'state', 'notice', 'kept for hosts that do not run: old')
})

test('wishes of hosts that do not run are told, and so is a freeze', () => {
  const wishes = {
    ...NOTHING_WISHED,
    draining: ['two', 'b'],
    fenced: ['a'],
    pins: { 't/a/0': 'c' },
    isFrozen: true,
  }
  assert.equal(found({}, { wishes }), [
    ['freeze', 'notice', 'the placement is frozen'],
    ['wishes', 'notice', 'something is wished of a, b, c, not running'],
  ])
})

test('of a group of which no host runs little can be said, and nothing is wrong', () => {
  const checks = checkGroup({ ...WELL, told: new Map(), group: { ...GROUP, members: [] } })
  assert.equal(
    checks.map(({ name, result }) => [name, result]),
    [
      ...[
        ['reset', 'well'],
        ['coordinator', 'skipped'],
        ['hosts', 'skipped'],
        ['wishes', 'well'],
      ],
      ...[
        ['clocks', 'skipped'],
        ['state', 'skipped'],
        ['topics', 'skipped'],
      ],
    ],
  )
})

test('a machine is too old, too narrow or too full', () => {
  assert.equal(
    [checkNode('20.1.0'), checkNode('18.20.0')].map(({ result }) => result),
    ['well', 'wrong'],
  )
  assert.equal(
    [checkFiles(4096), checkFiles(1024), checkFiles(null)].map(({ result }) => result),
    ['well', 'notice', 'skipped'],
  )
  // Little of a big disk is much, and all of a small one is not little.
  const disks = [
    checkDisk('disk', 5e9, 1e12),
    checkDisk('disk', 1e8, 2e8),
    checkDisk('disk', 1e9, 1e11),
    checkDisk('disk', 1e8, 1e11),
  ]
  assert.equal(
    disks.map(({ result }) => result),
    ['well', 'well', 'notice', 'wrong'],
  )
})

test('what a try throws is what is wrong, with its hint', async () => {
  assert.equal(await attempted('manifest', async () => 'app'), {
    ...{ name: 'manifest', result: 'well', what: 'app', hint: null },
  })
  const refusal = new MillraceError({ code: 'BAD', what: 'no', where: 'a.yaml', hint: 'mend it' })
  const check = await attempted('manifest', () => Promise.reject(refusal))
  assert.equal([check.result, check.hint], ['wrong', 'mend it'])
  assert.match(check.what, /no.*a\.yaml.*\[BAD\]/)
})

test.run()
