// The mail of keyed actors as bytes: rows, names under keys, messages in quarantine, headers.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compareBytes } from '#protocols/core/bytes'
import {
  actorRowSerde,
  header,
  headerOf,
  keptMailSerde,
  namedSerde,
} from '#protocols/messages/actor-mail'
import { serde } from '#protocols/serdes/serdes'
import { decoded, encoded } from '#protocols/serdes/whole'

const name = fc.string({ maxLength: 30 })

test('a row keeps behavior, timers and state', () => {
  const rows = actorRowSerde(serde.json<unknown>())
  const row = fc
    .tuple(name, fc.array(name, { maxLength: 5 }), fc.integer())
    .map(([behavior, timers, a]) => ({ behavior, timers, state: { a } }))
  fc.assert(fc.property(row, (it) => assert.equal(decoded(rows, encoded(rows, it)), it)))
})

test('names of one key sort together, whatever the keys are', () => {
  const named = namedSerde(serde.string())
  fc.assert(
    fc.property(fc.array(fc.tuple(name, name), { minLength: 2, maxLength: 8 }), (pairs) => {
      const keys = pairs.map(([key, it]) => encoded(named, { key, name: it }))
      for (const [n, bytes] of keys.entries()) {
        assert.equal(decoded(named, bytes), { key: pairs[n]?.[0], name: pairs[n]?.[1] })
      }
      const order = keys.sort(compareBytes).map((bytes) => decoded(named, bytes).key)
      const runs = order.filter((key, n) => key !== order[n - 1])
      assert.is(new Set(runs).size, runs.length)
    }),
  )
})

test('a message in quarantine keeps everything that came with it', () => {
  const mails = keptMailSerde(serde.string())
  const mail = {
    message: 'm',
    time: 7,
    headers: [header('trace', 'abc')],
    timer: 'close',
    error: 'no',
    atMs: 9,
    waiting: 2,
  }
  const back = decoded(mails, encoded(mails, mail))
  assert.equal({ ...back, headers: [] }, { ...mail, headers: [] })
  assert.is(headerOf(back.headers, 'trace'), 'abc')
  assert.is(headerOf(back.headers, 'other'), undefined)
})

test.run()
