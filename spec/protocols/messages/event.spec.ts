// Events as they are written: what is too long is cut.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeEvent } from '#protocols/messages/event'
import { decodeEvent, type Event } from '#protocols/messages/event-reading'

const event: Event = {
  ...{ code: 'DRAIN', level: 'info', message: 'two drains', host: null },
  ...{ by: 'ann@here', reason: 'a new disk', facts: { host: 'two' } },
}

test('a long message is cut, and facts that are too much are left out', () => {
  const facts = { dump: 'x'.repeat(5000) }
  const read = decodeEvent(encodeEvent({ ...event, message: 'y'.repeat(5000), facts }))
  assert.equal([read?.message.length, read?.facts], [2000, {}])
})

test.run()
