// Shares by capacity: they add up, each is its quota rounded up or down, and pins are taken as they are.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Sharer, type Standing, sharesOf } from '#actors/coordinator/shares'

const idle: Standing = { held: () => 0, pinned: () => 0, load: () => 0, isStill: false }

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((a, b) => a + b, 0)

/** Hosts of any capacity, what they hold, and how much of that is pinned. */
const world = fc
  .array(
    fc.record({
      capacity: fc.oneof(
        fc.integer({ min: 1, max: 8 }),
        fc.double({ min: 0.01, max: 100, noNaN: true }),
      ),
      held: fc.nat(12),
      pinned: fc.nat(5),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .chain((rows) => fc.record({ rows: fc.constant(rows), loose: fc.nat(30) }))
  .map(({ rows, loose }) => {
    const facts = new Map(
      rows.map(({ held, pinned }, n) => [`h${n}`, { held: held + pinned, pinned }]),
    )
    const hosts = rows.map(({ capacity }, n): Sharer => ({ id: `h${n}`, capacity }))
    const standing: Standing = {
      held: (id) => facts.get(id)?.held ?? 0,
      pinned: (id) => facts.get(id)?.pinned ?? 0,
      load: () => 0,
      isStill: false,
    }
    return { hosts, standing, count: sum(rows.map(({ pinned }) => pinned)) + loose }
  })

test('shares add up, and nobody has fewer than are pinned to it', () => {
  fc.assert(
    fc.property(world, ({ hosts, standing, count }) => {
      const shares = sharesOf(count, hosts, standing)
      assert.is(sum(shares.values()), count)
      for (const { id } of hosts) assert.ok((shares.get(id) ?? 0) >= standing.pinned(id), id)
    }),
  )
})

test('without pins each share is less than one away from as much as its capacity is of all', () => {
  fc.assert(
    fc.property(world, ({ hosts, standing, count }) => {
      const shares = sharesOf(count, hosts, { ...standing, pinned: () => 0 })
      const whole = sum(hosts.map(({ capacity = 1 }) => capacity))
      for (const { id, capacity = 1 } of hosts) {
        const away = Math.abs((shares.get(id) ?? 0) - (count * capacity) / whole)
        assert.ok(away < 1, `${id}: ${away}`)
      }
    }),
  )
})

test('those that are pinned to less than their quota share by capacity what the others leave', () => {
  const hosts = [{ id: 'a' }, { id: 'b' }, { id: 'c', capacity: 2 }]
  const pinned = (id: string) => (id === 'a' ? 8 : 0)
  const shares = sharesOf(14, hosts, { ...idle, pinned, held: pinned })
  assert.equal([...shares].sort(), [
    ['a', 8],
    ['b', 2],
    ['c', 4],
  ])
})

test('rounded up is first for those who hold more than rounded down', () => {
  const hosts = ['a', 'b', 'c'].map((id) => ({ id }))
  const shares = sharesOf(4, hosts, { ...idle, held: (id) => (id === 'b' ? 3 : 0) })
  assert.is(shares.get('b'), 2)
})

test('many small topologies are spread by capacity too', () => {
  const loads = new Map<string, number>()
  const hosts = [{ id: 'a' }, { id: 'b', capacity: 3 }]
  for (let topology = 0; topology < 20; topology++) {
    const shares = sharesOf(1, hosts, { ...idle, load: (id) => loads.get(id) ?? 0 })
    for (const [id, share] of shares) loads.set(id, (loads.get(id) ?? 0) + share)
  }
  assert.equal(loads, new Map(Object.entries({ a: 5, b: 15 })))
})

test('while tasks are still nobody has to give one up, and there is room for those without a home', () => {
  fc.assert(
    fc.property(world, ({ hosts, standing, count }) => {
      const shares = sharesOf(count, hosts, { ...standing, isStill: true })
      for (const { id } of hosts) assert.ok((shares.get(id) ?? 0) >= standing.held(id), id)
      assert.ok(sum(shares.values()) >= count)
    }),
  )
})

test.run()
