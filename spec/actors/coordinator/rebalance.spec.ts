// One look of the coordinator, and many of them in a row, while hosts come, drain and vanish and see
// the placement late: when all is quiet every task runs where it should. Where they see it at once, no
// two ever hold a task; where they do not, the log fences one of them, which is proved elsewhere.
// Half of the tasks keep something, and copies of them come up as fast or as slowly as chance wants.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { NOTHING_PLACED, rebalance } from '#actors/coordinator/rebalance'
import { STANDBY_DEFAULT } from '#actors/coordinator/standbys'
import type { Member, Placement } from '#protocols/messages/membership'

const TASKS = { words: { lines: 3, counts: 4 } }
const IDS = ['lines/0', 'lines/1', 'lines/2', 'counts/0', 'counts/1', 'counts/2', 'counts/3']
const all = IDS.map((id) => `words/${id}`)

const member = (id: string, change: Partial<Member> = {}): Member => ({
  ...{ id, incarnation: '1', pid: 1, socket: '', workers: 0, state: 'active', startedAt: 0 },
  topologies: TASKS,
  held: [],
  stateful: ['words/counts'],
  ...change,
})

test('one host is granted everything it can run', () => {
  const { version, target, granted } = rebalance([member('a')], NOTHING_PLACED)
  assert.is(version, 1)
  assert.equal(Object.keys(target).sort(), [...all].sort())
  assert.equal(granted, target)
  assert.ok(Object.values(granted).every((host) => host === 'a'))
})

test('nothing changes while nothing changed: it is the same object', () => {
  const members = [member('a'), member('b')]
  const placed = rebalance(members, NOTHING_PLACED)
  assert.is(rebalance(members, placed), placed)
})

test('a task that moves is granted to nobody until its holder has closed it', () => {
  const first = rebalance([member('a')], NOTHING_PLACED)
  const holding = member('a', { held: all })
  const moving = rebalance([holding, member('b')], first)
  const moved = all.filter((task) => moving.target[task] === 'b')
  assert.ok(moved.length >= 3)
  for (const task of moved) assert.is(moving.granted[task], undefined)
  const kept = all.filter((task) => !moved.includes(task))
  for (const task of kept) assert.is(moving.granted[task], 'a')
  const done = rebalance([member('a', { held: kept }), member('b')], moving)
  for (const task of moved) assert.is(done.granted[task], 'b')
})

test('a draining host gets nothing, and keeps what it holds from others until it closed it', () => {
  const draining = member('a', { state: 'draining', held: all.slice(0, 2) })
  const { target, granted } = rebalance([draining, member('b')], NOTHING_PLACED)
  assert.ok(Object.values(target).every((host) => host === 'b'))
  assert.equal(Object.keys(granted).sort(), all.slice(2).sort())
})

test('tasks that no active host can run are placed nowhere', () => {
  const other = { other: { all: 1 } }
  const members = [member('a', { topologies: other }), member('b', { state: 'draining' })]
  assert.equal(rebalance(members, NOTHING_PLACED).target, { 'other/all/0': 'a' })
  assert.equal(rebalance([], NOTHING_PLACED), NOTHING_PLACED)
})

test('with standbys every task that keeps something is copied elsewhere, and moves with them', () => {
  const settings = { ...STANDBY_DEFAULT, count: 1 }
  const stateful = all.filter((task) => task.includes('/counts/'))
  const first = rebalance([member('a', { copies: {} })], NOTHING_PLACED, settings)
  assert.equal(first.standbys, {})
  const a = member('a', { held: all, copies: {} })
  const second = rebalance([a, member('b', { copies: {} })], first, settings)
  assert.equal(Object.keys(second.standbys).sort(), stateful)
  const moving = stateful.filter((task) => second.target[task] === 'b')
  assert.is(moving.length, 2)
  for (const task of moving) {
    assert.is(second.granted[task], 'a', 'it stays while it is copied')
    assert.equal(second.standbys[task], ['a', 'b'], 'and who gives it away keeps the copy')
  }
  const fresh = Object.fromEntries(stateful.map((task) => [task, 0]))
  const third = rebalance([a, member('b', { copies: fresh })], second, settings)
  for (const task of moving) assert.is(third.granted[task], undefined)
  const kept = all.filter((task) => third.granted[task] === 'a')
  const closed = member('a', { held: kept, copies: {} })
  const fourth = rebalance([closed, member('b', { copies: fresh })], third, settings)
  assert.equal(fourth.granted, fourth.target)
  for (const task of moving) assert.equal(fourth.standbys[task], ['a'])
  // Its standby is all there is of a host that dies: what it ran goes on at once.
  const gone = rebalance([member('b', { held: moving, copies: fresh })], fourth, settings)
  for (const task of all) assert.is(gone.granted[task], 'b')
})

