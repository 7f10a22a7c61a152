// The window store is a list of rows that are dropped when they are too old, whatever is cached, sealed,
// deleted or crashed at the moment.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { serde } from '#protocols/serdes/serdes'
import { memoryEngine } from '#stores/engine/memory'
import type { Cell, WindowEntry, WindowRow, WindowSpec } from '#stores/store'
import { WindowStoreImpl } from '#stores/window/window-store'
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

const RETENTION = 5_000
const SIZE = 100

type Step =
  | LifeStep
  | { do: 'put' | 'write'; key: number; start: number; value: string | null; time: number }
  | { do: 'get'; key: number; start: number }
  | { do: 'fetch'; key: number; from: number; to: number; reverse: boolean }
  | {
      do: 'fetchKeys'
      low: number | null
      high: number | null
      from: number
      to: number
      reverse: boolean
    }
  | { do: 'all'; reverse: boolean }

const time = fc.oneof(fc.nat(20_000), fc.nat(3_000), fc.constantFrom(0, 999, 1_000, 5_000, 9_999))
const key = fc.nat(11)
const reverse = fc.boolean()
const bound = fc.option(key, { nil: null })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constantFrom('put' as const, 'write' as const),
      key,
      start: time,
      value: fc.option(fc.string(), { nil: null, freq: 6 }),
      time,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('get' as const), key, start: time }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('fetch' as const), key, from: time, to: time, reverse }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('fetchKeys' as const),
      low: bound,
      high: bound,
      from: time,
      to: time,
      reverse,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('all' as const), reverse }) },
  { weight: 3, arbitrary: lifeStep },
)
const steps = fc.array(step, { maxLength: 250, size: 'max' })

for (const { name, medium, runs } of MEDIA) {
  for (const retainDuplicates of [false, true]) {
    const rows = retainDuplicates ? 'with duplicates ' : ''
    test(`a window store ${rows}in ${name} is a list of rows after any crash`, () => {
      fc.assert(
        fc.property(steps, fc.constantFrom(0, 3, 100_000), (all, cacheEntriesMax) => {
          const spec = specOf({ medium, retainDuplicates, cacheEntriesMax })
          live(new StoreLife('window', spec, new Rows(retainDuplicates)), all)
        }),
        { numRuns: runs },
      )
    })
  }
}

test('a window store over a file is a list of rows after any crash', () => {
  const spec = specOf({ cacheEntriesMax: 3 })
  return proveOnFile(spec.name, steps, (all, disk) => {
    live(new StoreLife('window', spec, new Rows(false), disk), all)
  })
})

test('a window is read until the newest start is its retention ahead, to the millisecond', () => {
  const { store } = opened()
  store.put(keyAt(1), 'old', 1_000)
  store.put(keyAt(2), 'new', 1_000 + RETENTION - 1)
  assert.is(store.fetch(keyAt(1), 1_000), 'old')
  store.put(keyAt(2), 'new', 1_000 + RETENTION)
  assert.is(store.fetch(keyAt(1), 1_000), undefined)
  assert.is(store.slot(keyAt(1), 1_000), null)
  assert.equal(store.fetch(keyAt(1), 0, 20_000), [])
  assert.is([...store.all()].length, 2)
})

test('a put past the retention is refused and counted, and nothing is told to the changelog', () => {
  const { store, staged } = opened()
  store.put(keyAt(1), 'new', 9_000)
  assert.is(staged(), 1)
  assert.is(store.put(keyAt(1), 'late', 9_000 - RETENTION), false)
  assert.is(store.put(keyAt(1), 'just', 9_001 - RETENTION), true)
  assert.is(store.expired, 1)
  assert.is(staged(), 1)
})

test('rows past their retention are deleted in the end, and the changelog is told', () => {
  const { store, staged, deleted } = opened()
  for (let i = 0; i < 500; i++) {
    store.put(keyAt(i), 'v', i)
    if (i === 250) {
      staged()
      store.seal()
    }
  }
  staged()
  for (let i = 0; i < 600; i++) {
    store.put(keyAt(i), 'v', 50_000 + i)
    // Some are sealed, others not, when they are past their retention.
    if (i % 200 !== 199) continue
    staged()
    store.seal()
  }
  assert.is(deleted(), 500)
  assert.is(store.approximateCount(), 600)
})

test('the time of the record that wrote a window is kept beside its value', () => {
  const { store } = opened()
  store.put(keyAt(1), 'v', 1_000, 1_050)
  assert.equal(store.getTimestamped(keyAt(1), 1_000), { value: 'v', time: 1_050 })
  const slot = store.slot(keyAt(1), 1_000)
  assert.ok(slot !== null)
  store.write(slot, 'w', 1_070)
  assert.equal(store.fetch(keyAt(1), 0, 2_000), [{ start: 1_000, value: 'w', time: 1_070 }])
})

test('duplicates stay in the order they were put, null among them is ignored', () => {
  const { store } = opened({ retainDuplicates: true })
  for (const value of ['c', 'a', null, 'b']) assert.ok(store.put(keyAt(1), value, 1_000))
  assert.equal(
    store.fetch(keyAt(1), 0, 2_000).map((it) => it.value),
    ['c', 'a', 'b'],
  )
})

