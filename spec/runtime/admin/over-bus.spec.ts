// The admin API over the bus of a broker: what it answers over HTTP it answers there, and what cannot be
// one message is refused.

import { Hono } from 'hono'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Bus } from '#protocols/broker/broker'
import { requestTimeout } from '#protocols/broker/errors'
import { isMillraceError, MillraceError } from '#protocols/core/errors'
import { askOverBus, hostsOnBus, serveOverBus } from '#runtime/admin/over-bus'
import { fromWire, toWire } from '#runtime/process/wire'
import { memoryBrokers } from '../../stores/log/brokers.ts'

const application = 'app'

function apiOf(name: string, told: unknown[] = []): Hono {
  const app = new Hono()
  app.get('/v1/status', (c) => c.json({ name, view: c.req.query('view') ?? null }))
  app.post('/v1/orders', async (c) => {
    told.push(await c.req.json())
    return c.json({ name })
  })
  app.get('/v1/watch', (c) => c.body('data: 1\n\n', 200, { 'content-type': 'text/event-stream' }))
  app.onError((error, c) => c.json({ error: { code: 'BAD', what: error.message } }, 400))
  app.get('/v1/bad', () => {
    throw new Error('not today')
  })
  return app
}

const world = () => {
  const open = memoryBrokers()
  return { host: open(), client: open() }
}

const codeOf = async (asked: Promise<unknown>): Promise<string> => {
  try {
    await asked
  } catch (thrown) {
    return isMillraceError(thrown) ? thrown.code : String(thrown)
  }
  return 'none'
}

test('a question is answered as over HTTP: what is read, what is told, what is refused', async () => {
  const { host, client } = world()
  const told: unknown[] = []
  const stop = await serveOverBus(host.bus, { application, host: 'one' }, apiOf('one', told))
  const ask = (path: string, body?: unknown) =>
    askOverBus(
      client.bus,
      { application, hosts: ['one'] },
      body === undefined ? { path } : { path, body },
    )
  const read = await ask('/v1/status?view=a%20b')
  assert.equal([read.status, JSON.parse(read.text)], [200, { name: 'one', view: 'a b' }])
  const order = { task: 't/a/0', order: 'pause', by: 'me' }
  assert.is((await ask('/v1/orders', order)).status, 200)
  assert.equal(told, [order])
  const bad = await ask('/v1/bad')
  assert.equal([bad.status, JSON.parse(bad.text).error.code], [400, 'BAD'])
  assert.is((await ask('/v1/nothing')).status, 404)
  assert.equal(await hostsOnBus(client.bus, application), ['one'])
  stop()
  await host.close()
  await client.close()
})

test('what is answered without an end is refused, and so is a version that is not known', async () => {
  const { host, client } = world()
  await serveOverBus(host.bus, { application, host: 'one' }, apiOf('one'))
  const watch = await askOverBus(client.bus, { application, hosts: ['one'] }, { path: '/v1/watch' })
  assert.equal([watch.status, JSON.parse(watch.text).error.code], [400, 'ANSWER_ENDLESS'])
  const newer = toWire({ version: 2, path: '/v1/status' })
  const answer = fromWire<{ body: string }>(await client.bus.request('app/admin/one', newer, 1000))
  assert.is(JSON.parse(answer.body).error.code, 'ADMIN_VERSION')
  await host.close()
  await client.close()
})

test('a host that is gone is passed over; without any it is said', async () => {
  const { host, client } = world()
  await serveOverBus(host.bus, { application, host: 'two' }, apiOf('two'))
  const hosts = ['one', 'two']
  const { text } = await askOverBus(client.bus, { application, hosts }, { path: '/v1/status' })
  assert.is(JSON.parse(text).name, 'two')
  const asked = askOverBus(client.bus, { application, hosts: ['one'] }, { path: '/v1/status' })
  assert.is(await codeOf(asked), 'HOST_AWAY')
  await host.close()
  await client.close()
})

test('a host that is silent is passed over by a question, and never by an order', async () => {
  const asked: string[] = []
  const bus: Pick<Bus, 'request'> = {
    request: async (subject) => {
      asked.push(subject)
      if (subject.endsWith('/one')) throw requestTimeout(subject, 1)
      return toWire({ version: 1, status: 200, body: '{}' })
    },
  }
  const those = { application, hosts: ['one', 'two'] }
  await askOverBus(bus as Bus, those, { path: '/v1/status' })
  assert.equal(asked, ['app/admin/one', 'app/admin/two'])
  const order = askOverBus(bus as Bus, those, { path: '/v1/orders', body: {} })
  assert.is(await codeOf(order), 'REQUEST_TIMEOUT')
  assert.equal(asked.slice(2), ['app/admin/one'])
})

test('what the bus itself refuses is no silence', async () => {
  const full = new MillraceError({ code: 'LOG_FULL', what: 'no room' })
  const bus = { request: () => Promise.reject(full) } as unknown as Bus
  const asked = askOverBus(bus, { application, hosts: ['one', 'two'] }, { path: '/v1/status' })
  assert.is(await codeOf(asked), 'LOG_FULL')
})

test.run()
