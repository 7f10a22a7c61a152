// The recording in the README: what everybody sees first.

import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { TABS } from '#runtime/dashboard/tabs'
import { terminalSvg } from './terminal-svg.ts'

const svg = readFileSync(new URL('top.svg', import.meta.url), 'utf8')

test('it is light, runs nothing and asks nobody', () => {
  assert.ok(svg.length < 100_000, `${svg.length} bytes`)
  assert.not.match(svg, /<script|<image|<foreignObject|url\(|@import|href="(?!#)/)
})

test('it shows the tabs that there are', () => {
  for (const [n, { name }] of TABS.entries()) assert.match(svg, `${n + 1} ${name}`)
})

test('the README shows it', () => {
  assert.match(
    readFileSync(new URL('../../README.md', import.meta.url), 'utf8'),
    '(spec/guide/top.svg)',
  )
})

test('a picture keeps columns and colours, and a line that comes again is drawn once', () => {
  const run = { text: 'a<b', column: 4, colour: 2, isBold: true, isDim: false, isInverse: false }
  const picture = { lines: [[run], []], ms: 500 }
  const drawn = terminalSvg([picture, picture], { title: 't', still: 1 })
  assert.is([...drawn.matchAll(/a&lt;b/g)].length, 1)
  assert.is([...drawn.matchAll(/<use /g)].length, 2)
  assert.match(drawn, /<text x="49\.6" textLength="25\.2"[^>]* class="b">/)
  assert.match(drawn, /#f1\{visibility:visible\}/)
})

test.run()
