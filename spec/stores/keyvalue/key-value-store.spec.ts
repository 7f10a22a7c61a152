// The key-value store is a sorted map, whatever is cached, staged, sealed or evicted at the moment.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compareBytes, fromUtf8, utf8 } from '#protocols/core/bytes'
import { isMillraceError } from '#protocols/core/errors'
import { type Serde, serde } from '#protocols/serdes/serdes'
import { encoded } from '#protocols/serdes/whole'
import type { Engine } from '#stores/engine/engine'
import { memoryEngine } from '#stores/engine/memory'
import { KeyValueStoreImpl } from '#stores/keyvalue/key-value-store'
import type { Cell, ChangelogSink, KeyValueSpec } from '#stores/store'

type Kind = KeyValueSpec['kind']

/** One thing to do with a store; keys are numbers that a property turns into keys of its type. */
type Step =
  | {
      readonly do: 'put' | 'putIfAbsent'
      readonly key: number
      readonly value: string
      readonly time: number
    }
  | { readonly do: 'delete' | 'get'; readonly key: number }
  | {
      readonly do: 'range' | 'reverseRange'
      readonly from: number | null
      readonly to: number | null
    }
  | { readonly do: 'all' | 'count' | 'stage' | 'seal' | 'reopen' }

const keyNumber = fc.oneof(fc.nat(8), fc.nat(150))
const bound = fc.option(keyNumber, { nil: null })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('put' as const),
      key: keyNumber,
      value: fc.string(),
      time: fc.nat(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('putIfAbsent' as const),
      key: keyNumber,
      value: fc.string(),
      time: fc.nat(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('delete' as const, 'get' as const),
      key: keyNumber,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('range' as const, 'reverseRange' as const),
      from: bound,
      to: bound,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'all' as const,
        'count' as const,
        'stage' as const,
        'seal' as const,
        'reopen' as const,
      ),
    }),
  },
)
const steps = fc.array(step, { maxLength: 200, size: 'max' })
const cacheEntries = fc.constantFrom(0, 3, 100_000)
const kinds = fc.constantFrom<Kind>('keyvalue', 'timestamped')

test('a store with keys of text is a sorted map', () => {
  const key = (n: number): string => (n === 0 ? '' : n.toString(5))
  sameAsModel(serde.string(), key, 150)
})

test('a store with keys of numbers is a map sorted by their bytes', () => {
  sameAsModel(serde.int32(), (n) => n - 4, 60)
})

test('a store with keys that are objects knows them by their bytes', () => {
  sameAsModel(serde.json<{ id: number }>(), (id) => ({ id }), 60)
})

test('an inverted range is empty, bounds are inclusive', () => {
  const { store } = opened('keyvalue', serde.string(), memoryEngine())
  for (const key of ['a', 'b', 'ba', 'c']) store.put(key, key)
  assert.equal(keysOf(store.range('b', 'a')), [])
  assert.equal(keysOf(store.range('a', 'b')), ['a', 'b'])
  assert.equal(keysOf(store.range('b')), ['b', 'ba', 'c'])
  assert.equal(keysOf(store.reverseRange(undefined, 'ba')), ['ba', 'b', 'a'])
})

test('putting null or undefined deletes', () => {
  const { store } = opened('keyvalue', serde.string(), memoryEngine())
  store.put('a', '1')
  store.put('a', null)
  store.put('b', '1')
  store.put('b', undefined)
  assert.equal([...store.all()], [])
  assert.is(store.approximateCount(), 0)
})

test('deleting what is not there, or putting where something is, changes nothing', () => {
  const { store, staged } = opened('keyvalue', serde.string(), memoryEngine())
  store.put('a', '1')
  staged()
  assert.is(store.delete('b'), undefined)
  assert.is(store.putIfAbsent('a', '2'), '1')
  assert.is(store.putIfAbsent('b', null), undefined)
  assert.equal(staged(), [])
})

test('a timestamped store keeps the time of what it holds, a plain one only while it is cached', () => {
  for (const kind of ['timestamped', 'keyvalue'] as const) {
    const engine = memoryEngine()
    const { store, seal } = opened(kind, serde.string(), engine)
    store.put('a', '1', 1_700_000_000_123)
    assert.equal(store.getTimestamped('a'), { value: '1', time: 1_700_000_000_123 })
    seal()
    const { store: again } = opened(kind, serde.string(), engine)
    const time = kind === 'timestamped' ? 1_700_000_000_123 : 0
    assert.equal(again.getTimestamped('a'), { value: '1', time })
  }
})

