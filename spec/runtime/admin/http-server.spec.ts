// The admin API on a port: for this machine alone unless it was told otherwise.

import { Hono } from 'hono'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { httpServer } from '#runtime/admin/http-server'
import { codeOf } from '../../actors/host/host-world.ts'

const app = new Hono()
app.get('/v1/status', (c) => c.json({ application: 'app' }))

test('it listens on 127.0.0.1, and says where', async () => {
  const server = await httpServer({ port: 0 })
  assert.match(server.url, /^http:\/\/127\.0\.0\.1:\d+$/)
  server.serve(app)
  const response = await fetch(`${server.url}/v1/status`)
  assert.equal(await response.json(), { application: 'app' })
  assert.is((await fetch(`${server.url}/v1/orders`, { method: 'POST' })).status, 403)
  await server.close()
})

test('a process that starts is alive and not ready', async () => {
  const server = await httpServer({ port: 0 })
  assert.is((await fetch(`${server.url}/alive`)).status, 200)
  const ready = await fetch(`${server.url}/ready`)
  const { error } = (await ready.json()) as { error: { code: string } }
  assert.equal([ready.status, error.code], [503, 'STARTING'])
  await server.close()
})

test('a port that is taken, and an address that is not ours, are refused with a code', async () => {
  const server = await httpServer({ port: 0 })
  const port = Number(new URL(server.url).port)
  assert.is(await codeOf(httpServer({ port })), 'PORT_TAKEN')
  // An address for documentation: no machine has it.
  assert.is(await codeOf(httpServer({ port: 0, address: '192.0.2.1' })), 'PORT_UNUSABLE')
  await server.close()
  const again = await httpServer({ port })
  await again.close()
})

test.run()
