// joinByKey and leftJoinByKey: when all messages have arrived, what is known is the join of the rows.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { serde } from '#protocols/serdes/serdes'
import { DriveJoin, LEFT, type Result, RIGHT, type Text } from '../../kit/drive-join.ts'
import { DriveLoose } from '../../kit/drive-loose.ts'

type Verb = 'joinByKey' | 'leftJoinByKey'

const pair = (left: string, right: Text): string => `${left}+${right}`

/** The text before the colon; nothing names nothing. */
const named = (value: string): Text => value.split(':')[0] || null

const drive = (verb: Verb, store?: string): DriveJoin =>
  new DriveJoin((t, see) =>
    t.table(LEFT)[verb](t.table(RIGHT), named, pair, { name: 'j', store }).toStream().forEach(see),
  )

test('a row is joined with the one it names, when either changes, under its own key', () => {
  const it = drive('joinByKey')
  assert.equal(it.left('1', 'x:L', 5), [])
  assert.equal(it.right('x', 'R', 3), [['1', 'x:L+R', 3]])
  assert.equal(it.left('2', 'x:M', 2), [['2', 'x:M+R', 3]])
  assert.equal(it.right('x', 'S', 9), [
    ['1', 'x:L+S', 9],
    ['2', 'x:M+S', 9],
  ])
  assert.equal(it.right('x', null, 10), [
    ['1', null, 10],
    ['2', null, 10],
  ])
})

test('keys that begin alike are told apart', () => {
  const it = drive('joinByKey')
  it.left('1', 'x:L')
  it.left('2', 'xx:L')
  assert.equal(it.right('x', 'R'), [['1', 'x:L+R', 0]])
})

test('a row that is deleted, or names nothing any more, takes its result with it', () => {
  for (const next of [null, ':nothing']) {
    const it = drive('joinByKey')
    it.right('x', 'R')
    it.left('1', 'x:L')
    assert.equal(it.left('1', next), [['1', null, 0]])
    assert.equal(it.right('x', 'S'), [], 'nobody listens')
  }
})

test('a left join has a row for every row, also for one that names nothing', () => {
  const it = drive('leftJoinByKey')
  assert.equal(it.left('1', ':L', 4), [['1', ':L+null', 4]])
  assert.equal(it.left('1', 'x:M', 5), [['1', 'x:M+null', 5]])
  assert.equal(it.right('x', 'R', 6), [['1', 'x:M+R', 6]])
  assert.equal(it.left('1', ':N', 7), [['1', ':N+null', 7]])
  assert.equal(it.left('1', null, 8), [['1', null, 8]])
})

test('a row that named nothing and names nothing is dropped and counted where it has no result', () => {
  const it = drive('joinByKey')
  it.left('1', ':L')
  assert.is(it.dropped, 1)
  it.left('1', null)
  assert.is(it.dropped, 2)
})

test('a change that is history only is dropped and counted, on either side', () => {
  const options = (store: string) => ({ store, versioned: { historyMs: 100 } })
  const it = new DriveJoin((t, see) =>
    t
      .table(LEFT, options('l'))
      .joinByKey(t.table(RIGHT, options('r')), named, pair)
      .toStream()
      .forEach(see),
  )
  it.right('x', 'R', 50)
  it.left('1', 'x:L', 50)
  assert.equal(it.left('1', 'x:old', 40), [])
  assert.equal(it.right('x', 'old', 40), [])
  assert.is(it.dropped, 2)
})

test('a table can name rows of its own', () => {
  const it = new DriveJoin((t, see) => {
    const staff = t.table(LEFT, { store: 'staff' })
    staff
      .leftJoinByKey(staff, named, (row, boss) => `${row} under ${boss}`, { name: 'j' })
      .toStream()
      .forEach(see)
  })
  it.left('ann', ':boss')
  assert.equal(it.left('bob', 'ann:clerk'), [['bob', 'ann:clerk under :boss', 0]])
  assert.equal(it.left('ann', ':chief').sort(), [
    ['ann', ':chief under null', 0],
    ['bob', 'ann:clerk under :chief', 0],
  ])
})

