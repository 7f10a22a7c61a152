// Pieces say what they are, and whether they are what was stored.

import { headers } from 'nats'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { utf8 } from '#protocols/core/bytes'
import { MARK } from '#protocols/jetstream/mark'
import { pieceOf } from '#protocols/jetstream/pieces'

function marked(mark: string, content: string) {
  const lines = headers()
  lines.set(MARK, mark)
  return pieceOf({ message: 1, subject: '', timeMs: 0, headers: lines, data: utf8(content) })
}

test('a piece is true with its bytes and the words that its check covers, and with no others', () => {
  const { index, begunMs, more } = marked('x 3 3208959910 77 65536 0', 'bytes')
  assert.equal([index, begunMs, more], [3, 77, [65_536, 0]])
  const isTrue = (mark: string, content: string): boolean => marked(mark, content).isTrue()
  assert.ok(isTrue('x 3 3208959910 77 65536 0', 'bytes'))
  assert.not.ok(isTrue('x 3 3208959910 77 65536 0', 'bytez'))
  assert.not.ok(isTrue('x 3 3208959910 77 65537 0', 'bytes'))
  assert.not.ok(isTrue('x 3 3208959911 77 65536 0', 'bytes'))
  assert.not.ok(isTrue('', ''))
})

test('a piece that carries no words is checked by its bytes alone', () => {
  assert.ok(marked('s 0 2979611598 1', 'bytes').isTrue())
})

test.run()