test('a key too long for the engine is refused when it is used, not when it is sealed', () => {
  const { store, seal } = opened('keyvalue', serde.string(), memoryEngine())
  store.put('k'.repeat(1899), 'fits')
  const tooLong = 'k'.repeat(1900)
  for (const use of [() => store.put(tooLong, 'v'), () => store.get(tooLong)]) {
    assert.throws(use, (error: unknown) => isMillraceError(error, 'KEY_SIZE'))
  }
  seal()
  assert.equal([...store.all()].length, 1)
})

test('a prefix is one of the serialised key, and the empty one is all', () => {
  const { store, seal } = opened('keyvalue', serde.bytes(), memoryEngine())
  const keys = [[], [97], [97, 0], [97, 255], [98], [255], [255, 255]]
  for (const key of keys) store.put(Uint8Array.from(key), key.join('.'))
  const scan = (...prefix: number[]): string[] =>
    [...store.prefixScan(Uint8Array.from(prefix))].map(([, value]) => value)
  for (const settle of [() => {}, seal]) {
    settle()
    assert.equal(scan(97), ['97', '97.0', '97.255'])
    assert.equal(scan(255), ['255', '255.255'])
    assert.equal(scan(97, 1), [])
    assert.is(scan().length, keys.length)
  }
})

test('everything can be walked backwards', () => {
  const { store } = opened('keyvalue', serde.string(), memoryEngine())
  for (const key of ['b', 'a', 'c']) store.put(key, key)
  assert.equal(keysOf(store.reverseAll()), ['c', 'b', 'a'])
})

test('an entry is dead when stream time is its time to live past it, for every read', () => {
  const { store } = opened('keyvalue', serde.string(), memoryEngine(), { ttlMs: 100 })
  store.put('a', 'old', 50)
  store.put('b', 'new', 60)
  store.expire(149)
  assert.is(store.get('a'), 'old')
  store.expire(150)
  assert.is(store.get('a'), undefined)
  assert.is(store.getTimestamped('a'), undefined)
  assert.equal(keysOf(store.all()), ['b'])
  assert.equal(keysOf(store.prefixScan(Uint8Array.of())), ['b'])
  assert.is(store.slot('b').value, 'new')
})

test('a dead entry is nothing to delete, and room for putIfAbsent', () => {
  const { store } = opened('keyvalue', serde.string(), memoryEngine(), { ttlMs: 100 })
  store.put('a', 'old', 50)
  store.put('b', 'old', 50)
  store.expire(1_000)
  assert.is(store.delete('a', 1_000), undefined)
  assert.is(store.putIfAbsent('b', 'new', 1_000), undefined)
  assert.is(store.get('b'), 'new')
})

test('dead entries are deleted step by step, sealed or not, and the changelog is told', () => {
  const engine = memoryEngine()
  const cell = { value: -1 }
  const first = opened('keyvalue', serde.int32(), engine, { ttlMs: 100, cell })
  for (let i = 0; i < 1_000; i++) first.store.put(i, `${i}`, i)
  first.seal()
  const { store, staged } = opened('keyvalue', serde.int32(), engine, { ttlMs: 100, cell })
  let deleted = 0
  for (let i = 0; i < 5; i++) deleted += store.expire(599)
  assert.is(deleted, 500)
  assert.equal(
    staged().map((change) => change.endsWith('=null')),
    Array(500).fill(true),
  )
  assert.is(store.approximateCount(), 500)
})

test('stream time outlives the store: what died stays dead', () => {
  const engine = memoryEngine()
  const cell = { value: -1 }
  const first = opened('timestamped', serde.string(), engine, { ttlMs: 100, cell })
  first.store.put('a', 'old', 50)
  first.seal()
  first.store.expire(1_000)
  const { store } = opened('timestamped', serde.string(), engine, { ttlMs: 100, cell })
  assert.is(store.get('a'), undefined)
})

test('rows are entries as their serdes write them, within inclusive bounds, at most so many', () => {
  const { store } = opened('timestamped', serde.string(), memoryEngine())
  for (const key of ['a', 'b', 'c', 'd']) store.put(key, `value of ${key}`, 5)
  const rows = (from: string | null, to: string | null, limit: number): string[] =>
    store
      .rows(from === null ? undefined : utf8(from), to === null ? undefined : utf8(to), limit)
      .map(({ key, value }) => `${fromUtf8(key)}: ${fromUtf8(value)}`)
  assert.equal(rows('b', 'c', 9), ['b: value of b', 'c: value of c'])
  assert.equal(rows(null, null, 1), ['a: value of a'])
  assert.equal(rows('c', null, 9), ['c: value of c', 'd: value of d'])
  assert.equal(rows(null, null, 0), [])
})

