// Changes over a table: what is walked and counted is the table with the changes laid over it, and of
// two entries with the same bytes the later one counts everywhere.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { serde } from '#protocols/serdes/serdes'
import { ABSENT, Changes, changelogOf, emptySlot, type Slot } from '#stores/cache/changes'
import { keyValueCodec } from '#stores/cache/codec'
import { memoryEngine } from '#stores/engine/memory'

const codec = keyValueCodec(serde.string(), serde.int32(), false)
const bytesOf = (key: string): Uint8Array => codec.encodeKey(key)

const fresh = (key: string): Slot<string, number> => emptySlot(key, bytesOf(key))

interface Opened {
  readonly changes: Changes<string, number>
  /** Through an entry of its own each time. */
  write(key: string, value: number | undefined): void
  staged(): string[]
  seal(): void
}

function open(): Opened {
  const changes = new Changes(memoryEngine().table('s'), codec)
  const staged = (): string[] => {
    const told: string[] = []
    changes.stage('s', {
      record: (_store, key, value) => told.push(`${codec.decodeKey(key)}=${value?.at(-1) ?? null}`),
    })
    return told
  }
  return {
    changes,
    write: (key, value) => changes.write(fresh(key), value, 0),
    staged,
    seal: () => {
      staged()
      changes.seal()
    },
  }
}

/** Over a codec that counts what it encodes. */
function counted(sizeOf: (value: number) => number) {
  const table = memoryEngine().table('s')
  let encoded = 0
  const changes = new Changes<string, number>(table, {
    ...codec,
    encodeValue: (value) => {
      encoded++
      return new Uint8Array(sizeOf(value)).fill(value)
    },
  })
  const seal = (): number => {
    encoded = 0
    changes.seal()
    return encoded
  }
  return { table, changes, seal, stage: () => changes.stage('s', { record: () => {} }) }
}

test('what was not written since it was staged is sealed as it was staged, without encoding it', () => {
  const { table, changes, seal, stage } = counted(() => 1)
  const [a, b, c] = [fresh('a'), fresh('b'), fresh('c')]
  for (const slot of [a, b, c]) changes.write(slot, 1, 0)
  stage()
  changes.write(b, 2, 0)
  changes.write(c, undefined, 0)
  stage()
  assert.is(seal(), 0)
  assert.equal(
    [...table.range()].map(({ value }) => value[0]),
    [1, 2],
  )
  changes.write(a, 3, 0)
  stage()
  assert.is(seal(), 0)
  assert.equal(
    [...table.range()].map(({ value }) => value[0]),
    [3, 2],
  )
})

test('bytes of large values are not kept until the seal beyond a bound, and are sealed all the same', () => {
  const { table, changes, seal, stage } = counted(() => 2 ** 20)
  for (let round = 0; round < 2; round++) {
    for (let n = 0; n < 12; n++) changes.write(fresh(`k${n}`), n, 0)
    stage()
    assert.is(seal(), 4)
    assert.equal(
      [...table.range()].map(({ value }) => value[0]).sort((x, y) => (x ?? 0) - (y ?? 0)),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    )
  }
})

test('of what came and went between two stages nobody is told, and between two seals the table is not', () => {
  const table = memoryEngine().table('s')
  let deletions = 0
  const spied = {
    get: table.get.bind(table),
    put: table.put.bind(table),
    range: table.range.bind(table),
    count: table.count.bind(table),
    bytes: table.bytes.bind(table),
    clear: table.clear.bind(table),
    delete: (key: Uint8Array) => {
      deletions++
      return table.delete(key)
    },
  }
  const changes = new Changes(spied, codec)
  const told: string[] = []
  const stage = (): void =>
    changes.stage('s', {
      record: (_store, key, value) => told.push(`${codec.decodeKey(key)}=${value?.at(-1) ?? null}`),
    })
  const slotOf = (key: string) => emptySlot<string, number>(key, bytesOf(key), ABSENT)
  const [brief, told1, sealed] = [slotOf('brief'), slotOf('told'), slotOf('sealed')]
  changes.write(brief, 1, 0)
  changes.write(brief, undefined, 0)
  changes.write(told1, 1, 0)
  changes.write(sealed, 1, 0)
  stage()
  assert.equal(told.splice(0), ['told=1', 'sealed=1'])
  changes.write(told1, undefined, 0)
  stage()
  assert.equal(told.splice(0), ['told=null'])
  changes.seal()
  assert.is(deletions, 0)
  assert.is(table.count(), 1)
  changes.write(sealed, undefined, 0)
  stage()
  changes.seal()
  assert.equal(told, ['sealed=null'])
  assert.is(deletions, 1)
  assert.is(table.count(), 0)
})

