// Where the records are, as people say it.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import {
  asOption,
  type BrokerOption,
  brokerLocation,
  isNats,
  type NatsLocation,
} from '#runtime/process/broker-location'

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

const nats = (option: BrokerOption) => {
  const location = brokerLocation(option, '/base')
  if (!isNats(location)) throw new Error('it is NATS')
  // What was not said is left out, to compare.
  return JSON.parse(JSON.stringify(location)) as NatsLocation
}

test('NATS is named by its servers, with a login and a namespace where there are some', () => {
  assert.equal(nats('nats://h').nats, { servers: ['h:4222'] })
  assert.equal(nats('nats://h:1,i:2/orders').nats, { servers: ['h:1', 'i:2'], namespace: 'orders' })
  assert.equal(nats('nats://u:p%40@h').nats, { servers: ['h:4222'], user: 'u', password: 'p@' })
  assert.equal(nats('nats://secret@h').nats, { servers: ['h:4222'], token: 'secret' })
  assert.equal(nats('tls://h').nats, { servers: ['h:4222'], tls: {} })
  assert.is(nats('nats://h').directory, '/base/data')
})

test('files of a login are relative to where they were named, and survive being handed on', () => {
  const option = { nats: 'nats://h', credentials: 'a.creds', tls: { ca: 'ca.pem' }, replicas: 3 }
  const location = nats(option)
  const { credentials, tls } = location.nats
  assert.equal([credentials, tls?.ca], ['/base/a.creds', '/base/ca.pem'])
  assert.equal(nats(asOption(location)).nats, location.nats)
})

test('a refusal does not show the login', () => {
  try {
    brokerLocation('nats://u:secret@a b', '/')
    assert.unreachable()
  } catch (error) {
    assert.not.match(String(error), 'secret')
  }
})

test('anything else is no broker', () => {
  for (const name of ['./data', 'http://127.0.0.1', 'nats://', 'nats://a b', 'nats://h/a.b', '']) {
    try {
      brokerLocation(name, '/')
      assert.unreachable(name)
    } catch (error) {
      assert.ok(isMillraceError(error, 'BROKER_UNKNOWN'), String(error))
    }
  }
})

test.run()
