// Hosts of several versions in one group. The programs: `one`; `quick` of the same shape; `store`, with a
// store more beside the counts; `more`, with a sub-topology more. Chance starts and stops hosts of any of
// them, lets them see the placement late, and operators promote by hand. The model knows what each program
// is and what each host compared itself with.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rebalance } from '#actors/coordinator/rebalance'
import { STANDBY_DEFAULT } from '#actors/coordinator/standbys'
import {
  type ActivePlan,
  type ActivePlans,
  outgoing,
  promotions,
  standingOf,
  supporting,
} from '#actors/coordinator/upgrade'
import {
  type Member,
  NOTHING_PLACED,
  NOTHING_WISHED,
  type Placement,
} from '#protocols/messages/membership'
import { areSameMarks } from '#protocols/messages/plan-shape'
import { memberOf } from '../host/host-world.ts'

const PROGRAMS = {
  one: { version: '1', marks: { lines: 'l', counts: 'c.s' }, tasks: { lines: 2, counts: 3 } },
  quick: { version: '1.1', marks: { lines: 'l', counts: 'c.s' }, tasks: { lines: 2, counts: 3 } },
  store: { version: '2', marks: { lines: 'l', counts: 'd.s' }, tasks: { lines: 2, counts: 3 } },
  more: {
    version: '3',
    marks: { lines: 'l', counts: 'c.s', news: 'n' },
    tasks: { lines: 2, counts: 3, news: 2 },
  },
} as const
type Program = keyof typeof PROGRAMS

const planOf = (program: Program): ActivePlan => PROGRAMS[program]
const active = (program: Program): ActivePlans => ({ t: planOf(program) })

/** A host whose program compared itself with the one that was active when it started. */
function host(id: string, program: Program, on: Program, change: Partial<Member> = {}): Member {
  const { version, marks, tasks } = PROGRAMS[program]
  const isSame = areSameMarks(marks, PROGRAMS[on].marks)
  const plan = isSame ? { is: marks } : { is: marks, on: PROGRAMS[on].marks }
  return memberOf(id, {
    ...{ topologies: { t: tasks }, stateful: ['t/counts'], copies: {}, version },
    plans: { t: plan },
    ...change,
  })
}

const offers = (members: readonly Member[], plans: ActivePlans): unknown =>
  Object.fromEntries(supporting(members, plans).map(({ id, topologies }) => [id, topologies]))

test('a host can run what is as it is in the active shape, and what is new in its own waits', () => {
  const members = [
    host('a', 'one', 'one'),
    host('b', 'quick', 'one'),
    host('c', 'store', 'one'),
    host('d', 'more', 'one'),
  ]
  assert.equal(offers(members, active('one')), {
    a: { t: { lines: 2, counts: 3 } },
    b: { t: { lines: 2, counts: 3 } },
    c: { t: { lines: 2 } },
    d: { t: { lines: 2, counts: 3 } },
  })
})

test('a host whose program was never compared with the active shape can run nothing of the topology', () => {
  const old = host('a', 'one', 'one', {
    topologies: { t: PROGRAMS.one.tasks, other: { all: 1 } },
  })
  assert.equal(offers([old], active('store')), { a: { other: { all: 1 } } })
  assert.is(standingOf(old.plans?.['t'], PROGRAMS.store.marks), 'overtaken')
})

test('a host that says nothing of shapes can run what it offers, and keeps what is new waiting', () => {
  const silent = memberOf('a', { topologies: { t: { lines: 2, counts: 3 } } })
  const members = [silent, host('b', 'more', 'one')]
  assert.equal(offers([silent], active('one')), { a: { t: { lines: 2, counts: 3 } } })
  assert.equal(promotions(members, active('one')), [])
  assert.equal(promotions(members.slice(1), active('one')).length, 1)
})

test('what keeps something in a waiting shape alone is not waited for as if it had copies', () => {
  const keeping = host('b', 'store', 'one', { stateful: ['t/lines', 't/counts'] })
  const [member] = supporting([keeping], active('one'))
  assert.equal(member?.stateful, ['t/lines'])
})

