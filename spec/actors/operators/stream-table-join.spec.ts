// join and leftJoin of a stream with a table: each record once, with the row of its key.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Headers } from '#protocols/records/record'
import {
  DriveJoin,
  type JoinInput,
  joinInputs,
  LEFT,
  type Result,
  RIGHT,
  type Text,
} from '../../kit/drive-join.ts'

type Verb = 'join' | 'leftJoin'

const names = (headers: Headers): string[] => headers.map(([name]) => name)
const pair = (left: Text, right: Text): string => `${left}+${right}`

const drive = (verb: Verb): DriveJoin =>
  new DriveJoin((t, see) => {
    const [stream, table] = [t.stream(LEFT), t.table(RIGHT)]
    if (verb === 'join') stream.join(table, pair).forEach(see)
    else stream.leftJoin(table, pair).forEach(see)
  })

const HISTORY_MS = 1000

const versioned = (verb: Verb, grace?: number): DriveJoin =>
  new DriveJoin((t, see) => {
    const stream = t.stream(LEFT)
    const table = t.table(RIGHT, { store: 'rows', versioned: { historyMs: HISTORY_MS } })
    const options = { grace, store: 'waiting' }
    if (verb === 'join') stream.join(table, pair, options).forEach(see)
    else stream.leftJoin(table, pair, options).forEach(see)
  })

test('only records of the stream have results, at their own time', () => {
  const it = drive('join')
  assert.equal(it.left('a', 'L', 5), [])
  assert.equal(it.right('a', 'R', 90), [])
  assert.equal(it.left('a', 'M', 6), [['a', 'M+R', 6]])
  it.right('a', null, 91)
  assert.equal(it.left('a', 'N', 7), [])
})

test('a left join has a result for every record with a value, also without a key', () => {
  const it = drive('leftJoin')
  assert.equal(it.left('a', 'L', 5), [['a', 'L+null', 5]])
  assert.equal(it.left(null, 'M', 6), [[null, 'M+null', 6]])
  assert.equal(it.left('a', null, 7), [])
  assert.equal(it.left(null, null, 7), [])
  assert.is(it.dropped, 2)
})

test('an inner join drops and counts what lacks a key or a value', () => {
  const it = drive('join')
  it.left(null, 'L')
  it.left('a', null)
  assert.is(it.dropped, 2)
})

test('a versioned table is asked for the row as it was at the time of the record', () => {
  const it = versioned('leftJoin')
  it.right('a', 'first', 10)
  it.right('a', 'second', 20)
  assert.equal(it.left('a', 'L', 15), [['a', 'L+first', 15]])
  assert.equal(it.left('a', 'M', 20), [['a', 'M+second', 20]])
  assert.equal(it.left('a', 'N', 9), [['a', 'N+null', 9]])
})

test('with grace a record waits for rows that come late, and goes on with its own headers', () => {
  const seen: string[] = []
  const it = new DriveJoin((t, see) => {
    const table = t.table(RIGHT, { store: 'rows', versioned: { historyMs: HISTORY_MS } })
    const joined = t.stream(LEFT).join(table, pair, { grace: 10, store: 'waiting' })
    joined.forEach(see)
    joined.process({
      make: () => ({ process: ({ headers }) => void seen.push(...names(headers)) }),
    })
  })
  assert.equal(it.left('a', 'L', 20, [['of L', Uint8Array.of(7)]]), [])
  it.right('a', 'late row', 15)
  assert.equal(it.left('b', 'M', 30, [['of M', new Uint8Array()]]), [['a', 'L+late row', 20]])
  assert.equal(seen, ['of L'])
})

test('a record that is later than the grace is joined at once', () => {
  const it = versioned('join', 10)
  it.right('a', 'R', 5)
  it.left('z', 'far', 100)
  assert.equal(it.left('a', 'L', 89), [['a', 'L+R', 89]])
  assert.equal(it.left('a', 'M', 90), [['a', 'M+R', 90]])
  assert.equal(it.left('a', 'N', 91), [])
})

/** Versions of each row; the newest put wins at equal times. */
class Rows {
  readonly #versions = new Map<string, { value: Text; time: number }[]>()

  put({ key, value, time }: JoinInput): void {
    if (key === null) return
    const versions = (this.#versions.get(key) ?? []).filter((it) => it.time !== time)
    this.#versions.set(
      key,
      [...versions, { value, time }].sort((a, b) => a.time - b.time),
    )
  }

  asOf(key: string, time: number): Text {
    return this.#versions.get(key)?.findLast((it) => it.time <= time)?.value ?? null
  }
}

test('with grace every record is joined once, in the order of time, with the row as of its time', () => {
  const verbs = fc.constantFrom<Verb>('join', 'leftJoin')
  const property = fc.property(verbs, fc.nat(30), joinInputs(3, 60), (verb, grace, inputs) => {
    const it = versioned(verb, grace)
    const rows = new Rows()
    let waiting: (JoinInput & { key: string })[] = []
    let newest = -1
    for (const input of inputs) {
      const { isLeft, key, value, time } = input
      const results = it.step(input)
      if (!isLeft) rows.put(input)
      if (!isLeft || value === null) {
        assert.equal(results, [])
        continue
      }
      if (key === null) {
        assert.is(results.length, verb === 'leftJoin' ? 1 : 0)
        continue
      }
      const isLate = newest - grace > time
      let due: (JoinInput & { key: string })[] = [{ ...input, key }]
      if (!isLate) {
        newest = Math.max(newest, time)
        const all = [...waiting, ...due]
        due = all.filter((record) => record.time <= newest - grace).sort(byTime)
        waiting = all.filter((record) => record.time > newest - grace)
      }
      const expected: Result[] = due
        .map((record) => ({ record, row: rows.asOf(record.key, record.time) }))
        .filter(({ row }) => row !== null || verb === 'leftJoin')
        .map(({ record, row }) => [record.key, pair(record.value, row), record.time])
      assert.equal(results, expected)
    }
  })
  fc.assert(property, { numRuns: 300 })
})

const byTime = (a: JoinInput & { key: string }, b: JoinInput & { key: string }): number =>
  a.time - b.time || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)

test.run()
