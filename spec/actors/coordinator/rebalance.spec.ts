// One look of the coordinator, and many of them in a row, while hosts come, drain and vanish and see
// the placement late: when all is quiet every task runs where it should. Where they see it at once, no
// two ever hold a task; where they do not, the log fences one of them, which is proved elsewhere.
// Half of the tasks keep something, and copies of them come up as fast or as slowly as chance wants.
// Operators drain, fence, freeze and pin meanwhile.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rebalance } from '#actors/coordinator/rebalance'
import { STANDBY_DEFAULT } from '#actors/coordinator/standbys'
import {
  type Member,
  NOTHING_PLACED,
  NOTHING_WISHED,
  type Placement,
  type Wishes,
} from '#protocols/messages/membership'

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
  const first = rebalance([member('a', { copies: {} })], NOTHING_PLACED, { settings })
  assert.equal(first.standbys, {})
  const a = member('a', { held: all, copies: {} })
  const second = rebalance([a, member('b', { copies: {} })], first, { settings })
  assert.equal(Object.keys(second.standbys).sort(), stateful)
  const moving = stateful.filter((task) => second.target[task] === 'b')
  assert.is(moving.length, 2)
  for (const task of moving) {
    assert.is(second.granted[task], 'a', 'it stays while it is copied')
    assert.equal(second.standbys[task], ['a', 'b'], 'and who gives it away keeps the copy')
  }
  const fresh = Object.fromEntries(stateful.map((task) => [task, 0]))
  const third = rebalance([a, member('b', { copies: fresh })], second, { settings })
  for (const task of moving) assert.is(third.granted[task], undefined)
  const kept = all.filter((task) => third.granted[task] === 'a')
  const closed = member('a', { held: kept, copies: {} })
  const fourth = rebalance([closed, member('b', { copies: fresh })], third, { settings })
  assert.equal(fourth.granted, fourth.target)
  for (const task of moving) assert.equal(fourth.standbys[task], ['a'])
  // Its standby is all there is of a host that dies: what it ran goes on at once.
  const gone = rebalance([member('b', { held: moving, copies: fresh })], fourth, { settings })
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
  assert.is(rebalance([a, b, c], last, { settings }), last)
  const done = member('c', { topologies: one, copies: { [task]: 9 } })
  assert.equal(rebalance([a, b, done], last, { settings }).standbys, { [task]: ['c'] })
})

const wished = (change: Partial<Wishes>): Wishes => ({ ...NOTHING_WISHED, ...change })

test('what a fenced host holds is granted to others at once, and stays theirs when it comes back', () => {
  const [a, b] = [member('a', { held: all, copies: {} }), member('b', { copies: {} })]
  const first = rebalance([a], NOTHING_PLACED)
  const fenced = rebalance([a, b], first, { wishes: wished({ fenced: ['a'] }) })
  assert.ok(all.every((task) => fenced.granted[task] === 'b'))
  const taken = member('b', { held: all, copies: {} })
  const back = rebalance([a, taken], fenced)
  const staying = all.filter((task) => back.target[task] === 'b')
  assert.ok(staying.length >= 3)
  for (const task of staying)
    assert.is(back.granted[task], 'b', 'whatever the other has not closed')
})

test('the tasks of a draining host stay with it until they are copied, and its copies go', () => {
  const settings = { ...STANDBY_DEFAULT, count: 1 }
  const a = member('a', { held: all, copies: {} })
  const others = [member('b', { copies: {} }), member('c', { copies: {} })]
  const first = rebalance([a], NOTHING_PLACED, { settings })
  const wishes = wished({ draining: ['a'] })
  const draining = rebalance([a, ...others], first, { settings, wishes })
  assert.not(Object.values(draining.target).includes('a'))
  for (const task of all.filter((id) => id.includes('/counts/'))) {
    assert.is(draining.granted[task], 'a')
  }
  assert.not(Object.values(draining.standbys).flat().includes('a'))
})

test('a host that should be drained by now gives up what it runs without a copy, and what is lent is fresh', () => {
  const settings = { ...STANDBY_DEFAULT, count: 1 }
  const a = member('a', { held: all, copies: {} })
  const others = [member('b', { copies: {} }), member('c', { copies: {} })]
  const wishes = wished({ draining: ['a'], drainBy: { a: 1000 } })
  const first = rebalance([a], NOTHING_PLACED, { settings })
  const inTime = rebalance([a, ...others], first, { settings, wishes, nowMs: 999 })
  const stateful = all.filter((id) => id.includes('/counts/'))
  for (const task of stateful) assert.is(inTime.granted[task], 'a')
  const late = rebalance([a, ...others], inTime, { settings, wishes, nowMs: 1000 })
  assert.equal(late.granted, {}, 'nobody, until it has closed them')
  const closed = member('a', { copies: {} })
  const moved = rebalance([closed, ...others], late, { settings, wishes, nowMs: 1001 })
  assert.equal(moved.granted, moved.target)
  assert.not(Object.values(moved.target).includes('a'))
  const undrained = wished({ drainBy: { a: 1000 } })
  const stays = rebalance([a, ...others], first, { settings, wishes: undrained, nowMs: 1000 })
  for (const task of stateful) assert.is(stays.granted[task], 'a', 'it does not drain')
})

