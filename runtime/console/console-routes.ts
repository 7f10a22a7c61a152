// The web console: a page, and the modules it is made of as the browser runs them. There is nothing to
// build: they are plain modules whose types are in comments, beside this one in the tree and in dist.
//
// The page loads nothing from elsewhere and runs nothing that is not a file of ours: its policy says so.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Hono } from 'hono'
import { consoleStyle } from './style.ts'

const MODULES = [
  ...['main', 'feed', 'html', 'figures', 'looks', 'table', 'frame', 'pages'],
  ...['overview', 'topology', 'tasks', 'lifechart', 'group', 'rebalance', 'data', 'events'],
  'orders',
]
const HOME = '/console/'
const TYPES = {
  page: 'text/html; charset=utf-8',
  style: 'text/css; charset=utf-8',
  module: 'text/javascript; charset=utf-8',
  icon: 'image/svg+xml',
}
const HEADERS = {
  'content-security-policy':
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  // A host of another version may answer here tomorrow.
  'cache-control': 'no-cache',
}

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Millrace</title>
<link rel="icon" href="icon.svg">
<link rel="stylesheet" href="console.css">
<script type="module" src="main.mjs"></script>
</head>
<body><noscript>The console takes JavaScript. So does everything it shows: /v1/status</noscript></body>
</html>
`

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><g fill="none" stroke="#0d7f86" stroke-width="2" stroke-linecap="round"><path d="M1.5 5q3.2-3 6.5 0t6.5 0"/><path d="M1.5 11q3.2-3 6.5 0t6.5 0"/></g></svg>
`

interface Asset {
  readonly type: string
  text(): string
}

const ASSETS = new Map<string, Asset>([
  [HOME, { type: TYPES.page, text: () => PAGE }],
  [`${HOME}console.css`, { type: TYPES.style, text: () => consoleStyle }],
  [`${HOME}icon.svg`, { type: TYPES.icon, text: () => ICON }],
  [`${HOME}morphdom.mjs`, { type: TYPES.module, text: () => readFileSync(morphdom(), 'utf8') }],
  ...MODULES.map((name): [string, Asset] => [
    `${HOME}${name}.mjs`,
    { type: TYPES.module, text: () => readFileSync(moduleNamed(name), 'utf8') },
  ]),
])
const DOORS = ['/', '/console']

/** Every path of the console, and no other. */
export const CONSOLE_PATHS: readonly string[] = [...DOORS, ...ASSETS.keys()]

export function addConsole(app: Hono): void {
  // Relative, so that it stays behind whatever prefix a proxy put in front.
  for (const door of DOORS) app.get(door, (c) => c.redirect('console/', 302))
  for (const [path, { type, text }] of ASSETS) {
    let kept: string | null = null
    app.get(path, (c) => {
      kept ??= text()
      return c.body(kept, 200, { ...HEADERS, 'content-type': type })
    })
  }
}

const moduleNamed = (name: string): URL => new URL(`./client/${name}.mjs`, import.meta.url)

/** The package names its module for bundlers; browsers get the same file. */
function morphdom(): string {
  const main = createRequire(import.meta.url).resolve('morphdom')
  return join(dirname(main), 'morphdom-esm.js')
}
