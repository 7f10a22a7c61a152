// Placement by assign: even by capacity, sticky, and no more moves than must be. The laws are properties over random
// worlds of tasks, hosts and former owners, hosts that are gone included.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Assignment, assign, type HostSlot, type TaskSlot } from '#actors/coordinator/assign'
import { Copies } from '#actors/coordinator/copies'
import { memberOf } from '../host/host-world.ts'

const tasksOf = (topology: string, group: string, count: number): TaskSlot[] =>
  Array.from({ length: count }, (_, partition) => ({
    id: `${topology}/${group}/${partition}`,
    group: `${topology}/${group}`,
    topology,
  }))

const hostsOf = (count: number, topologies = ['t']): HostSlot[] =>
  Array.from({ length: count }, (_, n) => ({ id: `h${n}`, units: new Set(topologies) }))

const loads = (assignment: Assignment, hosts: readonly HostSlot[]): number[] =>
  hosts.map(({ id }) => [...assignment.values()].filter((owner) => owner === id).length)

const moved = (from: Assignment, to: Assignment): number =>
  [...to].filter(([id, owner]) => from.get(id) !== owner).length

/** No even assignment keeps more: each host keeps at most its share, the larger shares where they help. */
function fewestMoves(count: number, hosts: readonly HostSlot[], current: Assignment): number {
  const even = Math.floor(count / hosts.length)
  let rest = count % hosts.length
  let kept = 0
  for (const held of loads(current, hosts)) {
    if (held > even && rest > 0) {
      kept += even + 1
      rest--
    } else kept += Math.min(held, even)
  }
  return count - kept
}

const world = fc
  .record({ tasks: fc.integer({ min: 0, max: 40 }), hosts: fc.integer({ min: 1, max: 7 }) })
  .chain(({ tasks, hosts }) =>
    fc.record({
      tasks: fc.constant([
        ...tasksOf('t', 'a', tasks >> 1),
        ...tasksOf('t', 'b', tasks - (tasks >> 1)),
      ]),
      hosts: fc.constant(hostsOf(hosts)),
      owners: fc.array(fc.integer({ min: -1, max: hosts + 1 }), {
        minLength: tasks,
        maxLength: tasks,
      }),
    }),
  )
  .map(({ tasks, hosts, owners }) => ({
    tasks,
    hosts,
    // An owner of -1 is none; one past the end is a host that is gone.
    current: new Map(tasks.map(({ id }, n) => [id, `h${owners[n]}`] as const)),
  }))

test('every task has one owner among the hosts, and loads differ by at most one', () => {
  fc.assert(
    fc.property(world, ({ tasks, hosts, current }) => {
      const assignment = assign(tasks, hosts, current)
      assert.equal([...assignment.keys()].sort(), tasks.map(({ id }) => id).sort())
      const counts = loads(assignment, hosts)
      assert.equal(
        counts.reduce((a, b) => a + b, 0),
        tasks.length,
      )
      assert.ok(Math.max(...counts) - Math.min(...counts) <= 1)
    }),
  )
})

test('no even assignment moves fewer tasks', () => {
  fc.assert(
    fc.property(world, ({ tasks, hosts, current }) => {
      const alive = new Map(
        [...current].filter(([, owner]) => hosts.some(({ id }) => id === owner)),
      )
      const assignment = assign(tasks, hosts, current)
      assert.is(moved(current, assignment), fewestMoves(tasks.length, hosts, alive))
    }),
  )
})

test('an assignment that is even already is left alone', () => {
  fc.assert(
    fc.property(world, ({ tasks, hosts, current }) => {
      const once = assign(tasks, hosts, current)
      assert.equal(assign([...tasks].reverse(), [...hosts].reverse(), once), once)
    }),
  )
})

test('a task whose host is gone goes where its freshest copy is, while there is room', () => {
  const tasks = tasksOf('t', 'a', 4)
  const owners = ['h0', 'h0', 'h9', 'h9']
  const current = new Map(tasks.map(({ id }, n) => [id, owners[n] ?? '']))
  const copies = new Copies([
    memberOf('h1', { copies: { 't/a/2': 500, 't/a/3': 2 } }),
    memberOf('h2', { copies: { 't/a/2': 3, 't/a/3': -1 } }),
  ])
  const assignment = assign(tasks, hostsOf(3), current, { copies })
  assert.is(assignment.get('t/a/2'), 'h2')
  assert.is(assignment.get('t/a/3'), 'h1')
})

/** As `world`, with hosts of several capacities, some of which drain, and tasks pinned anywhere. */
const wishful = world.chain(({ tasks, hosts, current }) =>
  fc.record({
    tasks: fc.constant(tasks),
    current: fc.constant(current),
    hosts: fc.tuple(
      ...hosts.map((host) =>
        fc
          .record({ capacity: fc.constantFrom(1, 1, 2, 3, 0.5), isDraining: fc.boolean() })
          .map((facts): HostSlot => ({ ...host, ...facts })),
      ),
    ),
    pins: fc.dictionary(
      fc.constantFrom('t/a/0', 't/a/1', 't/a/2', 't/b/0', 't/b/1'),
      fc.constantFrom('h0', 'h1', 'h2', 'h9'),
    ),
  }),
)

