// mail: what a stream may tell an actor, and what it may not.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { mail } from '#actors/operators/mail'
import { fromUtf8, utf8 } from '#protocols/core/bytes'
import { ASK, ORDER } from '#protocols/messages/actor-mail'
import { serde } from '#protocols/serdes/serdes'
import { DriveOne } from '../../kit/drive.ts'

const told = (): DriveOne =>
  new DriveOne(mail({ topic: 'box', key: serde.json(), value: serde.json() }))

test('each record is a message to the actor of its key, with its time and headers', () => {
  const drive = told()
  drive.send('ann', { add: 1 }, 5, [['from', utf8('web')]])
  const [message] = drive.written
  assert.equal(
    [message?.topic, message?.key, message?.value, message?.time],
    ['box', 'ann', { add: 1 }, 5],
  )
  assert.equal(
    message?.headers.map(([name, value]) => [name, fromUtf8(value)]),
    [['from', 'web']],
  )
})

test('nobody to tell and nothing to say are dropped and counted', () => {
  const drive = told()
  drive.send(null, 'message')
  drive.send('ann', null)
  assert.equal(drive.written, [])
  const { dropped } = drive.topology.counters
  assert.equal([dropped['null-key'], dropped['null-value']], [1, 1])
})

test('a record cannot ask or order in the name of somebody else', () => {
  const drive = told()
  drive.send('ann', 1, 0, [
    [ASK, utf8('7')],
    ['kept', utf8('x')],
    [ORDER, utf8('skip')],
  ])
  assert.equal(
    drive.written[0]?.headers.map(([name]) => name),
    ['kept'],
  )
})

test.run()
