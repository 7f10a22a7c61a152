// A real browser without a window, driven by playwright-core. Specs need the program `chromium`; where
// it is not, `browserSuite` says how to get it, and that its laws were not run.

import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { suite, type Test } from 'uvu'
import { within } from './within.ts'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome']
const PLACES = ['/usr/bin', '/usr/local/bin', '/snap/bin']
/** Says "never", not "slow". */
const NEVER_MS = 60_000

/** The program, or null. `MILLRACE_CHROMIUM` names another one than that of the system. */
export function chromiumProgram(): string | null {
  const named = process.env['MILLRACE_CHROMIUM']
  if (named !== undefined && named !== '') return named
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...PLACES]
  const files = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)))
  return files.find((file) => existsSync(file)) ?? null
}

export const HOW_TO_GET =
  'chromium is not on this machine (Debian: apt-get install chromium), so nothing was run'

/** A page, and what it did that a page of ours never does. */
export interface Watched {
  readonly page: Page
  /** Requests to others, errors of scripts, what the policy refused, dialogs. */
  readonly faults: readonly string[]
}

/** A page of its own, whose requests go to `origin` alone. */
export async function watchedPage(browser: Browser, origin: string): Promise<Watched> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  page.setDefaultTimeout(NEVER_MS)
  const faults: string[] = []
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) faults.push(`asked for ${request.url()}`)
  })
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('console', (message) => {
    // A request that the host refuses is an error there too, and laws refuse some on purpose.
    const isAnswer = message.text().startsWith('Failed to load resource')
    if (message.type() === 'error' && !isAnswer) faults.push(message.text())
  })
  page.on('dialog', (dialog) => {
    faults.push(`said ${dialog.message()}`)
    void dialog.dismiss()
  })
  return { page, faults }
}

/** Resolves when an expression is true in the page, whose policy lets nobody else wait for one there. */
export function untilTrue(page: Page, expression: string): Promise<void> {
  const isTrue = async (): Promise<void> => {
    while ((await page.evaluate(expression)) !== true);
  }
  return within(NEVER_MS, expression, isTrue())
}

/** Declares and runs laws that need a browser; without the program none is run. */
export async function browserSuite(
  name: string,
  declare: (test: Test, browser: Browser) => void | Promise<void>,
): Promise<void> {
  const test = suite(name)
  const executablePath = chromiumProgram()
  if (executablePath === null) {
    test.skip(HOW_TO_GET)
  } else {
    const browser = await chromium.launch({ executablePath, timeout: NEVER_MS })
    test.after(() => browser.close())
    await declare(test, browser)
  }
  test.run()
}