test('a host that hands over runs what keeps something until that is copied, and is given nothing', () => {
  const settings = { ...STANDBY_DEFAULT, warmups: 9 }
  const first = rebalance([member('a')], NOTHING_PLACED)
  const leaving = { state: 'draining', isHandingOver: true, copies: {} } as const
  const a = member('a', { ...leaving, held: all })
  const b = member('b', { copies: {} })
  const warming = rebalance([a, b], first, { settings })
  assert.ok(Object.values(warming.target).every((host) => host === 'b'))
  const kept = all.filter((task) => task.includes('/counts/'))
  for (const task of all) {
    assert.is(warming.granted[task], kept.includes(task) ? 'a' : undefined, task)
    assert.equal(warming.standbys[task], kept.includes(task) ? ['b'] : undefined, task)
  }
  const copies = Object.fromEntries(kept.map((task) => [task, 0]))
  const copied = rebalance([a, member('b', { copies })], warming, { settings })
  for (const task of kept) assert.is(copied.granted[task], undefined, task)
  const closed = rebalance([member('a', leaving), member('b', { copies })], copied, { settings })
  assert.equal(closed.granted, closed.target)
})

test('a host that hands over gives up at once what nobody can take, and everything when it says no more', () => {
  const first = rebalance([member('a')], NOTHING_PLACED)
  const leaving = { state: 'draining', isHandingOver: true, copies: {}, held: all } as const
  for (const others of [[], [member('b', leaving)]]) {
    assert.equal(rebalance([member('a', leaving), ...others], first).granted, {})
  }
  const b = member('b', { copies: {} })
  const warming = rebalance([member('a', leaving), b], first)
  const hurried = rebalance([member('a', { ...leaving, isHandingOver: undefined }), b], warming)
  assert.equal(hurried.granted, {})
})

test('a host with nobody to take its tasks keeps them, although it should drain', () => {
  const a = member('a', { held: all })
  const first = rebalance([a], NOTHING_PLACED)
  assert.is(rebalance([a], first, { wishes: wished({ draining: ['a'] }) }), first)
})

test('a freeze ends moves that are not further than a copy, and a thaw begins them again', () => {
  const a = member('a', { held: all, copies: {} })
  const b = member('b', { copies: {} })
  const first = rebalance([a], NOTHING_PLACED)
  const moving = rebalance([a, b], first)
  const stateful = all.filter((id) => id.includes('/counts/') && moving.target[id] === 'b')
  const frozen = rebalance([a, b], moving, { wishes: wished({ isFrozen: true }) })
  for (const task of stateful) {
    assert.equal([frozen.target[task], frozen.standbys[task]], ['a', undefined])
  }
  assert.equal(rebalance([a, b], frozen).target, moving.target)
})

test('a pinned task moves as any other, and stays where it is when the pin goes', () => {
  const settings = { ...STANDBY_DEFAULT, acceptableLag: 0 }
  const task = 'words/counts/0'
  const placed = rebalance([member('a'), member('b')], NOTHING_PLACED, { settings })
  const [from = '', to = ''] = placed.target[task] === 'a' ? ['a', 'b'] : ['b', 'a']
  const held = (id: string) => all.filter((it) => placed.target[it] === id)
  const members = ['a', 'b'].map((id) => member(id, { held: held(id), copies: {} }))
  const pinned = rebalance(members, placed, { settings, wishes: wished({ pins: { [task]: to } }) })
  assert.equal([pinned.target[task], pinned.granted[task], pinned.standbys[task]], [to, from, [to]])
})

/** A host that acts on the placement it saw last. */
interface Host {
  seen: Placement
  state: 'active' | 'handing over' | 'draining' | 'dead'
  readonly held: Set<string>
  /** Copies and their lags. */
  readonly copies: Map<string, number>
}

const SETTINGS = { count: 1, acceptableLag: 100, warmups: 1 }

class Group {
  readonly hosts = new Map<string, Host>()
  placement = NOTHING_PLACED
  wishes = NOTHING_WISHED

  act(id: string, what: number): void {
    const host = this.hosts.get(id)
    if (host === undefined || host.state === 'dead') this.hosts.set(id, newHost())
    else if (what === 8) host.state = 'handing over'
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

  /** What an operator may come to want. */
  wish(what: number): void {
    const { draining, fenced, isFrozen, pins } = this.wishes
    const more: Partial<Wishes>[] = [
      { draining: toggled(draining, 'a') },
      { draining: toggled(draining, 'b') },
      { fenced: toggled(fenced, 'b') },
      { fenced: toggled(fenced, 'c') },
      { isFrozen: !isFrozen },
      { pins: { ...pins, 'words/counts/0': 'c', 'words/lines/0': 'a' } },
      { pins: {} },
    ]
    this.wishes = { ...this.wishes, ...more[what - 1] }
  }

  /** Those that may run tasks. */
  get taking(): string[] {
    const { draining, fenced } = this.wishes
    const away = [...draining, ...fenced]
    return [...this.hosts]
      .filter(([id, { state }]) => state === 'active' && !away.includes(id))
      .map(([id]) => id)
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
        : [member(id, { ...said(state), held: [...held], copies: Object.fromEntries(copies) })],
    )
    this.placement = rebalance(members, this.placement, { settings: SETTINGS, wishes: this.wishes })
  }

