// Who may run a task while it moves, task by task: it stays where it runs until its target can take it
// over without a wait, and nobody waits for a copy when there is nobody to stay with.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Copies } from '#actors/coordinator/copies'
import { grant } from '#actors/coordinator/grant'
import type { Member, Placement } from '#protocols/messages/membership'
import { NOTHING_PLACED } from '#protocols/messages/membership'
import { memberOf } from '../host/host-world.ts'

const T = 't/a/0'
const topologies = { t: { a: 9 } }
const settings = { count: 1, acceptableLag: 100, warmups: 2 }

const member = (id: string, change: Partial<Member> = {}): Member =>
  memberOf(id, { topologies, copies: {}, ...change })

interface Case {
  readonly members: readonly Member[]
  readonly owners?: Readonly<Record<string, string>>
  readonly last?: Partial<Placement>
  readonly isStateful?: boolean
}

function granted({ members, owners = { [T]: 'b' }, last, isStateful = true }: Case) {
  const ids = Object.keys(owners)
  const grants = grant({
    tasks: ids.map((id) => ({ id, group: 't/a', topology: 't' })),
    owners: new Map(Object.entries(owners)),
    stateful: new Set(isStateful ? ['t/a'] : []),
    copies: new Copies(members),
    last: { ...NOTHING_PLACED, ...last },
    settings,
  })
  return { to: grants.granted.get(T) ?? 'nobody', warming: [...grants.warming] }
}

const atA = { granted: { [T]: 'a' } }
const a = member('a', { held: [T] })

test('a task stays where it runs while its target copies it', () => {
  for (const copies of [{}, { [T]: -1 }, { [T]: 101 }]) {
    const found = granted({ members: [a, member('b', { copies })], last: atA })
    assert.equal(found, { to: 'a', warming: [T] })
  }
})

test('when the copy of the target is fresh it is granted to nobody, and then to the target', () => {
  const b = member('b', { copies: { [T]: 100 } })
  assert.is(granted({ members: [a, b], last: atA }).to, 'nobody')
  const last = { standbys: { [T]: ['b'] } }
  assert.equal(granted({ members: [a, b], last }), { to: 'nobody', warming: [T] })
  assert.equal(granted({ members: [member('a'), b], last }), { to: 'b', warming: [] })
})

test('what was decided is not taken back when the copy falls behind meanwhile', () => {
  const b = member('b', { copies: { [T]: 5000 } })
  const last = { standbys: { [T]: ['b'] } }
  assert.is(granted({ members: [a, b], last }).to, 'nobody')
  assert.is(granted({ members: [member('a'), b], last }).to, 'b')
  const promoted = { granted: { [T]: 'b' } }
  const c = member('c', { copies: { [T]: 0 } })
  assert.is(granted({ members: [member('a'), member('b'), c], last: promoted }).to, 'b')
})

test('a task whose host is gone goes to its target at once, or is lent to a fresher copy', () => {
  const gone = { granted: { [T]: 'gone' } }
  assert.is(granted({ members: [member('b')], last: gone }).to, 'b')
  const c = member('c', { copies: { [T]: 40_000 } })
  assert.equal(granted({ members: [member('b'), c], last: gone }), { to: 'c', warming: [T] })
  const fresh = member('b', { copies: { [T]: 90 } })
  const fresher = member('c', { copies: { [T]: 1 } })
  assert.is(granted({ members: [fresh, fresher], last: gone }).to, 'b')
})

test('a draining host keeps nothing, and nobody gets what it has not closed', () => {
  const leaving = member('a', { held: [T], state: 'draining' })
  assert.is(granted({ members: [leaving, member('b')], last: atA }).to, 'nobody')
  const left = member('a', { state: 'draining', copies: { [T]: 0 } })
  assert.is(granted({ members: [left, member('b')], last: atA }).to, 'b')
})

test('without state, or towards a host that keeps no copies, a task moves without a copy', () => {
  const stateless = granted({ members: [a, member('b')], last: atA, isStateful: false })
  assert.equal(stateless, { to: 'nobody', warming: [] })
  const { copies: _none, ...older } = member('b')
  assert.is(granted({ members: [a, older], last: atA }).to, 'nobody')
})

test('so many tasks are copied at a time, those first that have begun', () => {
  const ids = [0, 1, 2, 3, 4].map((n) => `t/a/${n}`)
  const owners = Object.fromEntries(ids.map((id) => [id, 'b']))
  const last = { granted: Object.fromEntries(ids.map((id) => [id, 'a'])) }
  const members = [member('a', { held: ids }), member('b')]
  assert.equal(granted({ members, owners, last }).warming, ['t/a/0', 't/a/1'])
  const standbys = { 't/a/3': ['b'] }
  const begun = granted({ members, owners, last: { ...last, standbys } }).warming
  assert.equal(begun.sort(), ['t/a/0', 't/a/3'])
  const done = member('b', { copies: { 't/a/3': 0 } })
  const next = granted({
    members: [members[0] as Member, done],
    owners,
    last: { ...last, standbys },
  })
  assert.equal(next.warming.sort(), ['t/a/0', 't/a/1', 't/a/3'])
})

test.run()
