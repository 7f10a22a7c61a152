// Keys are placed as Kafka places them.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { utf8 } from '#protocols/core/bytes'
import { fnv1a, murmur2, partitionOf } from '#protocols/records/partitioner'

test('murmur2 gives the hashes of the tests of Kafka', () => {
  const known: readonly (readonly [string, number])[] = [
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ]
  for (const [text, hash] of known) assert.is(murmur2(utf8(text)), hash, text)
})

test('FNV-1a gives the published hashes', () => {
  const known: readonly (readonly [string, number])[] = [
    ['', 0x811c9dc5],
    ['a', 0xe40c292c],
    ['foobar', 0xbf9cf968],
  ]
  for (const [text, hash] of known) assert.is(fnv1a(utf8(text)), hash, text)
})

test('only the first bytes given count', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (key, rest) => {
      const longer = Uint8Array.from([...key, ...rest])
      assert.is(murmur2(longer, key.length), murmur2(key))
      assert.is(fnv1a(longer, key.length), fnv1a(key))
    }),
  )
})

test('every key has one partition, within the count', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.integer({ min: 1, max: 1024 }), (key, count) => {
      const partition = partitionOf(key, key.length, count)
      assert.ok(Number.isInteger(partition) && partition >= 0 && partition < count)
      assert.is(partition, (murmur2(key) & 0x7fffffff) % count)
    }),
  )
})

test.run()
