// The web console of a real host in a real browser: every page, at every width, in the light and in the
// dark, until the host is gone. PICTURES=directory keeps pictures of the pages.

import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import { browserSuite, untilTrue, watchedPage } from '../kit/browser.ts'
import { HostProcess, manifestIn, millrace } from '../kit/host-process.ts'
import { tempDir } from '../kit/temp-dir.ts'

const TOKEN = 'a token of this host alone'
const PAGES = [
  ...['overview', 'topology', 'tasks', 'hosts', 'tree'],
  ...['rebalance', 'stores', 'topics', 'errors', 'events'],
]
/** What is on a page as soon as the host has said it. */
const SAYS: Readonly<Record<string, string>> = {
  overview: 'Every task runs and every host answers.',
  tasks: 'wordcount/counts/1',
  hosts: 'coordinator',
  tree: 'wordcount:counts:1',
  stores: 'wordcount/counts/1',
  topics: 'words.wordcount.counts.repartition',
  topology: 'flatMapValues',
  rebalance: 'Every task is where the placement wants it.',
  errors: 'No task has failed, and every host answers.',
  events: 'COORDINATOR_ELECTED',
}

const open = async (page: Page, name: string): Promise<void> => {
  await page.click(`nav a[href="#/${name}"]`)
  await page.locator('main', { hasText: SAYS[name] ?? '' }).waitFor()
}

interface World {
  readonly page: Page
  readonly directory: string
  readonly host: HostProcess
  readonly url: string
  picture(name: string): Promise<unknown>
}

await browserSuite('console', async (test, browser) => {
  const directory = tempDir()
  const manifest = manifestIn(directory, {
    ...{ application: 'words', workers: 1, partitions: 2, log: 'error' },
    http: { port: 0, token: TOKEN },
    actors: [
      { topology: fileURLToPath(new URL('../examples/wordcount/wordcount.ts', import.meta.url)) },
    ],
  })
  const host = new HostProcess(manifest, ['--id', 'one'])
  const { http: url } = JSON.parse(await host.ready()) as { http: string }
  const { page, faults } = await watchedPage(browser, url)
  const pictures = process.env['PICTURES'] ?? tempDir()
  const picture = (name: string) => page.screenshot({ path: join(pictures, `${name}.png`) })
  const world: World = { page, directory, host, url, picture }
  look(test, world)
  work(test, world)
  judge(test, world)
  command(test, world)
  end(test, world)

  test('it never asked anybody else, and its policy had nothing to refuse', () => {
    assert.equal(faults, [])
  })
})

function look(test: Test, { page, url, picture }: World): void {
  test('the address of the host leads to the console, which says that the application is well', async () => {
    await page.goto(url)
    await page.locator('.verdict', { hasText: /^●well$/ }).waitFor()
    assert.is(new URL(page.url()).pathname, '/console/')
  })

  test('every page is a click away, and is drawn in the light and in the dark', async () => {
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme })
      for (const name of PAGES) {
        await open(page, name)
        await picture(`${scheme}-${name}`)
      }
      const ground = String(await page.evaluate('getComputedStyle(document.body).backgroundColor'))
      const [red = 0] = ground.match(/\d+/g)?.map(Number) ?? []
      assert.is(red > 128, scheme === 'light', ground)
    }
  })

  test('every page fits the width of a phone, and is read from its top', async () => {
    await page.setViewportSize({ width: 390, height: 720 })
    for (const name of PAGES) {
      await open(page, name)
      assert.is(await page.evaluate('scrollY'), 0, name)
      await picture(`phone-${name}`)
      assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), name)
    }
    await page.setViewportSize({ width: 1280, height: 800 })
  })
}

