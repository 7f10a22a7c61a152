// The console in a browser, over documents made up for it: hostile names, and what a person does.

import { Hono } from 'hono'
import * as assert from 'uvu/assert'
import { httpServer } from '#runtime/admin/http-server'
import { Watch } from '#runtime/admin/watch'
import { addConsole } from '#runtime/console/console-routes'
import { systemClock } from '#runtime/process/system-ports'
import { PAGES } from '../../../../runtime/console/client/pages.mjs'
import { browserSuite, untilTrue, watchedPage } from '../../../kit/browser.ts'
import { HOSTILE, hostileState } from './a-state.ts'

await browserSuite('main', async (test, browser) => {
  const { documents } = hostileState()
  const views = Object.fromEntries(
    Object.entries(documents).map(([name, document]) => [name, async () => document]),
  )
  const watch = new Watch(views, systemClock)
  const app = new Hono()
  addConsole(app)
  app.get('/v1/watch', (c) => {
    const stream = watch.stream((c.req.query('views') ?? '').split(','))
    return c.body(stream, 200, { 'content-type': 'text/event-stream' })
  })
  const server = await httpServer({ port: 0 })
  server.serve(app)
  const { page, faults } = await watchedPage(browser, server.url)
  test.after(() => server.close())

  test('a name is text on every page, whatever is in it', async () => {
    await page.goto(`${server.url}/console/`)
    for (const { name } of PAGES) {
      await page.click(`nav a[href="#/${name}"]`)
      await page.locator('main', { hasText: HOSTILE }).waitFor()
      assert.is(await page.locator('img').count(), 0)
    }
    await page.click('nav a[href="#/tasks"]')
    await page.click('td a')
    await page.locator('.details', { hasText: HOSTILE }).waitFor()
    assert.equal(faults, [])
  })

  test('what is typed stays while the page goes on, and so does the focus', async () => {
    await page.keyboard.press('/')
    await page.keyboard.type('onerror')
    const typed = () => page.evaluate('[document.activeElement.type, document.activeElement.value]')
    assert.equal(await typed(), ['search', 'onerror'])
    await page.locator('tbody tr').first().waitFor()
    await page.keyboard.type('zzz')
    await page.locator('.empty', { hasText: 'Nothing has' }).waitFor()
  })

  test('escape closes what is open', async () => {
    await page.keyboard.press('Escape')
    await untilTrue(page, 'location.hash === "#/tasks"')
    await page.locator('.details').waitFor({ state: 'detached' })
  })

  test('only what the open page needs is watched, and nothing when nobody is there', async () => {
    await page.click('nav a[href="#/tree"]')
    while (!watch.asked.includes('tree') || watch.asked.includes('stores')) await page.title()
    assert.equal([...watch.asked].sort(), ['status', 'tasks', 'tree'])
    await page.close()
    while (watch.asked.length > 0) await new Promise((resolve) => setImmediate(resolve))
  })
})
