// The bounds of a manifest's fields.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Manifest, manifestSchema } from '#runtime/manifest/manifest'

const least: Manifest = { application: 'a', broker: 'file:d', actors: [{ topology: 't.ts' }] }
const holds = (change: object): boolean => manifestSchema.safeParse({ ...least, ...change }).success

test('application, broker and one actor are all it takes', () => {
  assert.ok(holds({}))
  for (const name of Object.keys(least)) assert.not(holds({ [name]: undefined }), name)
})

test('every number has bounds, and is whole', () => {
  const bounds = {
    workers: [0, 256],
    partitions: [1, 1024],
    sessionTimeoutMs: [500, 600_000],
    commitIntervalMs: [1, 60_000],
    sealIntervalMs: [1, 3_600_000],
    standbys: [0, 16],
    acceptableLag: [0, 1_000_000_000],
    warmups: [1, 1000],
    handOverMs: [0, 600_000],
  }
  for (const [name, [min = 0, max = 0]] of Object.entries(bounds)) {
    for (const value of [min, max]) assert.ok(holds({ [name]: value }), `${name} ${value}`)
    for (const value of [min - 1, max + 1, min + 0.5, '1', null]) {
      assert.not(holds({ [name]: value }), `${name} ${value}`)
    }
  }
})

test('a version is a short word, which a number is not', () => {
  for (const version of ['2', '1.4.0-rc.1+7']) assert.ok(holds({ version }), version)
  for (const version of [2, 1.4, '', 'a b', 'x'.repeat(101)]) assert.not(holds({ version }))
})

test('a capacity is a number that need not be whole, within bounds', () => {
  for (const capacity of [0.01, 0.5, 1, 1000]) assert.ok(holds({ capacity }), String(capacity))
  for (const capacity of [0, -1, 1001, '1', null]) assert.not(holds({ capacity }), String(capacity))
})

test('names are names in files and topics alike', () => {
  for (const name of ['a', 'A-1_b.c', 'x'.repeat(100)]) {
    assert.ok(holds({ application: name, host: name, zone: name }), name)
  }
  for (const name of ['', '.', '..', 'a/b', 'a b', 'ä', 'x'.repeat(101)]) {
    assert.not(holds({ application: name }), name)
    assert.not(holds({ zone: name }), name)
    assert.not(holds({ host: name }), name)
  }
})

test('a broker may say how durable it is and how much it may hold', () => {
  assert.ok(holds({ broker: { file: 'd', durability: 'os', bytesMax: 1 } }))
  for (const broker of [{}, { file: 'd', durability: 'no' }, { file: 'd', bytesMax: 0 }, 5]) {
    assert.not(holds({ broker }), JSON.stringify(broker))
  }
})

test.run()
