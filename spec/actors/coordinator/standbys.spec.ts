// Copies by placeStandbys: never beside the owner, as many as can be, sticky and even. The laws are
// properties over random worlds of tasks, hosts, owners and copies of before.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { HostSlot, TaskSlot } from '#actors/coordinator/assign'
import { Copies } from '#actors/coordinator/copies'
import { placeStandbys, type StandbyRequest, type Standbys } from '#actors/coordinator/standbys'
import { memberOf } from '../host/host-world.ts'

const tasksOf = (count: number): TaskSlot[] =>
  Array.from({ length: count }, (_, n) => ({ id: `t/a/${n}`, group: 't/a', topology: 't' }))

const hostsOf = (count: number, topologies = ['t']): HostSlot[] =>
  Array.from({ length: count }, (_, n) => ({ id: `h${n}`, units: new Set(topologies) }))

const nobody = new Copies([])

const requestOf = (change: Partial<StandbyRequest>): StandbyRequest => ({
  ...{ tasks: tasksOf(4), hosts: hostsOf(3), owners: new Map(), current: {}, copies: nobody },
  count: 1,
  ...change,
})

const plain = (placed: Standbys): Record<string, readonly string[]> => Object.fromEntries(placed)

/** The outcome changes nothing, in whatever order it is given back. */
function staysWhenGivenBack(request: StandbyRequest): void {
  const placed = placeStandbys(request)
  const tasks = [...request.tasks].reverse()
  const hosts = [...request.hosts].reverse()
  const again = placeStandbys({ ...request, tasks, hosts, current: plain(placed) })
  assert.equal(plain(again), plain(placed))
}

const loads = (placed: Standbys, hosts: readonly HostSlot[]): number[] =>
  hosts.map(({ id }) => [...placed.values()].flat().filter((host) => host === id).length)

/** Hosts past the last are gone. */
const world = fc
  .record({
    tasks: fc.integer({ min: 0, max: 30 }),
    hosts: fc.integer({ min: 1, max: 7 }),
    count: fc.integer({ min: 0, max: 3 }),
  })
  .chain(({ tasks, hosts, count }) => {
    const host = fc.integer({ min: 0, max: hosts + 1 }).map((n) => `h${n}`)
    const owner = fc.integer({ min: 0, max: hosts - 1 }).map((n) => `h${n}`)
    const perTask = <T>(of: fc.Arbitrary<T>) => fc.array(of, { minLength: tasks, maxLength: tasks })
    const capacity = fc.constantFrom(undefined, 0.3, 1, 2, 7)
    return fc.record({
      slots: fc.constant(tasksOf(tasks)),
      hosts: fc
        .array(capacity, { minLength: hosts, maxLength: hosts })
        .map((of) => hostsOf(hosts).map((host, n) => ({ ...host, capacity: of[n] }))),
      count: fc.constant(count),
      owners: perTask(owner),
      before: perTask(fc.uniqueArray(host, { maxLength: 4 })),
    })
  })
  .map(({ slots, hosts, count, owners, before }): StandbyRequest => {
    const each = <T>(of: readonly T[]) => slots.map(({ id }, n) => [id, of[n] as T] as const)
    const current = Object.fromEntries(each(before))
    return { tasks: slots, hosts, owners: new Map(each(owners)), current, copies: nobody, count }
  })

test('a copy is never beside its owner nor twice at a host, and there are as many as can be', () => {
  fc.assert(
    fc.property(world, (request) => {
      const placed = placeStandbys(request)
      const ids = new Set(request.hosts.map(({ id }) => id))
      for (const { id } of request.tasks) {
        const found = placed.get(id) ?? []
        assert.is(found.length, Math.min(request.count, ids.size - 1), id)
        assert.is(new Set(found).size, found.length)
        assert.not(found.includes(request.owners.get(id) ?? ''))
        assert.ok(found.every((host) => ids.has(host)))
      }
    }),
  )
})

test('what was placed is left alone when it is given back, in whatever order', () => {
  fc.assert(
    fc.property(world, (request) => {
      staysWhenGivenBack(request)
    }),
  )
})

test('no host keeps more for its capacity than another that could take one of its copies would with it', () => {
  fc.assert(
    fc.property(world, (request) => {
      const placed = placeStandbys(request)
      const counts = loads(placed, request.hosts)
      const share = (n: number, more: number): number =>
        ((counts[n] ?? 0) + more) / (request.hosts[n]?.capacity ?? 1)
      for (const [id, found] of placed) {
        request.hosts.forEach((to, n) => {
          if (found.includes(to.id) || request.owners.get(id) === to.id) return
          for (const from of found) {
            const own = share(
              request.hosts.findIndex((host) => host.id === from),
              0,
            )
            assert.ok(own <= share(n, 1), `${id} could go from ${from} to ${to.id}`)
          }
        })
      }
    }),
  )
})

test('copies are shared out as capacities are', () => {
  const hosts = hostsOf(4).map((host, n) => ({ ...host, capacity: [1, 1, 2, 4][n] }))
  const request = requestOf({ tasks: tasksOf(80), hosts, owners: new Map() })
  assert.equal(loads(placeStandbys(request), hosts), [10, 10, 20, 40])
})

