// What the context says, and when: of the record being processed, of one that was kept, of none.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CurrentRecord } from '#actors/topology/current-record'
import { offset } from '#protocols/core/brands'
import { utf8 } from '#protocols/core/bytes'
import { BatchBuilder, BatchCursor, readBatch } from '#protocols/records/batch'
import { NO_HEADERS } from '#protocols/records/record'

function entered(): { current: CurrentRecord; cursor: BatchCursor } {
  const builder = new BatchBuilder()
  builder.add(null, utf8('first'), 0, [['h', utf8('1')]])
  builder.add(null, utf8('second'), 0, NO_HEADERS)
  const cursor = new BatchCursor(readBatch(builder.finish()), offset(40))
  cursor.next()
  const current = new CurrentRecord()
  current.enter('in', 2, cursor)
  return { current, cursor }
}

const place = ({ topic, partition, offset }: CurrentRecord): unknown[] => [topic, partition, offset]

test('it describes the record under the cursor, and none after leaving', () => {
  const { current, cursor } = entered()
  assert.equal(place(current), ['in', 2, 40])
  assert.is(current.headers().length, 1)
  assert.is(current.input, cursor)
  current.leave()
  assert.equal(place(current), ['', -1, -1])
  assert.is(current.headers(), NO_HEADERS)
  assert.is(current.input, null)
})

test('what was kept stays what it was when the cursor goes on', () => {
  const { current, cursor } = entered()
  const kept = current.keep()
  cursor.next()
  assert.is(current.offset, 41)
  assert.is(kept.offset, 40)
  assert.is(kept.headers().length, 1)
})

test('what it carries stands for its headers until time is at work, and for nothing that was kept', () => {
  const { current, cursor } = entered()
  const kept = current.keep()
  current.carry([['traceparent', utf8('x')]])
  assert.equal(current.headers(), [['traceparent', utf8('x')]])
  assert.equal(current.keep().headers(), [['traceparent', utf8('x')]])
  assert.is(current.input, cursor)
  current.under(kept, () => assert.is(current.headers(), kept.headers()))
  current.leave()
  assert.is(current.headers(), NO_HEADERS)
})

test('something kept stands in while it goes on, and only then, whatever it throws', () => {
  const { current } = entered()
  const kept = { topic: 'old', partition: 7, offset: 3, headers: () => NO_HEADERS }
  const seen: unknown[] = []
  assert.throws(() =>
    current.under(kept, () => {
      seen.push(place(current), current.input)
      throw new Error('half way')
    }),
  )
  assert.equal(seen, [['old', 7, 3], null])
  assert.equal(place(current), ['in', 2, 40])
})

test.run()
