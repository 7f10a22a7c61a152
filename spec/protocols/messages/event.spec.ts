// Events as bytes: what goes in comes out, what is too long is cut, and what is no event is passed over.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { utf8 } from '#protocols/core/bytes'
import { decodeEvent, type Event, encodeEvent } from '#protocols/messages/event'

const event: Event = {
  ...{ code: 'DRAIN', level: 'info', message: 'two drains', host: null },
  ...{ by: 'ann@here', reason: 'a new disk', facts: { host: 'two' } },
}

test('an event is read as it was written, with fields of versions to come', () => {
  assert.equal(decodeEvent(encodeEvent(event)), event)
  const newer = { ...event, ticket: 7 }
  assert.equal(decodeEvent(encodeEvent(newer)), newer)
  const least = { code: 'A', level: 'warn', message: 'b' }
  const said = { ...least, host: null, by: null, reason: null, facts: {} }
  assert.equal(decodeEvent(utf8(JSON.stringify(least))), said)
})

test('a long message is cut, and facts that are too much are left out', () => {
  const facts = { dump: 'x'.repeat(5000) }
  const read = decodeEvent(encodeEvent({ ...event, message: 'y'.repeat(5000), facts }))
  assert.equal([read?.message.length, read?.facts], [2000, {}])
})

test('what is no event is passed over', () => {
  for (const text of ['', '{', '7', '{"code":"A"}', '{"code":"A","level":"loud","message":""}']) {
    assert.is(decodeEvent(utf8(text)), null)
  }
})

test.run()