function work(test: Test, { page, directory, picture }: World): void {
  test('what happens is shown without asking: records, in the tasks that took them', async () => {
    await open(page, 'tasks')
    const lines = ['to be or not to be', 'a rose is a rose', 'be'].join('\n')
    assert.is((await millrace(['produce', 'lines'], lines, directory)).code, 0)
    const records = '[...document.querySelectorAll("tbody td:nth-child(8)")]'
    await untilTrue(page, `${records}.reduce((sum, it) => sum + Number(it.textContent), 0) === 15`)
  })

  test('a task opens with all about it, by keys alone', async () => {
    await page.keyboard.press('/')
    await page.keyboard.type('lines/0')
    await untilTrue(page, 'document.querySelectorAll("tbody tr").length === 1')
    await page.locator('td a').focus()
    await page.keyboard.press('Enter')
    await page.locator('.details', { hasText: 'Positions' }).waitFor()
    // Its life is drawn, and where it is in it is marked.
    await page.locator('.life .box.here').waitFor()
    await picture('task')
    await page.keyboard.press('Escape')
    await page.locator('.details').waitFor({ state: 'detached' })
    await page.fill('[data-do=filter]', '')
    await page.locator('button[data-sort=task]').focus()
    await page.keyboard.press('Enter')
    await page.keyboard.press('Enter')
    await page.locator('th[aria-sort=descending]', { hasText: 'Task' }).waitFor()
    const first = await page.locator('td a').first().textContent()
    assert.is(first, 'wordcount/lines/1')
  })

  test('rows of a store take the token, and are shown with it', async () => {
    await open(page, 'stores')
    await page.fill('input[name=key]', 'be')
    await page.click('form button')
    await page.locator('[role=alert]', { hasText: 'TOKEN_WRONG' }).waitFor()
    await page.fill('input[name=token]', TOKEN)
    await page.keyboard.press('Enter')
    await page.locator('[role=region][aria-label=Rows] tbody tr', { hasText: /^be3$/ }).waitFor()
    await page.fill('input[name=key]', '')
    await page.keyboard.press('Enter')
    await page.locator('[role=status]', { hasText: '7 rows of counts' }).waitFor()
    await picture('rows')
  })

  test('a store is a click away, and so are the records of a topic', async () => {
    await page.click('[data-store=counts] >> nth=0')
    await page.locator('[role=status]', { hasText: '7 rows of counts' }).waitFor()
    await open(page, 'topics')
    await page.selectOption('select[name=topic]', 'lines')
    await page.click('form[data-do=peek] button')
    await page.locator('[role=region][aria-label=Records]', { hasText: 'a rose is' }).waitFor()
    await picture('records')
  })
}

function judge(test: Test, { page, directory, picture }: World): void {
  test('commits that are made while somebody looks have a time, alone and from end to end', async () => {
    await open(page, 'overview')
    // The host looks every few seconds, and what came between two looks is counted.
    const produce = () => millrace(['produce', 'lines'], 'a rose is a rose', directory)
    for (const title of ['Commits', 'From end to end']) {
      const panel = page.locator('.panel', { has: page.locator(`h2:text("${title}")`) })
      while ((await panel.locator('text=/\\d ms/').count()) < 2) {
        assert.is((await produce()).code, 0)
      }
    }
    await picture('latency')
  })

  test('what goes along the ways of a topology is drawn while it goes', async () => {
    await open(page, 'topology')
    let isSeen = false
    const seen = page
      .locator('.dag .rate')
      .first()
      .waitFor()
      .finally(() => {
        isSeen = true
      })
    while (!isSeen) assert.is((await millrace(['produce', 'lines'], 'rose', directory)).code, 0)
    await seen
    await picture('edges')
    await open(page, 'overview')
  })

  test('an alert that fires is there with what it is about and what to do, until it is mended', async () => {
    const task = 'wordcount/lines/0'
    const told = (verb: string) => millrace(['task', verb, task, '--yes'], '', directory)
    assert.is((await told('quarantine')).code, 0)
    const alert = page.locator('.alerts li', { hasText: 'MillraceTaskQuarantined' })
    await alert.filter({ hasText: `Task ${task} waits for an operator.` }).waitFor()
    await alert.filter({ hasText: 'millrace task restart' }).waitFor()
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme })
      await picture(`${scheme}-alert`)
    }
    assert.is((await told('restart')).code, 0)
    await alert.waitFor({ state: 'detached' })
  })
}

