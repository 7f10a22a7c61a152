// The buffer is a list in order of time, key and being put, whatever is sealed, crashed or loaded at the
// moment.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { serde } from '#protocols/serdes/serdes'
import { BufferStoreImpl } from '#stores/buffer/buffer-store'
import { memoryEngine } from '#stores/engine/memory'
import type { BufferEntry, BufferSpec } from '#stores/store'
import {
  isLifeStep,
  KEYS,
  keyAt,
  type LifeStep,
  lifeStep,
  MEDIA,
  placeOf,
  proveOnFile,
  StoreLife,
} from '../cache/store-life.ts'

type Step =
  | LifeStep
  | { do: 'put'; key: number; time: number; value: string }
  | { do: 'get'; key: number }
  | { do: 'remove'; key: number; time: number | null }
  | { do: 'popUntil' | 'entries'; until: number }
  | { do: 'pop' | 'size' }

const time = fc.oneof(fc.nat(20), fc.nat(2_000))
const key = fc.nat(11)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({ do: fc.constant('put' as const), key, time, value: fc.string() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('get' as const), key }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('remove' as const),
      key,
      time: fc.option(time, { nil: null }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('popUntil' as const, 'entries' as const),
      until: time,
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('pop' as const, 'size' as const) }) },
  { weight: 3, arbitrary: lifeStep },
)
const steps = fc.array(step, { maxLength: 200, size: 'max' })

for (const { name, medium, runs } of MEDIA) {
  for (const keeps of ['newest', 'all'] as const) {
    test(`a buffer that keeps ${keeps} in ${name} is a sorted list after any crash`, () => {
      fc.assert(
        fc.property(steps, (all) => {
          live(new StoreLife('buffer', specOf({ medium, keeps }), new Entries(keeps)), all)
        }),
        { numRuns: runs },
      )
    })
  }
}

test('a buffer over a file is a sorted list after any crash', () => {
  const spec = specOf({ keeps: 'all' })
  return proveOnFile(spec.name, steps, (all, disk) => {
    live(new StoreLife('buffer', spec, new Entries('all'), disk), all)
  })
})

test('what keeps the newest replaces a value and leaves its key where it first was in time', () => {
  const store = opened('newest')
  store.put(10, keyAt(1), 'first')
  store.put(20, keyAt(2), 'other')
  store.put(30, keyAt(1), 'second')
  assert.is(store.minTime, 10)
  assert.equal(popped(store, 15), ['second'])
  assert.is(store.size, 1)
})

test('what keeps all gives entries of one time and key in the order they were put', () => {
  const store = opened('all')
  for (const value of ['c', 'a', 'b']) store.put(10, keyAt(1), value)
  store.put(10, keyAt(0), 'before')
  assert.equal(popped(store, 10), ['before', 'c', 'a', 'b'])
})

test('an entry is gone before it is visited, and what a visit puts is visited in its turn', () => {
  const store = opened('newest')
  store.put(1, keyAt(1), 'a')
  const seen: unknown[] = []
  const count = store.popUntil(5, ({ time, key, value }) => {
    seen.push(value)
    assert.is(store.has(key), false)
    if (time < 8) store.put(time + 2, key, `${value}'`)
  })
  assert.equal(seen, ['a', "a'", "a''"])
  assert.is(count, 3)
  assert.is(store.minTime, 7)
})

test('size is in entries and in bytes of key, value and time', () => {
  const store = opened('newest')
  store.put(1, Uint8Array.of(0, 0), 'four')
  assert.is(store.bytes, 2 + 4 + 8)
  store.put(2, Uint8Array.of(0, 0), 'fifty')
  assert.is(store.bytes, 2 + 5 + 8)
  store.remove(Uint8Array.of(0, 0))
  assert.equal([store.size, store.bytes], [0, 0])
})

test('a value its serde refuses leaves the buffer as it was', () => {
  const store = opened('newest')
  store.put(1, keyAt(1), 'a')
  assert.throws(() => store.put(1, keyAt(1), 7))
  assert.throws(() => store.put(1, keyAt(2), 7))
  assert.equal(popped(store, 9), ['a'])
  assert.equal([store.size, store.bytes], [0, 0])
})