test('what came and went since the last seal is held until that was staged, and walked over all the same', () => {
  const { changes, staged, seal } = open()
  const slotOf = (key: string) => emptySlot<string, number>(key, bytesOf(key), ABSENT)
  const walked = (): string[] => [...changes.range(undefined, undefined, false)].map(textOf)
  const [a, b, c] = [slotOf('a'), slotOf('b'), slotOf('c')]
  for (const slot of [a, b, c]) changes.write(slot, 1, 0)
  staged()
  assert.equal(walked(), ['a=1', 'b=1', 'c=1'])
  assert.is(
    changes.recall(({ key }) => key < 'c', 9),
    2,
  )
  const again = slotOf('b')
  changes.write(again, 2, 0)
  assert.is(changes.pending, 4)
  assert.equal(staged(), ['a=null', 'b=null', 'b=2'])
  changes.write(again, 3, 0)
  changes.write(slotOf('d'), undefined, 0)
  staged()
  assert.is(changes.pending, 2)
  assert.equal(walked(), ['b=3', 'c=1'])
  assert.is(changes.count(), 2)
  // One that was let go of is an entry like others when it comes back.
  changes.write(a, 4, 0)
  assert.equal(walked(), ['a=4', 'b=3', 'c=1'])
  // What is over may lie behind what is not, and waits for it.
  assert.is(
    changes.recall(({ key }) => key === 'a', 9),
    0,
  )
  seal()
  assert.equal([...changes.sealed(undefined, undefined)].map(textOf), ['a=4', 'b=3', 'c=1'])
})

test('a seal in parts writes what waited when it began, in the order of keys; recall passes it', () => {
  const table = memoryEngine().table('s')
  const put: string[] = []
  const seal = (max?: number): boolean => changes.seal(max, ({ key }) => put.push(key))
  const changes = new Changes(table, codec)
  const write = (keys: string): void => {
    for (const key of keys) changes.write(emptySlot(key, bytesOf(key), ABSENT), 1, 0)
    changes.stage('s', { record: () => {} })
  }
  const all = (): boolean => true
  write('dbface')
  assert.is(seal(2), false)
  write('AB')
  assert.equal(put, ['a', 'b'])
  assert.is(changes.recall(all, 9), 2)
  changes.stage('s', { record: () => {} })
  assert.is(seal(3), false)
  assert.is(seal(3), true)
  assert.equal(put, ['a', 'b', 'c', 'd', 'e', 'f'])
  assert.is(table.count(), 6)
  write('z')
  assert.is(seal(), true)
  assert.equal(put.slice(6), ['z'])
})

test('what came and went while a seal is under way is let go of, and the seal ends where it would have', () => {
  const { changes, staged } = open()
  const slotOf = (key: string) => emptySlot<string, number>(key, bytesOf(key), ABSENT)
  const brief = [...'bcdef'].map(slotOf)
  for (const slot of [slotOf('a'), ...brief]) changes.write(slot, 1, 0)
  staged()
  assert.is(changes.seal(1), false)
  for (const slot of brief.slice(0, 4)) changes.write(slot, undefined, 0)
  changes.write(slotOf('g'), 1, 0)
  staged()
  assert.is(changes.pending, 2)
  assert.is(changes.seal(1), true)
  assert.equal([...changes.sealed(undefined, undefined)].map(textOf), ['a=1', 'f=1'])
  assert.is(changes.pending, 1)
})

const textOf = ({ key, value }: Slot<string, number>): string => `${key}=${value}`

test('a walk either way and the count are those of a map, sealed or not', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd', 'e')
  const step = fc.tuple(key, fc.option(fc.nat(9), { nil: undefined }), fc.nat(5))
  const bound = fc.option(key, { nil: undefined })
  fc.assert(
    fc.property(fc.array(step), bound, bound, (steps, from, to) => {
      const { changes, write, seal } = open()
      const model = new Map<string, number>()
      for (const [key, value, luck] of steps) {
        write(key, value)
        if (value === undefined) model.delete(key)
        else model.set(key, value)
        if (luck === 0) seal()
        const expected = [...model]
          .filter(([it]) => (from === undefined || it >= from) && (to === undefined || it < to))
          .map(([it, value]) => `${it}=${value}`)
          .sort()
        const [low, high] = [from && bytesOf(from), to && bytesOf(to)]
        assert.equal([...changes.range(low, high, false)].map(textOf), expected)
        assert.equal([...changes.range(low, high, true)].map(textOf), expected.reverse())
        assert.is(changes.count(), model.size)
      }
    }),
  )
})

test('a walk that is open does not mind what is written', () => {
  const { changes, write } = open()
  for (const key of ['a', 'b', 'c']) write(key, 1)
  const seen: string[] = []
  for (const { key } of changes.range(undefined, undefined, false)) {
    seen.push(key)
    for (let i = 0; i < 100; i++) write(`${key}${i}`, 1)
  }
  assert.equal(
    seen.filter((key) => key.length === 1),
    ['a', 'b', 'c'],
  )
})

test('entries with the same bytes are told and sealed in the order they were written', () => {
  const { changes, write, staged, seal } = open()
  write('a', undefined)
  write('a', 2)
  assert.equal(staged(), ['a=null', 'a=2'])
  seal()
  assert.equal([...changes.sealed(undefined, undefined)].map(textOf), ['a=2'])
})

test('a store that is not logged tells nobody', () => {
  const told: string[] = []
  const sink = { record: (store: string): unknown => told.push(store) }
  const spec = { name: 's', kind: 'keyvalue', key: serde.bytes(), value: serde.bytes() } as const
  // What is in a store does not matter here.
  type Any = Parameters<typeof changelogOf>[0]
  changelogOf({ ...spec, logged: false } as unknown as Any, sink).record('s', bytesOf('a'), null, 0)
  changelogOf(spec as unknown as Any, sink).record('s', bytesOf('a'), null, 0)
  assert.equal(told, ['s'])
})

test.run()