test('parts of a mark that one side does not say are passed over', () => {
  const plans = { t: { marks: { lines: 'l', counts: 'c' }, tasks: PROGRAMS.one.tasks } }
  assert.equal(offers([host('a', 'one', 'one')], plans), { a: { t: { lines: 2, counts: 3 } } })
  assert.equal(offers([host('a', 'store', 'one')], plans), { a: { t: { lines: 2 } } })
})

test('a shape becomes active when every host has it and compared it with the active one', () => {
  const marks = (members: readonly Member[]) =>
    promotions(members, active('one')).map((it) => it.marks)
  const store = PROGRAMS.store.marks
  assert.equal(marks([host('a', 'one', 'one')]), [])
  assert.equal(marks([host('a', 'one', 'one'), host('b', 'store', 'one')]), [])
  assert.equal(marks([host('a', 'store', 'one')]), [store])
  assert.equal(marks([host('a', 'store', 'one'), host('b', 'more', 'one')]), [])
  assert.equal(marks([host('a', 'store', 'one'), host('b', 'store', 'more')]), [])
  assert.equal(marks([memberOf('a', { topologies: {} }), host('b', 'store', 'one')]), [store])
  const leaving = host('a', 'one', 'one', { state: 'draining' })
  assert.equal(marks([leaving, host('b', 'store', 'one')]), [], 'it is there until it left')
})

test('a host that is the last of its version to run a task keeps what others cannot run', () => {
  const members = [
    host('a', 'one', 'one', { held: ['t/counts/0', 't/counts/1', 't/counts/2'] }),
    host('b', 'store', 'one', { startedAt: 1 }),
  ]
  const placed = rebalance(members, NOTHING_PLACED, { plans: active('one') })
  for (const n of [0, 1, 2]) assert.is(placed.target[`t/counts/${n}`], 'a')
  for (const n of [0, 1]) assert.is(placed.target[`t/lines/${n}`], 'b')
  const only = members.slice(1)
  const waiting = rebalance(only, placed, { plans: active('one') })
  assert.equal(Object.keys(waiting.target), ['t/lines/0', 't/lines/1'])
  const after = rebalance(only, waiting, { plans: active('store') })
  assert.ok(Object.values(after.granted).every((id) => id === 'b'))
  assert.is(Object.keys(after.granted).length, 5)
})

test('what goes out is whatever the host that started last is not, forwards and back', () => {
  const a = host('a', 'one', 'one', { startedAt: 1 })
  const b = host('b', 'quick', 'one', { startedAt: 2 })
  const c = host('c', 'one', 'one', { startedAt: 3 })
  assert.equal(outgoing([a, c]), new Map())
  assert.equal(outgoing([a, b]), new Map([['t', new Set(['a'])]]))
  assert.equal(outgoing([a, b, c]), new Map([['t', new Set(['b'])]]))
})

test('a host that drains is emptied although versions differ, and pins of the version that comes hold', () => {
  const held = ['t/counts/0', 't/counts/1', 't/counts/2', 't/lines/0', 't/lines/1']
  const members = [
    host('a', 'one', 'one', { held }),
    host('b', 'quick', 'one', { startedAt: 1 }),
    host('c', 'quick', 'one', { startedAt: 2 }),
  ]
  const first = rebalance(members.slice(0, 1), NOTHING_PLACED)
  const look = (wishes: Partial<typeof NOTHING_WISHED>): Placement => {
    const all = { ...NOTHING_WISHED, ...wishes }
    return rebalance(members, first, { wishes: all, plans: active('one') })
  }
  assert.ok(Object.values(look({}).target).every((id) => id === 'a'))
  assert.not(Object.values(look({ draining: ['a'] }).target).includes('a'))
  const pinned = look({ pins: { 't/counts/1': 'b', 't/counts/2': 'a' } }).target
  assert.equal(
    held.filter((task) => pinned[task] !== 'a'),
    ['t/counts/1'],
  )
})

