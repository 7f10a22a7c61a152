// Where the records are, as people say it.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { brokerLocation } from '#runtime/process/broker-location'

test('a directory is relative to where it was named, unless it is absolute', () => {
  assert.is(brokerLocation('file:./data', '/base').directory, '/base/data')
  assert.is(brokerLocation('file:/data', '/base').directory, '/data')
  assert.is(brokerLocation({ file: '../x' }, '/base/a').directory, '/base/x')
})

test('records are durable when they are acknowledged, unless it was said otherwise', () => {
  assert.is(brokerLocation('file:a', '/').durability, 'fsync')
  const said = brokerLocation({ file: 'a', durability: 'os', bytesMax: 5 }, '/')
  assert.equal(said, { directory: '/a', durability: 'os', bytesMax: 5 })
})

test('anything else is no broker', () => {
  for (const name of ['./data', 'nats://127.0.0.1', '']) {
    try {
      brokerLocation(name, '/')
      assert.unreachable(name)
    } catch (error) {
      assert.ok(isMillraceError(error, 'BROKER_UNKNOWN'), String(error))
    }
  }
})

test.run()