/** What the person at the page tells the host, each time after a question. */
function command(test: Test, { page, picture }: World): void {
  const confirm = async (reason: string): Promise<void> => {
    await page.fill('dialog input[name=reason]', reason)
    await page.click('dialog button[type=submit]')
  }

  test('an order takes a confirmation, and Escape or Cancel is none', async () => {
    await open(page, 'tasks')
    await page.click('td a[href="#/tasks/active%20one%20wordcount%2Fcounts%2F0"]')
    await page.click('.details [data-order] >> nth=0')
    await page.locator('dialog[open]', { hasText: 'pause wordcount/counts/0?' }).waitFor()
    await picture('question')
    await page.keyboard.press('Escape')
    await page.locator('dialog').waitFor({ state: 'detached' })
    // The page behind it was not left, and who was there has the focus again.
    assert.is(await page.evaluate('document.activeElement.textContent'), 'pause')
    await page.keyboard.press('Enter')
    await page.click('dialog [data-do=cancel]')
    await page.locator('dialog').waitFor({ state: 'detached' })
    await page.locator('.details', { hasText: 'running' }).waitFor()
  })

  test('an order takes the token: a wrong one changes nothing and can be mended on the spot', async () => {
    await page.click('.details [data-order] >> nth=0')
    await page.fill('dialog input[name=token]', 'another token of nobody')
    await confirm('a look')
    await page.locator('dialog [role=alert]', { hasText: 'TOKEN_WRONG' }).waitFor()
    await page.fill('dialog input[name=token]', TOKEN)
    await page.keyboard.press('Enter')
    await page.locator('.note', { hasText: 'Told: pause wordcount/counts/0' }).waitFor()
    await page.locator('.life .box.here', { hasText: 'paused' }).waitFor()
    await page.locator('.timeline', { hasText: 'TASK_ORDERED' }).waitFor()
    await picture('paused')
    await page.click('.details [data-order]:text("resume")')
    await confirm('')
    await page.locator('.details', { hasText: 'running' }).waitFor()
    await page.click('.details [data-order]:text("restart")')
    await confirm('')
    await page.locator('.timeline', { hasText: 'told to restart' }).waitFor()
    await page.locator('.stays', { hasText: /running.*paused.*running/ }).waitFor()
    await page.keyboard.press('Escape')
  })

  test('a host is drained, the placement frozen, and all of it told among the events', async () => {
    await open(page, 'hosts')
    await page.click('[data-order]:text("drain")')
    await confirm('a new disk')
    await page.locator('tbody tr', { hasText: 'draining' }).waitFor()
    await page.click('[data-order]:text("undrain")')
    await confirm('')
    await page.locator('tbody tr', { hasText: 'active' }).waitFor()
    await open(page, 'rebalance')
    await page.click('[data-order]:text("freeze")')
    await confirm('')
    await page.locator('.bar', { hasText: 'frozen' }).waitFor()
    await picture('frozen')
    await page.click('[data-order]:text("unfreeze")')
    await confirm('')
    await open(page, 'events')
    await page.locator('tbody tr', { hasText: /DRAIN.*console.*a new disk/ }).waitFor()
    await page.locator('tbody tr', { hasText: /UNFREEZE.*console/ }).waitFor()
    await picture('events')
  })
}

function end(test: Test, { page, host, picture }: World): void {
  test('when the host is gone the page stays and says that what it shows is old', async () => {
    await open(page, 'overview')
    await host.signal('SIGTERM')
    await page.locator('[role=alert]', { hasText: 'The host does not answer' }).waitFor()
    await page.locator('.verdict', { hasText: 'well' }).waitFor()
    await picture('gone')
  })
}
