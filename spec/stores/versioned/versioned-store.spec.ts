// The versioned store is a history per key, cut off where nothing can be asked any more, whatever is
// cached, sealed, swept or crashed at the moment.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { serde } from '#protocols/serdes/serdes'
import { memoryEngine } from '#stores/engine/memory'
import type { PutVersion, Version, VersionedSpec } from '#stores/store'
import { VersionedStoreImpl } from '#stores/versioned/versioned-store'
import {
  isLifeStep,
  keyAt,
  type LifeStep,
  lifeStep,
  MEDIA,
  placeOf,
  proveOnFile,
  StoreLife,
} from '../cache/store-life.ts'

const RETENTION = 300

type Step =
  | LifeStep
  | { do: 'put'; key: number; time: number; value: string | null }
  | { do: 'delete' | 'asOf'; key: number; time: number }
  | { do: 'get'; key: number }
  | { do: 'history'; key: number; from: number; to: number; reverse: boolean }
  | { do: 'latest'; low: number | null; high: number | null; reverse: boolean }

// Coarse, so that times meet one another and the edge of the retention.
const time = fc.nat(30).map((it) => it * 50)
const key = fc.nat(3)
const bound = fc.option(key, { nil: null })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.record({
      do: fc.constant('put' as const),
      key,
      time,
      value: fc.option(fc.string(), { nil: null, freq: 3 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('delete' as const, 'asOf' as const, 'asOf' as const),
      key,
      time,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('get' as const), key }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('history' as const),
      key,
      from: time,
      to: time,
      reverse: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('latest' as const),
      low: bound,
      high: bound,
      reverse: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: lifeStep },
)
const steps = fc.array(step, { maxLength: 400, size: 'max' })

for (const { name, medium, runs } of MEDIA) {
  test(`a versioned store in ${name} is a history per key after any crash`, () => {
    fc.assert(
      fc.property(steps, fc.constantFrom(0, 3, 100_000), (all, cacheEntriesMax) => {
        live(new StoreLife('versioned', specOf({ medium, cacheEntriesMax }), new Histories()), all)
      }),
      { numRuns: runs },
    )
  })
}

test('a versioned store over a file is a history per key after any crash', () => {
  const spec = specOf({ cacheEntriesMax: 3 })
  return proveOnFile(spec.name, steps, (all, disk) => {
    live(new StoreLife('versioned', spec, new Histories(), disk), all)
  })
})

test('the retention is inclusive: at its edge a version can be put and asked for, a ms before not', () => {
  const store = opened()
  store.put(keyAt(1), 'a', 100)
  store.put(keyAt(2), 'clock', 100 + RETENTION + 50)
  assert.is(store.put(keyAt(1), 'b', 150), 'latest')
  assert.is(store.put(keyAt(1), 'c', 149), 'not-put')
  assert.is(store.delete(keyAt(1), 149), undefined)
  assert.is(store.expired, 2)
  assert.is(store.get(keyAt(1), 150)?.value, 'b')
  assert.is(store.get(keyAt(1), 149), undefined)
})

test('the latest version never expires, and satisfies questions older than the retention', () => {
  const store = opened()
  store.put(keyAt(1), 'a', 100)
  store.put(keyAt(2), 'clock', 10_000)
  assert.equal(store.get(keyAt(1)), { value: 'a', time: 100 })
  assert.equal(store.get(keyAt(1), 100), { value: 'a', time: 100 })
  assert.is(store.get(keyAt(1), 99), undefined)
})

test('versions that nobody can ask for any more are deleted, of idle keys too', () => {
  const store = opened()
  for (let i = 0; i < 100; i++) store.put(keyAt(1), `${i}`, i)
  store.put(keyAt(2), 'a', 100)
  store.put(keyAt(2), null, 101)
  assert.is(store.approximateCount(), 102)
  for (let i = 0; i < 400; i++) store.put(keyAt(3), 'v', 5_000)
  assert.is(store.approximateCount(), 2)
  assert.is(store.get(keyAt(1))?.value, '99')
  assert.is(store.get(keyAt(2)), undefined)
})

test('what is deleted or let go of never was the answer to a question that can be asked', () => {
  const store = opened()
  for (let time = 0; time < 2_000; time += 2) {
    store.put(keyAt(1), `${time}`, time)
    for (const asOf of [time - RETENTION, time - RETENTION + 1, time - 1]) {
      if (asOf >= 0) assert.is(store.get(keyAt(1), asOf)?.value, `${asOf - (asOf % 2)}`)
    }
  }
  assert.ok(store.approximateCount() < RETENTION)
})

test('without a retention only the latest can be asked for', () => {
  const store = opened({ historyRetentionMs: 0 })
  assert.is(store.put(keyAt(1), 'a', 10), 'latest')
  assert.is(store.put(keyAt(1), 'b', 10), 'latest')
  assert.is(store.put(keyAt(1), 'c', 12), 'latest')
  assert.is(store.get(keyAt(1), 11), undefined)
  assert.is(store.put(keyAt(1), 'late', 11), 'not-put')
  assert.equal(store.get(keyAt(1)), { value: 'c', time: 12 })
})

function specOf(options: Partial<VersionedSpec>): VersionedSpec {
  // The state holds stores of every type alike.
  const key = serde.bytes() as VersionedSpec['key']
  const value = serde.string() as VersionedSpec['value']
  return { name: 's', kind: 'versioned', historyRetentionMs: RETENTION, key, value, ...options }
}

const opened = (options: Partial<VersionedSpec> = {}): VersionedStoreImpl<unknown, unknown> =>
  new VersionedStoreImpl(specOf(options), {
    table: memoryEngine().table('s'),
    cell: () => ({ value: -1 }),
  })

interface Kept {
  readonly key: number
  readonly time: number
  readonly value: string | null
}

/** A versioned store as simply as it can be written: it forgets nothing, it only does not say. */
class Histories {
  rows: readonly Kept[] = []
  observed = -1

  copy(): Histories {
    const copy = new Histories()
    copy.rows = this.rows
    copy.observed = this.observed
    return copy
  }

  put(kept: Kept): PutVersion {
    if (kept.time < this.observed - RETENTION) return 'not-put'
    this.observed = Math.max(this.observed, kept.time)
    this.rows = this.rows.filter((it) => it.key !== kept.key || it.time !== kept.time)
    this.rows = [...this.rows, kept].sort((a, b) => a.time - b.time)
    return this.versions(kept.key).find((it) => it.time > kept.time)?.time ?? 'latest'
  }

  get(key: number, asOf = Number.POSITIVE_INFINITY): Version<unknown> | undefined {
    const all = this.versions(key)
    const found = all.filter((it) => it.time <= asOf).at(-1)
    if (found === undefined || found.value === null) return undefined
    const next = all[all.indexOf(found) + 1]
    if (asOf < this.observed - RETENTION && next !== undefined) return undefined
    const { time, value } = found
    return next === undefined ? { value, time } : { value, time, validTo: next.time }
  }

  history(key: number, from: number, to: number): (Version<unknown> | undefined)[] {
    const limit = this.observed - RETENTION
    const all = this.versions(key)
    const found = all.filter((it, at) => {
      const validTo = all[at + 1]?.time ?? Number.POSITIVE_INFINITY
      if (to < limit) return validTo === Number.POSITIVE_INFINITY && it.time <= to
      return it.time <= to && validTo > Math.max(from, limit)
    })
    return found
      .filter((it) => it.value !== null)
      .map((it) => {
        const validTo = all[all.indexOf(it) + 1]?.time
        const { time, value } = it
        return validTo === undefined ? { value, time } : { value, time, validTo }
      })
  }

  versions(key: number): Kept[] {
    return this.rows.filter((it) => it.key === key)
  }
}

type Life = StoreLife<'versioned', Histories>

function live(life: Life, all: readonly Step[]): void {
  for (const it of all) take(life, it)
  life.crash()
  for (let key = 0; key <= 3; key++) take(life, { do: 'get', key })
}

function take(life: Life, it: Step): void {
  const { store, model } = life
  if (isLifeStep(it)) life.take(it)
  else if (it.do === 'put') assert.is(store.put(keyAt(it.key), it.value, it.time), model.put(it))
  else if (it.do === 'delete') {
    const isLate = it.time < model.observed - RETENTION
    model.observed = Math.max(model.observed, it.time)
    const before = isLate ? undefined : model.get(it.key, it.time)
    const expected = before === undefined ? undefined : { value: before.value, time: before.time }
    model.put({ key: it.key, time: it.time, value: null })
    assert.equal(store.delete(keyAt(it.key), it.time), expected)
  } else if (it.do === 'asOf') {
    assert.equal(store.get(keyAt(it.key), it.time), model.get(it.key, it.time))
  } else if (it.do === 'get') assert.equal(store.get(keyAt(it.key)), model.get(it.key))
  else if (it.do === 'history') {
    const expected = it.from > it.to ? [] : model.history(it.key, it.from, it.to)
    const found = store.history(keyAt(it.key), it.from, it.to, { reverse: it.reverse })
    assert.equal(found, it.reverse ? expected.reverse() : expected)
  } else if (it.do === 'latest') latest(life, it)
}

function latest({ store, model }: Life, it: Step & { do: 'latest' }): void {
  const [from, to] = [it.low, it.high].map((at) => (at === null ? undefined : keyAt(at)))
  const expected: unknown[] = []
  for (let key = it.low ?? 0; key <= (it.high ?? 3); key++) {
    const found = model.get(key)
    if (found !== undefined) expected.push([key, found.value, found.time])
  }
  const found = [...store.latest({ from, to }, { reverse: it.reverse })]
  assert.equal(
    found.map(({ key, value, time }) => [placeOf(key), value, time]),
    it.reverse ? expected.reverse() : expected,
  )
}

test.run()