test('a store that is not logged says nothing to the changelog', () => {
  const { store, staged } = opened('keyvalue', serde.string(), memoryEngine(), { logged: false })
  store.put('a', '1')
  assert.equal(staged(), [])
  assert.is(store.pending, 1)
})

interface Opened<K> {
  readonly store: KeyValueStoreImpl<K, string>
  /** Stages; answers the changes as text. */
  staged(): string[]
  /** Stages and seals. */
  seal(): void
}

type Options = Pick<KeyValueSpec, 'cacheEntriesMax' | 'logged' | 'ttlMs'> & { readonly cell?: Cell }

function opened<K>(kind: Kind, key: Serde<K>, engine: Engine, options: Options = {}): Opened<K> {
  const { cell = { value: -1 }, ...rest } = options
  const spec = { name: 's', kind, key, value: serde.string(), ...rest }
  const store = new KeyValueStoreImpl(spec, { table: engine.table('s'), cell: () => cell })
  const staged = (): string[] => {
    const changes: string[] = []
    const sink: ChangelogSink = {
      record: (_store, bytes, value) => changes.push(`${hex(bytes)}=${value && hex(value)}`),
    }
    store.stage(sink)
    return changes
  }
  const seal = (): void => {
    staged()
    engine.transact(() => store.seal())
  }
  return { store, staged, seal }
}

function sameAsModel<K>(serdeOfKey: Serde<K>, keyOf: (n: number) => K, numRuns: number): void {
  const property = fc.property(steps, kinds, cacheEntries, (all, kind, cacheEntriesMax) => {
    const engine = memoryEngine()
    const open = (): Opened<K> => opened(kind, serdeOfKey, engine, { cacheEntriesMax })
    let real = open()
    const model = new Model<K>(serdeOfKey)
    for (const it of all) {
      if (it.do === 'reopen') {
        real.seal()
        real = open()
      } else take(it, real, model, keyOf)
    }
    assert.equal([...real.store.all()], model.range(undefined, undefined))
  })
  fc.assert(property, { numRuns })
}

function take<K>(it: Step, real: Opened<K>, model: Model<K>, keyOf: (n: number) => K): void {
  const { store } = real
  if (it.do === 'range' || it.do === 'reverseRange') {
    const from = it.from === null ? undefined : keyOf(it.from)
    const to = it.to === null ? undefined : keyOf(it.to)
    const expected = model.range(from, to)
    assert.equal([...store[it.do](from, to)], it.do === 'range' ? expected : expected.reverse())
  } else if (it.do === 'all') assert.equal([...store.all()], model.range(undefined, undefined))
  else if (it.do === 'count') assert.is(store.approximateCount(), model.size)
  else if (it.do === 'stage') real.staged()
  else if (it.do === 'seal') real.seal()
  else if (it.do === 'put') {
    store.put(keyOf(it.key), it.value, it.time)
    model.put(keyOf(it.key), it.value)
  } else if (it.do === 'putIfAbsent') {
    const before = model.get(keyOf(it.key))
    assert.is(store.putIfAbsent(keyOf(it.key), it.value, it.time), before)
    if (before === undefined) model.put(keyOf(it.key), it.value)
  } else if (it.do === 'delete') {
    assert.is(store.delete(keyOf(it.key)), model.get(keyOf(it.key)))
    model.delete(keyOf(it.key))
  } else if (it.do === 'get') assert.is(store.get(keyOf(it.key)), model.get(keyOf(it.key)))
}

/** A store as simply as it can be written. */
class Model<K> {
  readonly #serde: Serde<K>
  readonly #entries = new Map<string, readonly [K, string]>()

  constructor(key: Serde<K>) {
    this.#serde = key
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: K): string | undefined {
    return this.#entries.get(this.#name(key))?.[1]
  }

  put(key: K, value: string): void {
    this.#entries.set(this.#name(key), [key, value])
  }

  delete(key: K): void {
    this.#entries.delete(this.#name(key))
  }

  range(from: K | undefined, to: K | undefined): (readonly [K, string])[] {
    const bytes = (key: K): Uint8Array => encoded(this.#serde, key)
    return [...this.#entries.values()]
      .filter(([key]) => from === undefined || compareBytes(bytes(key), bytes(from)) >= 0)
      .filter(([key]) => to === undefined || compareBytes(bytes(key), bytes(to)) <= 0)
      .sort(([a], [b]) => compareBytes(bytes(a), bytes(b)))
  }

  #name(key: K): string {
    return hex(encoded(this.#serde, key))
  }
}

const keysOf = <K>(entries: Iterable<readonly [K, unknown]>): K[] =>
  [...entries].map(([key]) => key)

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

test.run()
