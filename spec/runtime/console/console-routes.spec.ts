// What the console is made of, as a browser gets it.

import { Hono } from 'hono'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { gated } from '#runtime/admin/http-gate'
import { addConsole, CONSOLE_PATHS } from '#runtime/console/console-routes'

const app = new Hono()
addConsole(app)

const typeOf = (path: string): RegExp => {
  if (path.endsWith('.mjs')) return /^text\/javascript;/
  if (path.endsWith('.css')) return /^text\/css;/
  return path.endsWith('.svg') ? /^image\/svg\+xml/ : /^text\/html; charset=utf-8$/
}

test('every part has its type, and a policy that lets nothing in from elsewhere', async () => {
  const parts = CONSOLE_PATHS.filter((path) => path.startsWith('/console/'))
  assert.ok(parts.length > 10)
  for (const path of parts) {
    const response = await app.request(path)
    assert.is(response.status, 200, path)
    assert.match(response.headers.get('content-type') ?? '', typeOf(path), path)
    assert.is(response.headers.get('x-content-type-options'), 'nosniff')
    const policy = (response.headers.get('content-security-policy') ?? '').split('; ')
    assert.is(policy[0], "default-src 'self'")
    for (const rest of policy.slice(1)) assert.match(rest, / 'none'$/)
    assert.ok((await response.text()).length > 0)
  }
})

test('a module asks for no other than those that are served', async () => {
  for (const path of CONSOLE_PATHS.filter((it) => it.endsWith('.mjs'))) {
    const text = await (await app.request(path)).text()
    for (const [, name = ''] of text.matchAll(/^(?:import|export) .*from '(.+)'$/gm)) {
      assert.match(name, /^\.\/[a-z]+\.mjs$/, path)
      assert.ok(CONSOLE_PATHS.includes(`/console/${name.slice(2)}`), `${path} asks for ${name}`)
    }
  }
})

test('the page has no script and no style in it, and names nothing that is elsewhere', async () => {
  const text = await (await app.request('/console/')).text()
  assert.not.match(text, /<style|style=|<script[^>]*>[^<]|https?:|\/\//)
})

test('the short ways lead to it, behind a prefix too', async () => {
  for (const door of ['/', '/console']) {
    const response = await app.request(door)
    assert.equal([response.status, response.headers.get('location')], [302, 'console/'])
  }
})

test('the gate lets everybody see it, and whatever is beside it nobody', async () => {
  const gate = gated(app, undefined)
  for (const path of CONSOLE_PATHS) assert.ok((await gate.request(path)).status < 400, path)
  for (const path of ['/console/secret', '/console/../v1/quarantine', '/console/main.mjs/']) {
    assert.is((await gate.request(path)).status, 403, path)
  }
  assert.is((await gate.request('/console/', { method: 'POST' })).status, 403)
})

test.run()
