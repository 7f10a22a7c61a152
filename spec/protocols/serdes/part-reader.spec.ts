// PartReader: parts come as they were written, and nothing is read past the end.

import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ByteWriter } from '#protocols/core/byte-writer'
import { isMillraceError } from '#protocols/core/errors'
import { PartReader } from '#protocols/serdes/part-reader'

test('bytes, varints and texts are read in the order they were written', () => {
  const number = fc.oneof(fc.nat(300), fc.maxSafeNat())
  const property = fc.property(
    fc.nat(255),
    number,
    fc.string({ unit: 'grapheme' }),
    (b, n, text) => {
      const out = new ByteWriter()
      out.byte(b)
      out.varint(n)
      const start = out.begin()
      out.text(text)
      out.end(start)
      const bytes = Buffer.from(out.finish())
      const parts = new PartReader('parts', bytes, 0, bytes.length)
      assert.equal([parts.byte(), parts.varint(), parts.text()], [b, n, text])
      assert.is(parts.at, bytes.length)
    },
  )
  fc.assert(property)
})

test('what would be past the end is refused, though the buffer goes on', () => {
  const bytes = Buffer.from([0x85, 0x85, 0x01, 7, 7, 7, 7])
  const refused = (read: (parts: PartReader) => unknown, end: number): void =>
    assert.throws(
      () => read(new PartReader('parts', bytes, 0, end)),
      (error: unknown) => isMillraceError(error, 'BYTES_REFUSED') && /parts/.test(error.message),
    )
  refused((parts) => parts.byte(), 0)
  refused((parts) => parts.varint(), 2)
  refused((parts) => parts.bytes(4), 3)
  refused((parts) => parts.text(), 5)
})

test.run()