/** What happens to a group of hosts, whose copies are fresh when they have seen that they should keep one. */
class Group {
  readonly hosts = new Map<string, { program: Program; on: Program; startedAt: number }>()
  readonly held = new Map<string, Set<string>>()
  readonly copies = new Map<string, Record<string, number>>()
  placement = NOTHING_PLACED
  active: Program = 'one'
  isDraining = false
  #clock = 0

  start(id: string, program: Program): void {
    this.hosts.set(id, { program, on: this.active, startedAt: ++this.#clock })
    this.held.set(id, new Set())
    this.copies.set(id, {})
  }

  stop(id: string): void {
    this.hosts.delete(id)
    this.held.delete(id)
    this.copies.delete(id)
  }

  get members(): Member[] {
    return [...this.hosts].map(([id, { program, on, startedAt }]) =>
      host(id, program, on, {
        startedAt,
        held: [...(this.held.get(id) ?? [])],
        copies: this.copies.get(id),
      }),
    )
  }

  /** As the coordinator does: shapes first. Answers whether one became active. */
  look(): boolean {
    const due = promotions(this.members, active(this.active))
    for (const { marks } of due) {
      const next = (Object.keys(PROGRAMS) as Program[]).find((name) =>
        areSameMarks(PROGRAMS[name].marks, marks),
      )
      assert.ok(next !== undefined)
      this.active = next
    }
    const wishes = { ...NOTHING_WISHED, draining: this.isDraining ? ['a'] : [] }
    const plans = active(this.active)
    const settings = { ...STANDBY_DEFAULT, count: 1 }
    this.placement = rebalance(this.members, this.placement, { settings, wishes, plans })
    return due.length > 0
  }

  promote(program: Program): void {
    const isThere = [...this.hosts.values()].some(
      (it) => it.program === program && this.isComparedWithActive(it),
    )
    if (isThere) this.active = program
  }

  obey(id: string): void {
    const mine = Object.entries(this.placement.granted).filter(([, owner]) => owner === id)
    this.held.set(id, new Set(mine.map(([task]) => task)))
    const kept = Object.entries(this.placement.standbys).filter(([, hosts]) => hosts.includes(id))
    this.copies.set(id, Object.fromEntries(kept.map(([task]) => [task, 0])))
  }

  isComparedWithActive({ program, on }: { program: Program; on: Program }): boolean {
    const mine = [program, on].map((name) => PROGRAMS[name].marks)
    return mine.some((marks) => areSameMarks(marks, PROGRAMS[this.active].marks))
  }

  /** By the programs themselves: whether the part is the same here as where it is active. */
  supports(id: string, task: string): boolean {
    const it = this.hosts.get(id)
    const [, part = ''] = task.split('/')
    if (it === undefined || !this.isComparedWithActive(it)) return false
    const here: Readonly<Record<string, string>> = PROGRAMS[it.program].marks
    const there: Readonly<Record<string, string>> = PROGRAMS[this.active].marks
    return there[part] !== undefined && here[part] === there[part]
  }

  get tasks(): string[] {
    return Object.entries(PROGRAMS[this.active].tasks).flatMap(([part, count]) =>
      Array.from({ length: count }, (_, n) => `t/${part}/${n}`),
    )
  }
}

const program = fc.constantFrom<Program>('one', 'quick', 'store', 'more')
const id = fc.constantFrom('a', 'b', 'c')
const step = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(fc.constant('start' as const), id, program) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('stop' as const), id, program) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('promote' as const), id, program) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('drain' as const), id, program) },
  { weight: 4, arbitrary: fc.tuple(fc.constant('obey' as const), id, program) },
  { weight: 5, arbitrary: fc.tuple(fc.constant('look' as const), id, program) },
)
type Step = readonly ['start' | 'stop' | 'promote' | 'drain' | 'obey' | 'look', string, Program]

