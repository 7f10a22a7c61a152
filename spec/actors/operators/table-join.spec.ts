// join, leftJoin, outerJoin of tables: at every moment what is known is the join of the rows there are.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Materialized } from '#runtime/dsl/materialized'
import type { TopologyBuilder } from '#runtime/dsl/topology'
import {
  DriveJoin,
  type JoinInput,
  joinInputs,
  LEFT,
  type Result,
  RIGHT,
  type Text,
} from '../../kit/drive-join.ts'

type Verb = 'join' | 'leftJoin' | 'outerJoin'

const pair = (left: Text, right: Text): string => `${left}+${right}`

const joined = (t: TopologyBuilder, verb: Verb, options: Materialized<string> = {}) =>
  t.table(LEFT)[verb](t.table(RIGHT), pair, options)

const drive = (verb: Verb, options: Materialized<string> = {}): DriveJoin =>
  new DriveJoin((t, see) => joined(t, verb, options).toStream().forEach(see))

test('a row of the result changes when either of its two rows does, at the later of their times', () => {
  const it = drive('join')
  assert.equal(it.left('a', 'L', 5), [])
  assert.equal(it.right('a', 'R', 3), [['a', 'L+R', 5]])
  assert.equal(it.left('a', 'M', 2), [['a', 'M+R', 3]])
  assert.equal(it.right('a', null, 9), [['a', null, 9]])
  assert.equal(it.right('b', 'R', 9), [])
})

test('a left join has the rows of the left table, whatever the right one has', () => {
  const it = drive('leftJoin')
  assert.equal(it.right('a', 'R', 1), [])
  assert.equal(it.left('a', 'L', 2), [['a', 'L+R', 2]])
  assert.equal(it.right('a', null, 3), [['a', 'L+null', 3]])
  assert.equal(it.left('a', null, 4), [['a', null, 4]])
  assert.equal(it.left('a', null, 5), [])
})

test('an outer join has a row while either table has, and says again what did not change', () => {
  const it = drive('outerJoin')
  assert.equal(it.right('a', 'R', 1), [['a', 'null+R', 1]])
  assert.equal(it.left('a', null, 2), [['a', 'null+R', 2]])
  assert.equal(it.right('a', null, 3), [['a', null, 3]])
  assert.equal(it.right('a', null, 4), [])
})

test('a change that is history only is dropped and counted', () => {
  const versioned = { versioned: { historyMs: 100 } }
  const it = new DriveJoin((t, see) =>
    t
      .table(LEFT, { store: 'l', ...versioned })
      .join(t.table(RIGHT), pair)
      .toStream()
      .forEach(see),
  )
  it.right('a', 'R', 1)
  assert.equal(it.left('a', 'new', 50), [['a', 'new+R', 50]])
  assert.equal(it.left('a', 'old', 40), [])
  assert.is(it.dropped, 1)
  assert.equal(it.right('a', 'S', 45), [['a', 'new+S', 50]])
})

test('a joiner that answers nothing makes no row', () => {
  const it = new DriveJoin((t, see) =>
    t
      .table(LEFT)
      .join(t.table(RIGHT), (left, right) => (left === right ? null : pair(left, right)))
      .toStream()
      .forEach(see),
  )
  it.left('a', 'x')
  assert.equal(it.right('a', 'y'), [['a', 'x+y', 0]])
  assert.equal(it.right('a', 'x'), [['a', null, 0]])
})

/** The rows of two tables and their join. */
class Model {
  readonly #left = new Map<string, string>()
  readonly #right = new Map<string, string>()

  add({ isLeft, key, value }: JoinInput): void {
    const rows = isLeft ? this.#left : this.#right
    if (key === null) return
    if (value === null) rows.delete(key)
    else rows.set(key, value)
  }

