// Facts are free, everything else takes the token, and what nobody thought of is not free.

import { Hono } from 'hono'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { gated } from '#runtime/admin/http-gate'

const TOKEN = 'a token of some length'
const FREE = [
  ...['/metrics', '/alive', '/ready', '/v1/status', '/v1/tasks', '/v1/tree'],
  ...['/v1/lag', '/v1/stores', '/v1/watch', '/', '/console/', '/console/main.mjs'],
]
const CLOSED = [
  ...['/v1/stores/counts', '/v1/stores/', '/v1/quarantine', '/v1/mail', '/v2/status', '/console/x'],
  ...['/metrics/', '//metrics', '/v1/%73tatus/x', '/v1/status/../quarantine/x'],
]

const open = new Hono()
open.all('*', (c) => c.json({ path: c.req.path }))

async function ask(
  gate: Hono,
  path: string,
  init: RequestInit & { readonly shows?: string } = {},
): Promise<string> {
  const headers = init.shows === undefined ? {} : { authorization: init.shows }
  const response = await gate.request(path, { ...init, headers })
  if (response.status === 200) return 'ok'
  const { error } = (await response.json()) as { error: { code: string; hint?: string } }
  assert.ok(error.hint !== undefined)
  return `${response.status} ${error.code}`
}

test('facts are for everybody', async () => {
  for (const gate of [gated(open, undefined), gated(open, TOKEN)]) {
    for (const path of FREE) assert.is(await ask(gate, path), 'ok', path)
  }
})

test('without a token of the host nobody changes anything, or sees what records hold', async () => {
  const gate = gated(open, undefined)
  for (const path of CLOSED) {
    assert.is(await ask(gate, path), '403 READ_ONLY', path)
    assert.is(await ask(gate, path, { shows: 'Bearer ' }), '403 READ_ONLY', path)
  }
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
    for (const path of FREE) assert.is(await ask(gate, path, { method }), '403 READ_ONLY')
  }
})

test('who shows the token may do everything, who does not or shows another, nothing more', async () => {
  const gate = gated(open, TOKEN)
  for (const path of CLOSED) {
    for (const shows of [undefined, 'Bearer', `Bearer ${TOKEN}x`, `Basic ${TOKEN}`, TOKEN]) {
      const init = shows === undefined ? {} : { shows }
      assert.is(await ask(gate, path, init), '401 TOKEN_WRONG', `${path} ${shows}`)
    }
    assert.is(await ask(gate, path, { shows: `Bearer ${TOKEN}` }), 'ok', path)
    assert.is(await ask(gate, path, { shows: `bearer ${TOKEN}`, method: 'POST' }), 'ok', path)
  }
})

test('a body that is too long is refused before anybody reads it', async () => {
  const gate = gated(open, TOKEN)
  const init = { method: 'POST', body: 'x'.repeat(2 * 1024 * 1024) }
  const headers = { authorization: `Bearer ${TOKEN}` }
  assert.is((await gate.request('/v1/orders', { ...init, headers })).status, 413)
})

test.run()