function act(group: Group, [what, id, program]: Step): void {
  if (what === 'start') group.start(id, program)
  else if (what === 'stop') group.stop(id)
  else if (what === 'promote') group.promote(program)
  else if (what === 'drain') group.isDraining = !group.isDraining
  else if (what === 'obey' && group.hosts.has(id)) group.obey(id)
  else if (what === 'look') group.look()
}

const steps = fc.array(step, { maxLength: 40 })

test('no task is ever granted to, aimed at, or copied by a host that does not support the active version of it', () => {
  fc.assert(
    fc.property(steps, (steps) => {
      const group = new Group()
      for (const step of steps) {
        act(group, step)
        if (step[0] !== 'look') continue
        const { target, granted, standbys } = group.placement
        const copies = Object.entries(standbys).flatMap(([task, hosts]) =>
          hosts.map((host) => [task, host] as const),
        )
        for (const [task, host] of [
          ...Object.entries(target),
          ...Object.entries(granted),
          ...copies,
        ]) {
          assert.ok(group.supports(host, task), `${task} at ${host}`)
        }
      }
    }),
    { numRuns: 500 },
  )
})

test('a look promotes exactly when all hosts there are have one shape more, compared with the active', () => {
  fc.assert(
    fc.property(steps, (steps) => {
      const group = new Group()
      for (const step of steps) {
        if (step[0] !== 'look') {
          act(group, step)
          continue
        }
        const hosts = [...group.hosts.values()]
        const shapes = new Set(hosts.map(({ program }) => program.replace('quick', 'one')))
        const isDue =
          shapes.size === 1 &&
          !shapes.has(group.active.replace('quick', 'one')) &&
          hosts.every((it) => group.isComparedWithActive(it))
        assert.is(group.look(), isDue)
      }
    }),
    { numRuns: 500 },
  )
})

test('when all is quiet what can run runs once, where it should, and nothing changes any more', () => {
  fc.assert(
    fc.property(steps, (steps) => {
      const group = new Group()
      for (const step of steps) act(group, step)
      for (let round = 0; round < 30; round++) {
        group.look()
        for (const id of group.hosts.keys()) group.obey(id)
      }
      const settled = group.placement
      const ids = [...group.hosts.keys()]
      for (const task of group.tasks) {
        const able = ids.filter((id) => group.supports(id, task))
        const holders = ids.filter((id) => group.held.get(id)?.has(task))
        assert.equal(holders, able.length === 0 ? [] : [settled.granted[task]], task)
        assert.is(settled.granted[task], settled.target[task])
      }
      group.look()
      assert.is(group.placement, settled)
    }),
    { numRuns: 300 },
  )
})

test('while versions differ no task leaves a host that can run it, unless that drains', () => {
  fc.assert(
    fc.property(steps, (steps) => {
      const group = new Group()
      for (const step of steps) {
        const before = group.placement.target
        act(group, step)
        const isMixed = new Set([...group.hosts.values()].map(({ program }) => program)).size > 1
        if (step[0] !== 'look' || !isMixed) continue
        for (const [task, host] of Object.entries(before)) {
          if (!group.supports(host, task) || (group.isDraining && host === 'a')) continue
          assert.is(group.placement.target[task], host, task)
        }
      }
    }),
    { numRuns: 500 },
  )
})

test('what must go goes to hosts of the version that comes in, where one can run it', () => {
  fc.assert(
    fc.property(steps, (steps) => {
      const group = new Group()
      for (const step of steps) {
        const before = group.placement.target
        act(group, step)
        if (step[0] !== 'look') continue
        const last = [...group.hosts.values()].sort((a, b) => b.startedAt - a.startedAt)[0]
        for (const [task, host] of Object.entries(group.placement.target)) {
          if (before[task] === host) continue
          const able = [...group.hosts].filter(
            ([id, { program }]) =>
              program === last?.program &&
              group.supports(id, task) &&
              !(group.isDraining && id === 'a'),
          )
          const ids = able.map(([id]) => id)
          if (ids.length > 0) assert.ok(ids.includes(host), `${task} went to ${host}`)
        }
      }
    }),
    { numRuns: 500 },
  )
})

test.run()