  joined(verb: Verb): Map<string, string> {
    const rows = new Map<string, string>()
    for (const key of [...new Set([...this.#left.keys(), ...this.#right.keys()])].sort()) {
      const left = this.#left.get(key) ?? null
      const right = this.#right.get(key) ?? null
      if (left === null && verb !== 'outerJoin') continue
      if (right === null && verb === 'join') continue
      rows.set(key, pair(left, right))
    }
    return rows
  }
}

function folded(rows: Map<string, unknown>, results: readonly Result[]): Map<string, unknown> {
  for (const [key, value] of results) {
    if (key === null) continue
    if (value === null) rows.delete(key)
    else rows.set(key, value)
  }
  return new Map([...rows].sort(([a], [b]) => (a < b ? -1 : 1)))
}

const verbs = fc.constantFrom<Verb>('join', 'leftJoin', 'outerJoin')

test('folding the results gives the join of the rows, at every moment, kept or computed', () => {
  const property = fc.property(verbs, fc.boolean(), joinInputs(3, 50), (verb, isKept, inputs) => {
    const it = drive(verb, isKept ? { store: 'kept' } : {})
    const model = new Model()
    const rows = new Map<string, unknown>()
    for (const input of inputs) {
      model.add(input)
      assert.equal(folded(rows, it.step(input)), model.joined(verb))
    }
    if (isKept) assert.equal(new Map(it.rows('kept') as [string, string][]), model.joined(verb))
  })
  fc.assert(property, { numRuns: 300 })
})

test('the values before are right: groups of a join have the rows they should', () => {
  const property = fc.property(verbs, fc.boolean(), joinInputs(4, 50), (verb, isKept, inputs) => {
    const it = new DriveJoin((t, see) =>
      joined(t, verb, isKept ? { store: 'kept' } : {})
        .groupBy((_key, value) => [value.endsWith('+null') ? 'alone' : 'met', value])
        .count({ store: 'groups' })
        .toStream()
        .forEach(see),
    )
    const model = new Model()
    for (const input of inputs) {
      model.add(input)
      it.step(input)
    }
    const values = [...model.joined(verb).values()]
    const alone = values.filter((value) => value.endsWith('+null')).length
    const groups = new Map(it.rows('groups') as [string, number][])
    assert.is(groups.get('alone') ?? 0, alone)
    assert.is(groups.get('met') ?? 0, values.length - alone)
  })
  fc.assert(property, { numRuns: 200 })
})

test('joins of joins, with a table that is in both, end with the right rows', () => {
  const property = fc.property(verbs, verbs, joinInputs(3, 50), (one, two, inputs) => {
    // But see below: an inner join of what loses both its rows at once.
    fc.pre(two !== 'join' || one === 'leftJoin')
    const it = new DriveJoin((t, see) => {
      const right = t.table(RIGHT)
      const inner = t.table(LEFT)[one](right, pair)
      inner[two](right, (left: Text, row: Text) => `(${left})${row}`)
        .toStream()
        .forEach(see)
    })
    const model = new Model()
    const rights = new Map<string, string>()
    const rows = new Map<string, unknown>()
    for (const input of inputs) {
      model.add(input)
      if (!input.isLeft && input.key !== null) {
        if (input.value === null) rights.delete(input.key)
        else rights.set(input.key, input.value)
      }
      const lefts = model.joined(one)
      const expected = new Map<string, unknown>()
      for (const key of [...new Set([...lefts.keys(), ...rights.keys()])].sort()) {
        if (!lefts.has(key) && two !== 'outerJoin') continue
        if (!rights.has(key) && two === 'join') continue
        expected.set(key, `(${lefts.get(key) ?? null})${rights.get(key) ?? null}`)
      }
      assert.equal(folded(rows, it.step(input)), expected)
    }
  })
  fc.assert(property, { numRuns: 200 })
})

test('a change that takes both rows of an inner join at once is not told, as in Kafka Streams', () => {
  const it = new DriveJoin((t, see) => {
    const right = t.table(RIGHT)
    t.table(LEFT).join(right, pair).join(right, pair).toStream().forEach(see)
  })
  it.left('a', 'L')
  assert.equal(it.right('a', 'R').at(-1), ['a', 'L+R+R', 0])
  assert.equal(it.right('a', null), [])
})

test.run()
