// Events as they are read: what went in comes out, and what is no event is passed over.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { utf8 } from '#protocols/core/bytes'
import { encodeEvent } from '#protocols/messages/event'
import { decodeEvent, type Event } from '#protocols/messages/event-reading'

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

test('what is no event is passed over', () => {
  for (const text of ['', '{', '7', '{"code":"A"}', '{"code":"A","level":"loud","message":""}']) {
    assert.is(decodeEvent(utf8(text)), null)
  }
})

test.run()