test('a copy moves only from a host that is gone, that became the owner, or that has too many', () => {
  const owners = new Map(tasksOf(6).map(({ id }, n) => [id, `h${n % 3}`]))
  const before = placeStandbys(requestOf({ tasks: tasksOf(6), owners }))
  const without = requestOf({ tasks: tasksOf(6), owners, current: plain(before) })
  const after = placeStandbys({ ...without, hosts: [...hostsOf(3), ...hostsOf(4).slice(3)] })
  const moved = [...after].filter(([id, hosts]) => hosts[0] !== before.get(id)?.[0])
  assert.equal(
    moved.map(([, hosts]) => hosts[0]),
    ['h3'],
    'a host that comes takes as many as make it even, and no more',
  )
  const swapped = new Map([...owners, ['t/a/0', before.get('t/a/0')?.[0] ?? '']])
  const kept = placeStandbys({ ...without, owners: swapped })
  const others = [...kept].filter(([id]) => id !== 't/a/0')
  const changed = others.filter(([id, hosts]) => hosts[0] !== before.get(id)?.[0])
  assert.ok(changed.length <= 1, 'one other at most, to make it even again')
})

test('a new copy begins at the former owner, then at the freshest copy there is', () => {
  const copies = new Copies([
    memberOf('h0', { held: ['t/a/0'] }),
    memberOf('h1', { copies: { 't/a/0': 3, 't/a/1': 900 } }),
    memberOf('h2', { copies: { 't/a/1': 5 } }),
  ])
  const owners = new Map(tasksOf(2).map(({ id }) => [id, 'h3']))
  const placed = placeStandbys(requestOf({ tasks: tasksOf(2), hosts: hostsOf(4), owners, copies }))
  assert.equal(plain(placed), { 't/a/0': ['h0'], 't/a/1': ['h2'] })
})

/** As `world`, on hosts of some zones or none, some of which drain. */
const zoned = world.chain((request) =>
  fc
    .record({
      isFrozen: fc.boolean(),
      facts: fc.tuple(
        ...request.hosts.map(() =>
          fc.record({
            zone: fc.constantFrom('x', 'x', 'y', 'z', undefined),
            isDraining: fc.constantFrom(false, false, true),
          }),
        ),
      ),
    })
    .map(({ facts, isFrozen }): StandbyRequest => {
      const hosts = request.hosts.map((host, n) => ({ ...host, ...facts[n] }))
      return { ...request, hosts, isFrozen }
    }),
)

test('a copy is in a zone that its task has not, while a host in such a zone could keep one', () => {
  fc.assert(
    fc.property(zoned, (request) => {
      const placed = placeStandbys({ ...request, isFrozen: false })
      const zoneOf = (id: string) => request.hosts.find((host) => host.id === id)?.zone ?? id
      for (const [id, found] of placed) {
        const owner = request.owners.get(id) ?? ''
        for (const [n, host] of found.entries()) {
          const taken = [owner, ...found.slice(0, n)]
          if (!taken.some((other) => zoneOf(other) === zoneOf(host))) continue
          const better = request.hosts.find(
            (other) =>
              !other.isDraining &&
              !found.includes(other.id) &&
              taken.every((it) => zoneOf(it) !== zoneOf(other.id)),
          )
          assert.is(better, undefined, `${id} is copied by ${host}`)
        }
      }
    }),
  )
})

test('a draining host keeps no copies, unless all is frozen: then it keeps those it had', () => {
  fc.assert(
    fc.property(zoned, (request) => {
      const placed = placeStandbys(request)
      const draining = request.hosts.filter((host) => host.isDraining).map(({ id }) => id)
      for (const { id } of request.tasks) {
        const had = (request.current[id] ?? []).slice(0, request.count)
        const kept = (placed.get(id) ?? []).filter((host) => draining.includes(host))
        const mayKeep = had.filter((it) => draining.includes(it) && request.owners.get(id) !== it)
        assert.equal(kept, request.isFrozen ? mayKeep : [])
      }
    }),
  )
})

test('while all is frozen no copy of a living host moves, nor one back', () => {
  fc.assert(
    fc.property(zoned, (request) => {
      const placed = placeStandbys({ ...request, isFrozen: true })
      const alive = new Set(request.hosts.map(({ id }) => id))
      for (const { id } of request.tasks) {
        const had = (request.current[id] ?? []).slice(0, request.count)
        const stays = had.filter((it) => alive.has(it) && request.owners.get(id) !== it)
        assert.equal((placed.get(id) ?? []).slice(0, stays.length), stays)
      }
    }),
  )
})

test('what was placed in zones, beside those that drain, is left alone when it is given back', () => {
  fc.assert(
    fc.property(zoned, (request) => {
      staysWhenGivenBack(request)
    }),
    { numRuns: 300 },
  )
})

test('a copy is only kept where the topology runs', () => {
  const hosts = [...hostsOf(1), { id: 'h1', units: new Set(['other']) }]
  const owners = new Map(tasksOf(4).map(({ id }) => [id, 'h0']))
  assert.is(placeStandbys(requestOf({ hosts, owners })).size, 0)
})

test.run()
