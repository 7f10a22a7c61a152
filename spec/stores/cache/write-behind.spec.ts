// The write-behind cache: what is staged when, what is sealed when, and that nothing is forgotten.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { serde } from '#protocols/serdes/serdes'
import { keyValueCodec } from '#stores/cache/codec'
import { WriteBehind } from '#stores/cache/write-behind'
import type { Table } from '#stores/engine/engine'
import { memoryEngine } from '#stores/engine/memory'

interface Opened {
  readonly cache: WriteBehind<string, number>
  readonly table: Table
  /** Stages; answers the changes as `key=value`. */
  staged(): string[]
  /** What the table holds, as a cache without entries reads it. */
  sealed(): string[]
}

function open(entriesMax = 1000): Opened {
  const table = memoryEngine().table('s')
  const codec = keyValueCodec(serde.string(), serde.int32(), false)
  const cache = new WriteBehind(table, codec, entriesMax)
  return {
    cache,
    table,
    staged: () => {
      const changes: string[] = []
      cache.stage('s', {
        record: (_store, key, value) => {
          const slot = { value: undefined as number | undefined, time: 0 }
          if (value !== null) codec.readValue(value, slot)
          changes.push(`${codec.decodeKey(key)}=${slot.value ?? null}`)
        },
      })
      return changes
    },
    sealed: () => entriesOf(new WriteBehind(table, codec, 0)),
  }
}

test('a stage hands over each entry that changed, once, as it is now', () => {
  const { cache, staged } = open()
  cache.put('hot', 1, 0)
  cache.put('other', 1, 0)
  cache.put('hot', 2, 0)
  cache.put('hot', undefined, 0)
  assert.equal(staged(), ['hot=null', 'other=1'])
  assert.equal(staged(), [])
  cache.put('hot', 3, 0)
  assert.equal(staged(), ['hot=3'])
})

test('the table holds nothing before the seal and everything after', () => {
  const { cache, staged, sealed } = open()
  cache.put('a', 1, 0)
  staged()
  assert.equal(sealed(), [])
  assert.is(cache.pending, 1)
  cache.seal()
  assert.equal(sealed(), ['a=1'])
  assert.is(cache.pending, 0)
})

test('sealing what is not staged is a broken belief', () => {
  const { cache } = open()
  cache.put('a', 1, 0)
  assert.throws(() => cache.seal(), /only staged entries are sealed/)
})

test('an entry that was written between slot and write by way of eviction is not lost', () => {
  const { cache, staged, sealed } = open(0)
  const slot = cache.slot('early')
  for (let i = 0; i < 500; i++) cache.slot(`key ${i}`)
  cache.write(slot, 1, 0)
  assert.is(cache.slot('early').value, 1)
  assert.equal(staged(), ['early=1'])
  cache.seal()
  assert.equal(sealed(), ['early=1'])
})

test('unsealed entries are never evicted', () => {
  const { cache, staged } = open(0)
  for (let i = 0; i < 500; i++) cache.put(`key ${i}`, i, 0)
  assert.is(staged().length, 500)
  for (let i = 0; i < 500; i++) cache.slot(`absent ${i}`)
  for (let i = 0; i < 500; i++) assert.is(cache.slot(`key ${i}`).value, i)
})

test('where values are large the cache holds fewer of them, and all of them where they are small', () => {
  const KEYS = 1000
  /** Of a second look at every key: how many the table was asked for. */
  const loads = (valueBytes: number): number => {
    const table = memoryEngine().table('s')
    const codec = keyValueCodec(serde.string(), serde.bytes(), false)
    const cache = new WriteBehind(table, codec, KEYS, () => KEYS * 512)
    for (let i = 0; i < KEYS; i++) cache.put(`key ${i}`, new Uint8Array(valueBytes), 0)
    cache.stage('s', { record() {} })
    for (let round = 0; round < 3; round++) cache.seal()
    let asked = 0
    const { get } = table
    table.get = (key) => {
      asked++
      return get.call(table, key)
    }
    for (let i = 0; i < KEYS; i++) assert.is(cache.slot(`key ${i}`).value?.length, valueBytes)
    return asked
  }
  assert.is(loads(16), 0)
  assert.ok(loads(8192) > KEYS * 0.8)
})

