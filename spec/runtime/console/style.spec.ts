// The look of the console, as far as it can be checked without eyes.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { consoleStyle } from '#runtime/console/style'

const colours = (text: string): Map<string, string> =>
  new Map(
    [...text.matchAll(/(--[a-z-]+): (#[0-9a-f]{6});/g)].map(([, name = '', it = '']) => [name, it]),
  )

const [light = '', dark = ''] = [...consoleStyle.matchAll(/:root \{[^}]+\}/g)].map(([it]) => it)

/** Relative luminance, as WCAG has it. */
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (high + 0.05) / (low + 0.05)
}

test('every colour is there in the light and in the dark, and no other is used', () => {
  assert.equal([...colours(dark).keys()], [...colours(light).keys()])
  for (const [, name = ''] of consoleStyle.matchAll(/var\((--[a-z-]+)\)/g)) {
    assert.ok(colours(light).has(name), name)
  }
})

test('words can be read on every ground that they stand on', () => {
  const pairs = [
    ...['ground', 'panel', 'raised', 'tint'].flatMap((ground) => [`ink ${ground}`]),
    ...['quiet ground', 'quiet panel', 'accent panel', 'accent ground', 'warn panel'],
    ...['bad panel', 'bad bad-tint', 'ink bad-tint', 'panel accent', 'panel bad', 'accent tint'],
  ]
  for (const scheme of [light, dark]) {
    for (const pair of pairs) {
      const [word = '', ground = ''] = pair.split(' ').map((it) => colours(scheme).get(`--${it}`))
      const found = contrast(word, ground)
      assert.ok(found >= 4.5, `${pair}: ${found.toFixed(2)}`)
    }
  }
})

test('nothing is loaded', () => {
  assert.not.match(consoleStyle, /url\(|@import|@font-face/)
})

test.run()