test('tables that are computed can name and be named', () => {
  const it = new DriveJoin((t, see) => {
    const long = t.table(LEFT).filter((_key, value) => value.length > 3)
    const counts = t.stream(RIGHT).groupByKey({ key: serde.string() }).count({ store: 'counts' })
    long
      .joinByKey(counts, named, (row, count) => `${row} of ${count}`)
      .toStream()
      .forEach(see)
  })
  it.right('x', 'R', 1)
  assert.equal(it.left('1', 'x:long', 2), [['1', 'x:long of 1', 2]])
  assert.equal(it.right('x', 'S', 3), [['1', 'x:long of 2', 3]])
  assert.equal(it.left('1', 'x:', 4), [['1', null, 4]])
})

interface Input {
  readonly isLeft: boolean
  readonly key: string
  readonly value: Text
  readonly time: number
}

const texts = fc.option(fc.constantFrom('a', 'b', 'c'), { freq: 4 })
const inputs = fc.array(
  fc
    .oneof(
      fc.record({
        isLeft: fc.constant(true),
        key: fc.constantFrom('1', '2', '3'),
        to: fc.constantFrom('', 'x', 'xx', 'y'),
        text: texts,
        time: fc.nat(20),
      }),
      fc.record({
        isLeft: fc.constant(false),
        key: fc.constantFrom('x', 'xx', 'y'),
        to: fc.constant(''),
        text: texts,
        time: fc.nat(20),
      }),
    )
    .map(({ to, text, isLeft, ...rest }): Input => {
      const value = text === null || !isLeft ? text : `${to}:${text}`
      return { ...rest, isLeft, value }
    }),
  { maxLength: 50 },
)

function joined(verb: Verb, left: Map<string, string>, right: Map<string, string>): object {
  const rows: Record<string, string> = {}
  for (const [key, value] of left) {
    const to = named(value)
    const found = to === null ? null : (right.get(to) ?? null)
    if (found !== null || verb === 'leftJoinByKey') rows[key] = pair(value, found)
  }
  return rows
}

test('a subscription ends with the name: there are never more than rows', () => {
  const it = drive('leftJoinByKey')
  for (const value of ['x:L', 'y:M', ':N', 'x:O', 'x:P']) it.left('1', value)
  assert.is(it.rows('j.subscriptions').length, 1)
  it.left('1', null)
  assert.is(it.rows('j.subscriptions').length, 0)
})

test('folding the results gives the join of the rows, at every moment, and so does the store', () => {
  const verbs = fc.constantFrom<Verb>('joinByKey', 'leftJoinByKey')
  const property = fc.property(verbs, inputs, (verb, all) => {
    const it = drive(verb, 'kept')
    const tables = { left: new Map<string, string>(), right: new Map<string, string>() }
    const rows: Record<string, unknown> = {}
    const fold = ([key, value]: Result): void => {
      if (value === null) delete rows[String(key)]
      else rows[String(key)] = value
    }
    for (const { isLeft, key, value, time } of all) {
      const table = isLeft ? tables.left : tables.right
      if (value === null) table.delete(key)
      else table.set(key, value)
      const results = isLeft ? it.left(key, value, time) : it.right(key, value, time)
      for (const result of results) fold(result)
      assert.equal(rows, joined(verb, tables.left, tables.right))
    }
    assert.equal(Object.fromEntries(it.rows('kept') as [string, string][]), rows)
  })
  fc.assert(property, { numRuns: 300 })
})

test('whatever the order in which the tasks hear of one another, the end is the join of the rows', () => {
  const verbs = fc.constantFrom<Verb>('joinByKey', 'leftJoinByKey')
  const picks = fc.array(fc.nat(7), { minLength: 10, maxLength: 200 })
  const property = fc.property(verbs, inputs, picks, (verb, all, order) => {
    const rows: Record<string, unknown> = {}
    const it = new DriveLoose((t) => {
      t.table(LEFT)
        [verb](t.table(RIGHT), named, pair)
        .toStream()
        .forEach((key, value) => {
          if (value === null) delete rows[key]
          else rows[key] = value
        })
    })
    const tables = { left: new Map<string, string>(), right: new Map<string, string>() }
    for (const [step, { isLeft, key, value: text, time }] of all.entries()) {
      const table = isLeft ? tables.left : tables.right
      // No row comes back as it was.
      const value = text === null ? null : `${text}${step}`
      if (value === null) table.delete(key)
      else table.set(key, value)
      it.send(isLeft ? LEFT : RIGHT, key, value, time)
    }
    for (const pick of order) it.read(pick)
    while (it.read(0));
    assert.equal(rows, joined(verb, tables.left, tables.right))
  })
  fc.assert(property, { numRuns: 500 })
})

test.run()
