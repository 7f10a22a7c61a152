// Entries in the order of their keys: by the four bytes after what all of them begin with.

import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { inKeyOrder } from '#stores/cache/key-order'

const keys = fc
  .tuple(fc.uint8Array(), fc.array(fc.uint8Array({ maxLength: 7 }), { maxLength: 50 }))
  .map(([beginning, ends]) => ends.map((end) => Buffer.concat([beginning, end])))

test('keys are told apart by four bytes after what all begin with, and stay as they came where those are alike', () => {
  fc.assert(
    fc.property(keys, (all) => {
      const entries = all.map((bytes, place) => ({ bytes, place }))
      const shared = sharedBytes(all)
      const fourOf = (bytes: Buffer): Buffer =>
        Buffer.concat([bytes.subarray(shared), Buffer.alloc(4)]).subarray(0, 4)
      // Sorting is stable.
      const expected = [...entries].sort((a, b) => Buffer.compare(fourOf(a.bytes), fourOf(b.bytes)))
      assert.equal(inKeyOrder(entries), expected)
    }),
  )
})

test('numbers are in order, whatever they are prefixed with', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uniqueArray(fc.nat(2 ** 32 - 1)), (prefix, numbers) => {
      const entries = numbers.map((number) => {
        const end = Buffer.alloc(4)
        end.writeUInt32BE(number)
        return { bytes: Buffer.concat([prefix, end]) }
      })
      const ordered = inKeyOrder(entries).map(({ bytes }) => bytes.readUInt32BE(prefix.length))
      assert.equal(
        ordered,
        [...numbers].sort((a, b) => a - b),
      )
    }),
  )
})

test('more than two million are a list as any other', () => {
  const [later, earlier] = [{ bytes: Buffer.of(2) }, { bytes: Buffer.of(1) }]
  const most = [later, ...Array<typeof later>(2 ** 21 - 1).fill(earlier)]
  assert.ok(inKeyOrder(most).at(-1) === later)
  const more = [...most, earlier]
  const ordered = inKeyOrder(more)
  assert.ok(ordered.length === more.length && ordered.every((entry, n) => entry === more[n]))
})

function sharedBytes(all: readonly Buffer[]): number {
  const [first = Buffer.alloc(0)] = all
  for (let at = 0; at < first.length; at++) {
    if (all.some((bytes) => bytes[at] !== first[at])) return at
  }
  return first.length
}

test.run()
