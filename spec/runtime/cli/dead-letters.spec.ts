// Dead letters read back: what their headers say, and which topics hold some.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { deadLetterHeaders } from '#actors/topology/dead-letter'
import { offset, streamTime } from '#protocols/core/brands'
import { utf8 } from '#protocols/core/bytes'
import type { Header } from '#protocols/records/record'
import { deadLetter } from '#runtime/cli/dead-letters'

const own: Header = ['trace', utf8('x')]
const place = { topic: 'in', partition: 2, offset: 7, headers: () => [] }
const record = (headers: Header[]) => ({
  ...{ offset: offset(3), key: null, value: utf8('v'), time: streamTime(5), headers },
})

test('a letter says where it came from and why, and keeps its own headers', () => {
  const headers = [own, ...deadLetterHeaders(place, 'CODE', 'it is so')]
  const letter = deadLetter(1, record(headers))
  assert.equal([letter?.code, letter?.message, letter?.topic], ['CODE', 'it is so', 'in'])
  assert.equal(letter?.from, { partition: 2, offset: 7 })
  assert.is(letter?.operator, undefined)
  assert.equal(letter?.headers, [own])
})

test('one on its way to an operator names it', () => {
  const headers = deadLetterHeaders(place, 'CODE', 'it is so', 'ask')
  assert.is(deadLetter(1, record(headers))?.operator, 'ask')
})

test('a record without those headers is no letter', () => {
  assert.is(deadLetter(1, record([own])), null)
})

test.run()