function specOf(options: Partial<WindowSpec>): WindowSpec {
  const common = { name: 's', kind: 'window', windowSizeMs: SIZE, retentionMs: RETENTION } as const
  // The state holds stores of every type alike.
  const key = serde.bytes() as WindowSpec['key']
  const value = serde.string() as WindowSpec['value']
  return { ...common, key, value, ...options }
}

function opened(options: Partial<WindowSpec> = {}): {
  store: WindowStoreImpl<unknown, unknown>
  staged: () => number
  deleted: () => number
} {
  const cells: Record<string, Cell> = {}
  const cell = (name: string): Cell => {
    cells[name] ??= { value: -1 }
    return cells[name]
  }
  const store = new WindowStoreImpl(specOf(options), { table: memoryEngine().table('s'), cell })
  let deletions = 0
  const staged = (): number => {
    let count = 0
    store.stage({
      record: (_store, _key, value) => {
        count++
        if (value === null) deletions++
      },
    })
    return count
  }
  return { store, staged, deleted: () => deletions }
}

interface Kept {
  readonly key: number
  readonly start: number
  readonly value: string
  readonly time: number
}

/** A window store as simply as it can be written. */
class Rows {
  rows: readonly Kept[] = []
  observed = -1
  readonly #retainsDuplicates: boolean

  constructor(retainsDuplicates: boolean) {
    this.#retainsDuplicates = retainsDuplicates
  }

  copy(): Rows {
    const copy = new Rows(this.#retainsDuplicates)
    copy.rows = this.rows
    copy.observed = this.observed
    return copy
  }

  put({ key, start, value, time }: { [Name in keyof Kept]: Kept[Name] | null }): boolean {
    if (key === null || start === null || time === null) return false
    this.observed = Math.max(this.observed, start)
    if (!this.isLive(start)) return false
    if (!this.#retainsDuplicates) {
      this.rows = this.rows.filter((it) => it.key !== key || it.start !== start)
    }
    if (value !== null) this.rows = [...this.rows, { key, start, value, time }]
    return true
  }

  isLive(start: number): boolean {
    return start >= this.observed - RETENTION + 1
  }

  /** By start, then key, then as put. */
  within(from: number, to: number, isWanted: (key: number) => boolean, reverse: boolean): Kept[] {
    const found = this.rows
      .filter((it) => isWanted(it.key) && it.start >= from && it.start <= to)
      .filter((it) => this.isLive(it.start))
      .sort((a, b) => a.start - b.start || a.key - b.key)
    return reverse ? found.reverse() : found
  }
}

type Life = StoreLife<'window', Rows>

function live(life: Life, all: readonly Step[]): void {
  for (const it of all) take(life, it)
  life.crash()
  take(life, { do: 'all', reverse: false })
}

function take(life: Life, it: Step): void {
  const { store, model } = life
  if (isLifeStep(it)) life.take(it)
  else if (it.do === 'put') {
    assert.is(store.put(keyAt(it.key), it.value, it.start, it.time), model.put(it))
  } else if (it.do === 'write') writeSlot(life, it)
  else if (it.do === 'get') {
    const [found] = model.within(it.start, it.start, (key) => key === it.key, false)
    assert.is(store.fetch(keyAt(it.key), it.start), found?.value)
  } else if (it.do === 'fetch') {
    const found = store.fetch(keyAt(it.key), it.from, it.to, { reverse: it.reverse })
    const expected = model.within(it.from, it.to, (key) => key === it.key, it.reverse)
    assert.equal(found.map(entryText), expected.map(entryText))
  } else if (it.do === 'fetchKeys') {
    const [from, to] = [it.low, it.high].map((at) => (at === null ? undefined : keyAt(at)))
    const isWanted = (key: number): boolean => key >= (it.low ?? 0) && key <= (it.high ?? 99)
    const found = store.fetchKeys({ from, to }, it.from, it.to, { reverse: it.reverse })
    const expected = model.within(it.from, it.to, isWanted, it.reverse)
    assert.equal([...found].map(rowText), expected.map(keptText))
  } else if (it.do === 'all') {
    const expected = model.within(0, 99_999, () => true, it.reverse)
    assert.equal([...store.all({ reverse: it.reverse })].map(rowText), expected.map(keptText))
  }
}

/** A store with duplicates has no slots: there it is a put like others. */
function writeSlot({ store, model }: Life, it: Step & { do: 'put' | 'write' }): void {
  if (store.spec.retainDuplicates === true) {
    assert.is(store.put(keyAt(it.key), it.value, it.start, it.time), model.put(it))
    return
  }
  const slot = store.slot(keyAt(it.key), it.start)
  const [before] = model.within(it.start, it.start, (key) => key === it.key, false)
  assert.is(slot === null, !model.isLive(it.start))
  if (slot === null) return
  assert.is(slot.value, before?.value)
  assert.is(store.write(slot, it.value ?? undefined, it.time), model.put(it))
}

const entryText = ({ start, value, time }: WindowEntry<unknown>): string =>
  `${start} ${time} ${value}`

const rowText = (row: WindowRow<unknown, unknown>): string =>
  `${placeOf(row.key)} ${row.end - row.start} ${entryText(row)}`

const keptText = (kept: Kept): string => `${kept.key} ${SIZE} ${entryText(kept)}`

test.run()