  release(id: string, { seen, held }: Host): void {
    for (const task of held) if (seen.granted[task] !== id) held.delete(task)
  }

  take(id: string, { seen, held, state }: Host): void {
    if (state !== 'active' && state !== 'handing over') return
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
        if (host.state === 'draining' || this.wishes.fenced.includes(id)) host.held.clear()
        this.take(id, host)
        this.copy(id, host, 0)
      }
      this.look()
    }
  }
}

/** What its record says. */
const said = (state: Host['state']): Partial<Member> =>
  state === 'handing over'
    ? { state: 'draining', isHandingOver: true }
    : { state: state === 'active' ? 'active' : 'draining' }

const toggled = (ids: readonly string[], id: string): string[] =>
  ids.includes(id) ? ids.filter((it) => it !== id) : [...ids, id]

const newHost = (): Host => ({
  ...{ seen: NOTHING_PLACED, state: 'active', held: new Set(), copies: new Map() },
})

const anything = fc.array(
  fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'look', 'wish'), fc.integer({ min: 1, max: 8 })),
  { maxLength: 60 },
)

/** A group to which all of this happened, and then nothing more. */
function quietAfter(steps: readonly (readonly [string, number])[]): Group {
  const group = new Group()
  for (const [id, what] of steps) {
    if (id === 'look') group.look()
    else if (id === 'wish') group.wish(what)
    else group.act(id, what)
  }
  group.act('e', 0)
  group.look()
  group.settle()
  return group
}

test('when all is quiet every task is held once, at its target, and nothing changes any more', () => {
  fc.assert(
    fc.property(anything, (steps) => {
      const group = quietAfter(steps)
      const settled = group.placement
      assert.equal(settled.granted, settled.target)
      assert.equal(Object.keys(settled.target).sort(), [...all].sort())
      for (const task of all) assert.equal(group.holders(task), [settled.target[task]])
      group.look()
      assert.is(group.placement, settled)
    }),
    { numRuns: 200 },
  )
})

test('when all is quiet and not frozen it is as operators wish, and there are as many copies as can be', () => {
  fc.assert(
    fc.property(anything, (steps) => {
      const group = quietAfter(steps)
      if (group.wishes.isFrozen) return
      const { taking, placement } = group
      const owners = Object.values(placement.target)
      assert.ok(
        owners.every((owner) => taking.includes(owner)),
        'who drains is rid of its tasks',
      )
      for (const [task, host] of Object.entries(group.wishes.pins)) {
        if (taking.includes(host)) assert.is(placement.target[task], host)
      }
      for (const task of all) {
        const copying = [...group.hosts].filter(([, { state, copies }]) => {
          return state === 'active' && copies.has(task)
        })
        assert.equal(
          copying.map(([id]) => id),
          placement.standbys[task] ?? [],
        )
        const isCopied = task.includes('/counts/') && taking.length > 1
        assert.is(copying.length, isCopied ? 1 : 0, task)
      }
    }),
    { numRuns: 200 },
  )
})

test('while all is frozen nobody who takes part loses a task', () => {
  fc.assert(
    fc.property(anything, (steps) => {
      const group = new Group()
      for (const [id, what] of [...steps, ['look', 0] as const]) {
        const { granted } = group.placement
        if (id === 'wish') group.wish(what)
        else if (id !== 'look') group.act(id, what)
        else group.look()
        if (!group.wishes.isFrozen) continue
        for (const [task, host] of Object.entries(granted)) {
          const isThere = group.hosts.get(host)?.state === 'active'
          if (!isThere || group.wishes.fenced.includes(host)) continue
          assert.is(group.placement.granted[task], host, task)
        }
      }
    }),
    { numRuns: 200 },
  )
})

test('where hosts see the placement at once, no two ever hold a task', () => {
  const id = fc.constantFrom('a', 'b', 'c', 'd', 'wish')
  const step = fc.tuple(id, fc.integer({ min: 2, max: 8 }))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const group = new Group()
      for (const [id, what] of steps) {
        const host = group.hosts.get(id)
        if (host !== undefined) host.seen = group.placement
        // Who is fenced holds on while others take over: that is what fences are for.
        if (id === 'wish') group.wish(what === 3 || what === 4 ? 1 : what)
        else group.act(id, what)
        group.look()
        for (const task of all) assert.ok(group.holders(task).length <= 1, task)
      }
    }),
    { numRuns: 300 },
  )
})

test.run()
