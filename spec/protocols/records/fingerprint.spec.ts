// fingerprint: 128 bits that tell bytes apart.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fingerprint } from '#protocols/records/fingerprint'

const hex = (bytes: Uint8Array): string => Buffer.from(fingerprint(bytes)).toString('hex')

test('it is MurmurHash3 x86_128 with seed 0', () => {
  assert.is(hex(Buffer.alloc(0)), '00000000000000000000000000000000')
  assert.is(
    hex(Buffer.from('The quick brown fox jumps over the lazy dog')),
    '2f1583c3ecee2c675d7bf66ce5e91d2c',
  )
})

test('a message kept by an older version is told by its print, at every kind of ending', () => {
  const prints: [number, string][] = [
    [1, '99ab4ee298913e2a98913e2a98913e2a'],
    [5, 'e7eb05b1976caeee813b7d8a813b7d8a'],
    [11, '33d43e967ec159845ffdf1f7c3f169ce'],
    [15, '3763a6ebf2fdbfaa859fdbce5a974d3d'],
    [16, '01309464cb1faf7e98b2495303443e01'],
    [17, '86c9092ddbb0dd75d0edf3e75124c2fb'],
    [31, '22156843c813c00943af1cea5e97093d'],
    [32, '3789152fcb124e067ed5235765759c80'],
    [47, 'de8cf4e1a6bb740ea110339f3ebb8c66'],
  ]
  for (const [length, print] of prints) {
    assert.is(hex(Uint8Array.from({ length }, (_, i) => (i * 37 + 200) & 255)), print)
  }
})

test('what stands behind the bytes has no say', () => {
  const property = fc.property(fc.uint8Array(), fc.uint8Array(), (bytes, behind) => {
    const print = fingerprint(Buffer.concat([bytes, behind]), bytes.length)
    assert.is(Buffer.from(print).toString('hex'), hex(bytes))
  })
  fc.assert(property)
})

test('a change of any one bit changes it, whatever the length', () => {
  const property = fc.property(
    fc.uint8Array({ minLength: 1, maxLength: 40 }),
    fc.nat(),
    (bytes, at) => {
      const changed = Uint8Array.from(bytes)
      const index = (at >> 3) % bytes.length
      changed[index] = (changed[index] ?? 0) ^ (1 << (at & 7))
      assert.is.not(hex(bytes), hex(changed))
    },
  )
  fc.assert(property, { numRuns: 500 })
})

test('zeros at the end count', () => {
  const all = new Set(Array.from({ length: 40 }, (_, length) => hex(Buffer.alloc(length))))
  assert.is(all.size, 40)
})

test.run()