test('a copy stays where it is until the one that is to replace it is as fresh', () => {
  const settings = { ...STANDBY_DEFAULT, count: 1 }
  const task = 'words/counts/0'
  const one = { words: { counts: 1 } }
  const a = member('a', { topologies: one, held: [task], copies: {} })
  const last: Placement = {
    ...{ version: 1, target: { [task]: 'a' }, granted: { [task]: 'a' } },
    standbys: { [task]: ['c', 'b'] },
  }
  const c = member('c', { topologies: one, copies: { [task]: -1 } })
  const b = member('b', { topologies: one, copies: { [task]: 0 } })
  assert.is(rebalance([a, b, c], last, settings), last)
  const done = member('c', { topologies: one, copies: { [task]: 9 } })
  assert.equal(rebalance([a, b, done], last, settings).standbys, { [task]: ['c'] })
})

/** A host that acts on the placement it saw last. */
interface Host {
  seen: Placement
  state: 'active' | 'draining' | 'dead'
  readonly held: Set<string>
  /** Copies and their lags. */
  readonly copies: Map<string, number>
}

const SETTINGS = { count: 1, acceptableLag: 100, warmups: 1 }

class Group {
  readonly hosts = new Map<string, Host>()
  placement = NOTHING_PLACED

  act(id: string, what: number): void {
    const host = this.hosts.get(id)
    if (host === undefined || host.state === 'dead') this.hosts.set(id, newHost())
    else if (what >= 6) this.copy(id, host, what === 6 ? 5000 : 50)
    else if (what === 1) host.seen = this.placement
    else if (what === 2) this.release(id, host)
    else if (what === 3) this.take(id, host)
    else if (what === 4) host.state = 'draining'
    else if (what === 5) {
      host.state = 'dead'
      host.held.clear()
      host.copies.clear()
    }
  }

  /** Begins the copies it should keep, ends the others; all of them get to this lag. */
  copy(id: string, { seen, held, copies, state }: Host, lag: number): void {
    copies.clear()
    if (state !== 'active') return
    for (const [task, hosts] of Object.entries(seen.standbys)) {
      if (hosts.includes(id) && seen.granted[task] !== id && !held.has(task)) copies.set(task, lag)
    }
  }

  look(): void {
    const members = [...this.hosts].flatMap(([id, { state, held, copies }]) =>
      state === 'dead'
        ? []
        : [member(id, { state, held: [...held], copies: Object.fromEntries(copies) })],
    )
    this.placement = rebalance(members, this.placement, SETTINGS)
  }

  release(id: string, { seen, held }: Host): void {
    for (const task of held) if (seen.granted[task] !== id) held.delete(task)
  }

  take(id: string, { seen, held, state }: Host): void {
    if (state !== 'active') return
    for (const [task, owner] of Object.entries(seen.granted)) {
      if (owner !== id) continue
      held.add(task)
      this.hosts.get(id)?.copies.delete(task)
    }
  }

  holders(task: string): string[] {
    return [...this.hosts].filter(([, { held }]) => held.has(task)).map(([id]) => id)
  }

  settle(): void {
    for (let round = 0; round < 40; round++) {
      for (const [id, host] of this.hosts) {
        if (host.state === 'dead') continue
        host.seen = this.placement
        this.release(id, host)
        if (host.state === 'draining') host.held.clear()
        this.take(id, host)
        this.copy(id, host, 0)
      }
      this.look()
    }
  }
}

const newHost = (): Host => ({
  ...{ seen: NOTHING_PLACED, state: 'active', held: new Set(), copies: new Map() },
})

test('when all is quiet every task is held once, at its target, and nothing changes any more', () => {
  const step = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'look'), fc.integer({ min: 1, max: 7 }))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const group = new Group()
      for (const [id, what] of steps) {
        if (id === 'look') group.look()
        else group.act(id, what)
      }
      group.act('e', 0)
      group.look()
      group.settle()
      const settled = group.placement
      assert.equal(settled.granted, settled.target)
      assert.equal(Object.keys(settled.target).sort(), [...all].sort())
      const alive = [...group.hosts].filter(([, { state }]) => state === 'active')
      for (const task of all) {
        assert.equal(group.holders(task), [settled.target[task]])
        const copied = alive.filter(([, { copies }]) => copies.has(task)).map(([id]) => id)
        assert.equal(copied, settled.standbys[task] ?? [])
        const isCopied = task.includes('/counts/') && alive.length > 1
        assert.is(copied.length, isCopied ? 1 : 0, task)
      }
      group.look()
      assert.is(group.placement, settled)
    }),
    { numRuns: 300 },
  )
})

test('where hosts see the placement at once, no two ever hold a task', () => {
  const step = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: 2, max: 7 }))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const group = new Group()
      for (const [id, what] of steps) {
        const host = group.hosts.get(id)
        if (host !== undefined) host.seen = group.placement
        group.act(id, what)
        group.look()
        for (const task of all) assert.ok(group.holders(task).length <= 1, task)
      }
    }),
    { numRuns: 300 },
  )
})

test.run()