function specOf(options: Partial<BufferSpec>): BufferSpec {
  // The state holds stores of every type alike.
  const key = serde.bytes() as BufferSpec['key']
  const value = serde.string() as BufferSpec['value']
  return { name: 's', kind: 'buffer', keeps: 'newest', key, value, ...options }
}

function opened(keeps: BufferSpec['keeps']): BufferStoreImpl<unknown, unknown> {
  const cell = { value: -1 }
  return new BufferStoreImpl(specOf({ keeps }), {
    table: memoryEngine().table('s'),
    cell: () => cell,
  })
}

function popped(store: BufferStoreImpl<unknown, unknown>, until: number): unknown[] {
  const values: unknown[] = []
  store.popUntil(until, ({ value }) => values.push(value))
  return values
}

interface Kept {
  readonly time: number
  readonly key: number
  readonly value: string
}

/** A buffer as simply as it can be written. */
class Entries {
  all: readonly Kept[] = []
  readonly #keeps: BufferSpec['keeps']

  constructor(keeps: BufferSpec['keeps']) {
    this.#keeps = keeps
  }

  get bytes(): number {
    return this.all
      .map(({ key, value }) => keyAt(key).length + Buffer.byteLength(value) + 8)
      .reduce((sum, size) => sum + size, 0)
  }

  copy(): Entries {
    const copy = new Entries(this.#keeps)
    copy.all = this.all
    return copy
  }

  put(kept: Kept): void {
    const before = this.all.find(({ key }) => key === kept.key)
    if (this.#keeps === 'newest' && before !== undefined) {
      this.all = this.all.map((it) => (it === before ? { ...it, value: kept.value } : it))
    } else this.all = [...this.all, kept].sort((a, b) => a.time - b.time || a.key - b.key)
  }

  take(isTaken: (kept: Kept) => boolean): Kept[] {
    const taken = this.all.filter(isTaken)
    this.all = this.all.filter((it) => !taken.includes(it))
    return taken
  }
}

type Life = StoreLife<'buffer', Entries>

function live(life: Life, all: readonly Step[]): void {
  for (const it of all) take(life, it)
  life.crash()
  take(life, { do: 'entries', until: 9_999 })
}

function take(life: Life, it: Step): void {
  const { store, model } = life
  if (isLifeStep(it)) life.take(it)
  else if (it.do === 'put') {
    store.put(it.time, keyAt(it.key), it.value)
    model.put(it)
  } else if (it.do === 'get') {
    const found = store.get(keyAt(it.key))
    const expected = model.all.find(({ key }) => key === it.key)
    assert.equal(found && textOf(found), expected && keptText(expected))
    assert.is(store.has(keyAt(it.key)), expected !== undefined)
  } else if (it.do === 'remove') {
    const isTaken = ({ key, time }: Kept): boolean =>
      key === it.key && (it.time === null || time === it.time)
    const count = store.remove(keyAt(it.key), it.time ?? undefined)
    assert.is(count, model.take(isTaken).length)
  } else if (it.do === 'popUntil') {
    const found: string[] = []
    store.popUntil(it.until, (entry) => found.push(textOf(entry)))
    assert.equal(found, model.take(({ time }) => time <= it.until).map(keptText))
  } else if (it.do === 'entries') {
    const expected = model.all.filter(({ time }) => time <= it.until)
    assert.equal([...store.entries(it.until)].map(textOf), expected.map(keptText))
  } else if (it.do === 'pop') {
    const found = store.pop()
    const [expected] = model.take((kept) => kept === model.all[0])
    assert.equal(found && textOf(found), expected && keptText(expected))
  } else if (it.do === 'size') {
    const expected = [model.all.length, model.bytes, model.all[0]?.time]
    assert.equal([store.size, store.bytes, store.minTime], expected)
  }
}

const textOf = ({ time, key, value }: BufferEntry<unknown, unknown>): string =>
  `${time} ${placeOf(key)} ${value}`

const keptText = ({ time, key, value }: Kept): string => `${time} ${key % KEYS.length} ${value}`

test.run()