test('when a cache may hold less than before, its next seal makes it so', () => {
  const table = memoryEngine().table('s')
  const codec = keyValueCodec(serde.string(), serde.int32(), false)
  let [bytesMax, asked] = [1 << 20, 0]
  const cache = new WriteBehind(table, codec, 1000, () => bytesMax)
  const { get } = table
  table.get = (key) => {
    asked++
    return get.call(table, key)
  }
  const seal = (): void => {
    for (let i = 0; i < 1000; i++) cache.put(`key ${i}`, i, 0)
    cache.stage('s', { record() {} })
    for (let round = 0; round < 3; round++) cache.seal()
    asked = 0
    for (let i = 0; i < 1000; i++) assert.is(cache.slot(`key ${i}`).value, i)
  }
  seal()
  assert.is(asked, 0)
  bytesMax = 0
  seal()
  assert.ok(asked > 800, `${asked}`)
})

test('values that wait to be sealed are counted as they are staged, each once', () => {
  const table = memoryEngine().table('s')
  const codec = keyValueCodec(serde.string(), serde.bytes(), false)
  const cache = new WriteBehind(table, codec, 10)
  const stage = (): void => cache.stage('s', { record() {} })
  const overhead = codec.encodeValue(new Uint8Array(0), 0).length
  cache.put('a', new Uint8Array(100), 0)
  assert.is(cache.pendingBytes, 0)
  stage()
  cache.put('a', new Uint8Array(300), 0)
  cache.put('b', new Uint8Array(50), 0)
  stage()
  assert.is(cache.pendingBytes, 350 + 2 * overhead)
  cache.put('a', undefined, 0)
  stage()
  assert.is(cache.pendingBytes, 50 + overhead)
  cache.seal()
  assert.is(cache.pendingBytes, 0)
})

test('a seal that fails half-way leaves every entry to be sealed again', () => {
  const { cache, table, staged, sealed } = open(0)
  for (let i = 0; i < 10; i++) cache.put(`key ${i}`, i, 0)
  staged()
  const { put } = table
  let puts = 0
  table.put = () => {
    if (++puts === 5) throw new Error('full')
  }
  assert.throws(() => cache.seal(), /full/)
  table.put = put
  for (let i = 0; i < 500; i++) cache.slot(`absent ${i}`)
  for (let i = 0; i < 10; i++) assert.is(cache.slot(`key ${i}`).value, i)
  assert.is(cache.pending, 10)
  cache.seal()
  assert.is(sealed().length, 10)
})

test('a walk lays what is not sealed over the table, in both directions', () => {
  const { cache, staged } = open()
  for (const key of ['b', 'd', 'f']) cache.put(key, 1, 0)
  staged()
  cache.seal()
  cache.put('a', 2, 0)
  cache.put('d', 2, 0)
  cache.put('f', undefined, 0)
  cache.put('g', 2, 0)
  const up = ['a=2', 'b=1', 'd=2', 'g=2']
  assert.equal(entriesOf(cache), up)
  assert.equal(entriesOf(cache, true), [...up].reverse())
  assert.is(cache.count(), 4)
})

test('a walk begins at its lower bound and stops before its upper one, sealed or not', () => {
  const { cache, staged } = open()
  const bytes = (key: string): Uint8Array => cache.slot(key).bytes
  for (const key of ['a', 'b', 'c', 'd']) cache.put(key, 1, 0)
  const within = (reverse: boolean): string[] =>
    [...cache.range(bytes('b'), bytes('d'), reverse)].map(({ key }) => key)
  assert.equal(within(false), ['b', 'c'])
  assert.equal(within(true), ['c', 'b'])
  staged()
  cache.seal()
  assert.equal(within(false), ['b', 'c'])
  assert.equal(within(true), ['c', 'b'])
})

test('restoring into a cache that is in use is a broken belief', () => {
  const { cache } = open()
  cache.restore(Uint8Array.of(0, 97), Uint8Array.of(0, 0, 0, 1))
  assert.is(cache.slot('a').value, 1)
  assert.throws(() => cache.restore(Uint8Array.of(0, 97), null), /restored before it is used/)
})

const entriesOf = (cache: WriteBehind<string, number>, reverse = false): string[] =>
  [...cache.range(undefined, undefined, reverse)].map(({ key, value }) => `${key}=${value}`)

test.run()
