// The memory engine keeps every promise of an engine, and the two of its own: handles may share data,
// and it cannot be copied to disk.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { utf8 } from '#protocols/core/bytes'
import { isMillraceError } from '#protocols/core/errors'
import { MemoryData, memoryEngine } from '#stores/engine/memory'
import { engineContract } from '../../contracts/engine.ts'

let data = new MemoryData()

engineContract('memory engine', {
  make: () => {
    data = new MemoryData()
    return memoryEngine(data)
  },
  another: () => memoryEngine(data),
})

test('two engines share nothing unless they are given the same data', () => {
  memoryEngine().table('a').put(utf8('a'), utf8('1'))
  assert.is(memoryEngine().table('a').count(), 0)
})

test('a body inside a body is a broken belief, on every handle', () => {
  const shared = new MemoryData()
  const [one, other] = [memoryEngine(shared), memoryEngine(shared)]
  assert.throws(() => one.transact(() => other.transact(() => {})), /nested/)
  one.transact(() => {})
})

test("a commit's body never runs on the stack of its caller", async () => {
  const engine = memoryEngine()
  let ran = false
  const commit = engine.commit(() => {
    ran = true
  })
  assert.is(ran, false)
  await commit
  assert.is(ran, true)
})

test('closing lets commits in flight finish; a closed engine is not used', async () => {
  const engine = memoryEngine()
  const table = engine.table('a')
  const commit = engine.commit(() => table.put(utf8('a'), utf8('1')))
  await engine.close()
  await commit
  assert.throws(() => table.get(utf8('a')), /closed/)
})

test('a walk sees the state of its call, whatever is written meanwhile', () => {
  const table = memoryEngine().table('a')
  for (let i = 0; i < 100; i++) table.put(Uint8Array.of(i), utf8('old'))
  const walk = table.range()
  for (let i = 0; i < 200; i++) table.put(Uint8Array.of(i), utf8('new'))
  const seen = [...walk].map(({ value }) => Buffer.from(value).toString())
  assert.equal(seen, new Array(100).fill('old'))
})

test('used bytes are those of keys and values, and go back with a failed body', () => {
  const engine = memoryEngine()
  const table = engine.table('a')
  table.put(utf8('key'), utf8('value'))
  assert.equal([engine.usage().usedBytes, table.bytes()], [8, 8])
  assert.throws(() =>
    engine.transact(() => {
      table.put(utf8('key'), utf8('other value'))
      table.clear()
      table.put(utf8('x'), utf8('y'))
      throw new Error('no')
    }),
  )
  assert.equal([engine.usage().usedBytes, table.bytes()], [8, 8])
  table.delete(utf8('key'))
  assert.equal([engine.usage().usedBytes, table.bytes()], [0, 0])
})

test('a copy to disk is refused', async () => {
  try {
    await memoryEngine().copy('/nowhere')
    assert.unreachable('it is refused')
  } catch (error) {
    assert.ok(isMillraceError(error, 'ENGINE_NOT_KEPT'))
  }
})

test.run()
