// The headers of a dead letter.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { deadLetterHeaders } from '#actors/topology/dead-letter'
import { fromUtf8 } from '#protocols/core/bytes'

const record = { topic: 'in', partition: 2, offset: 7, headers: () => [] }

const text = (operator?: string): string =>
  deadLetterHeaders(record, 'CODE', 'it is so', operator)
    .map(([name, value]) => `${name}=${fromUtf8(value)}`)
    .join(' ')
    .replaceAll('millrace.error.', '')

test('they say where the record came from and why it is there', () => {
  assert.is(text(), 'code=CODE message=it is so topic=in partition=2 offset=7')
})

test('a letter that is no longer the record names the operator it was on its way to', () => {
  assert.match(text('ask'), / operator=ask$/)
})

test.run()
