// One look of the coordinator, and many of them in a row, while hosts come, drain and vanish and see
// the placement late: when all is quiet every task runs where it should. Where they see it at once, no
// two ever hold a task; where they do not, the log fences one of them, which is proved elsewhere.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { NOTHING_PLACED, rebalance } from '#actors/coordinator/rebalance'
import type { Member, Placement } from '#protocols/messages/membership'

const TASKS = { words: { lines: 3, counts: 4 } }
const IDS = ['lines/0', 'lines/1', 'lines/2', 'counts/0', 'counts/1', 'counts/2', 'counts/3']
const all = IDS.map((id) => `words/${id}`)

const member = (id: string, change: Partial<Member> = {}): Member => ({
  ...{ id, incarnation: '1', pid: 1, socket: '', workers: 0, state: 'active', startedAt: 0 },
  topologies: TASKS,
  held: [],
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

/** A host that acts on the placement it saw last. */
interface Host {
  seen: Placement
  state: 'active' | 'draining' | 'dead'
  readonly held: Set<string>
}

class Group {
  readonly hosts = new Map<string, Host>()
  placement = NOTHING_PLACED

  act(id: string, what: number): void {
    const host = this.hosts.get(id)
    if (host === undefined || host.state === 'dead') this.hosts.set(id, newHost())
    else if (what === 1) host.seen = this.placement
    else if (what === 2) this.release(id, host)
    else if (what === 3) this.take(id, host)
    else if (what === 4) host.state = 'draining'
    else if (what === 5) {
      host.state = 'dead'
      host.held.clear()
    }
  }

  look(): void {
    const members = [...this.hosts].flatMap(([id, { state, held }]) =>
      state === 'dead' ? [] : [member(id, { state, held: [...held] })],
    )
    this.placement = rebalance(members, this.placement)
  }

  release(id: string, { seen, held }: Host): void {
    for (const task of held) if (seen.granted[task] !== id) held.delete(task)
  }

  take(id: string, { seen, held, state }: Host): void {
    if (state !== 'active') return
    for (const [task, owner] of Object.entries(seen.granted)) if (owner === id) held.add(task)
  }

  holders(task: string): string[] {
    return [...this.hosts].filter(([, { held }]) => held.has(task)).map(([id]) => id)
  }

  settle(): void {
    for (let round = 0; round < 6; round++) {
      for (const [id, host] of this.hosts) {
        if (host.state === 'dead') continue
        host.seen = this.placement
        this.release(id, host)
        if (host.state === 'draining') host.held.clear()
        this.take(id, host)
      }
      this.look()
    }
  }
}

const newHost = (): Host => ({ seen: NOTHING_PLACED, state: 'active', held: new Set() })

test('when all is quiet every task is held once, at its target, and nothing changes any more', () => {
  const step = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'look'), fc.integer({ min: 1, max: 5 }))
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
      for (const task of all) assert.equal(group.holders(task), [settled.target[task]])
      group.look()
      assert.is(group.placement, settled)
    }),
    { numRuns: 300 },
  )
})

test('where hosts see the placement at once, no two ever hold a task', () => {
  const step = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: 2, max: 5 }))
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