test('each host has as large a part of the tasks as its capacity is, and no such assignment moves fewer', () => {
  fc.assert(
    fc.property(wishful, ({ tasks, hosts: all, current }) => {
      const hosts = all.map((host) => ({ ...host, isDraining: false }))
      const assignment = assign(tasks, hosts, current)
      const whole = hosts.reduce((sum, { capacity = 1 }) => sum + capacity, 0)
      const before = loads(current, hosts)
      const quotas = hosts.map(({ capacity = 1 }) => (tasks.length * capacity) / whole)
      for (const [n, count] of loads(assignment, hosts).entries()) {
        assert.ok(Math.abs(count - (quotas[n] ?? 0)) < 1)
      }
      // Kept at most: everybody rounded down, and one more where that helps, as often as the sum allows.
      const down = quotas.map((quota) => Math.floor(quota + 1e-9))
      const spare = tasks.length - down.reduce((sum, quota) => sum + quota, 0)
      const more = before.filter(
        (held, n) => held > (down[n] ?? 0) && (quotas[n] ?? 0) - (down[n] ?? 0) > 1e-9,
      ).length
      const kept = before.reduce((sum, held, n) => sum + Math.min(held, down[n] ?? 0), 0)
      assert.is(moved(current, assignment), tasks.length - kept - Math.min(spare, more))
    }),
  )
})

test('a draining host has nothing, unless all drain: then what runs stays where it is', () => {
  fc.assert(
    fc.property(wishful, ({ tasks, hosts, current, pins }) => {
      const assignment = assign(tasks, hosts, current, { pins })
      assert.is(assignment.size, tasks.length)
      const draining = new Set(hosts.filter((host) => host.isDraining).map(({ id }) => id))
      if (draining.size < hosts.length) {
        assert.not([...assignment.values()].some((owner) => draining.has(owner)))
        return
      }
      for (const [id, owner] of assignment) {
        const before = current.get(id) ?? ''
        if (draining.has(before)) assert.is(owner, before)
      }
    }),
  )
})

test('a pinned task is where its pin says, as long as that host takes tasks', () => {
  fc.assert(
    fc.property(wishful, ({ tasks, hosts, current, pins }) => {
      const assignment = assign(tasks, hosts, current, { pins })
      const taking = new Set(hosts.filter((host) => !host.isDraining).map(({ id }) => id))
      for (const [id, pin] of Object.entries(pins)) {
        if (assignment.has(id) && taking.has(pin)) assert.is(assignment.get(id), pin)
      }
    }),
  )
})

test('while all is frozen only tasks without a living host move, whatever is wished', () => {
  fc.assert(
    fc.property(wishful, ({ tasks, hosts, current, pins }) => {
      const assignment = assign(tasks, hosts, current, { pins, isFrozen: true })
      const alive = new Set(hosts.map(({ id }) => id))
      assert.is(assignment.size, tasks.length)
      for (const { id } of tasks) {
        const before = current.get(id) ?? ''
        if (alive.has(before)) assert.is(assignment.get(id), before)
      }
    }),
  )
})

test('given back, an assignment is left alone, whatever is wished', () => {
  fc.assert(
    fc.property(wishful, fc.boolean(), ({ tasks, hosts, current, pins }, isFrozen) => {
      const once = assign(tasks, hosts, current, { pins, isFrozen })
      const again = [[...tasks].reverse(), [...hosts].reverse()] as const
      assert.equal(assign(...again, once, { pins, isFrozen }), once)
    }),
  )
})

test('the partitions of one sub-topology spread over the hosts', () => {
  const tasks = [...tasksOf('t', 'split', 4), ...tasksOf('t', 'count', 4)]
  const assignment = assign(tasks, hostsOf(2), new Map(tasks.map(({ id }) => [id, 'h0'])))
  for (const group of ['t/split', 't/count']) {
    const owners = tasks.filter((task) => task.group === group).map(({ id }) => assignment.get(id))
    assert.is(owners.filter((owner) => owner === 'h0').length, 2)
  }
})

test('a task goes only to a host that runs its topology, and waits when there is none', () => {
  const hosts: HostSlot[] = [
    { id: 'h0', units: new Set(['t']) },
    { id: 'h1', units: new Set(['u']) },
  ]
  const tasks = [...tasksOf('t', 'a', 3), ...tasksOf('u', 'a', 2), ...tasksOf('v', 'a', 2)]
  const assignment = assign(tasks, hosts, new Map())
  assert.equal(loads(assignment, hosts), [3, 2])
  assert.is(assignment.size, 5)
})

test.run()
