// The admin API on its socket, asked as the command line asks it.

import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Hono } from 'hono'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { askAdmin } from '#runtime/admin/admin-client'
import { adminServer } from '#runtime/admin/admin-server'
import { codeOf } from '../../actors/host/host-world.ts'
import { tempDir } from '../../kit/temp-dir.ts'

test('a server that has nothing to serve yet says that it starts', async () => {
  const server = await adminServer()
  assert.is(await codeOf(askAdmin(server.socket, '/alive')), 'STARTING')
  server.serve(new Hono().get('/alive', (c) => c.json({ alive: true })))
  assert.equal(await askAdmin(server.socket, '/alive'), { alive: true })
  await server.close()
})

test('only its owner may use the socket, and nothing of it stays', async () => {
  const server = await adminServer()
  assert.is(statSync(server.socket).mode & 0o777, 0o600)
  assert.is(statSync(dirname(server.socket)).mode & 0o777, 0o700)
  await server.close()
  assert.not(existsSync(dirname(server.socket)))
  assert.is(await codeOf(askAdmin(server.socket, '/alive')), 'HOST_AWAY')
})

test('what is said goes there, and a refusal comes back as it was', async () => {
  const server = await adminServer()
  const app = new Hono()
  app.post('/echo', async (c) => c.json({ said: await c.req.json() }))
  app.get('/no', (c) => c.json({ error: { code: 'NO_NO', what: 'it is not', hint: 'so' } }, 400))
  server.serve(app)
  assert.equal(await askAdmin(server.socket, '/echo', { a: 'ä' }), { said: { a: 'ä' } })
  assert.is(await codeOf(askAdmin(server.socket, '/no')), 'NO_NO')
  await server.close()
})

test('where no socket can be made, that is said and nothing stays', async () => {
  const before = process.env['TMPDIR']
  for (const directory of [join(tempDir(), 'none'), join(tempDir(), 'x'.repeat(120))]) {
    process.env['TMPDIR'] = directory
    assert.is(await codeOf(adminServer()), 'SOCKET_UNUSABLE')
  }
  if (before === undefined) delete process.env['TMPDIR']
  else process.env['TMPDIR'] = before
})

test.run()
