// From lines to a terminal: what is sent makes a terminal show the lines, and only what changed is sent.

import xterm from '@xterm/headless'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Grid, gridOf, paint } from '#runtime/dashboard/paint'
import { type Line, span, type Tone } from '#runtime/dashboard/text'

const SIZE = { width: 12, height: 4 }

class Shown {
  readonly #terminal = new xterm.Terminal({
    ...{ cols: SIZE.width, rows: SIZE.height, allowProposedApi: true },
  })

  write(text: string): Promise<void> {
    return new Promise((resolve) => this.#terminal.write(text, resolve))
  }

  get lines(): string[] {
    const { active } = this.#terminal.buffer
    return Array.from(
      { length: SIZE.height },
      (_, row) => active.getLine(row)?.translateToString(true) ?? '',
    )
  }
}

const rows = (grid: Grid): string[] =>
  grid.map((row) =>
    row
      .map(({ text }) => text)
      .join('')
      .trimEnd(),
  )

const tones: readonly Tone[] = ['plain', 'bold', 'bad', 'marked']
const aSpan = fc
  .tuple(
    fc.string({ unit: fc.constantFrom('a', 'b', ' ', '字', 'é'), maxLength: 9 }),
    fc.constantFrom(...tones),
  )
  .map(([text, tone]) => span(text, tone))
const aScreen: fc.Arbitrary<readonly Line[]> = fc.array(fc.array(aSpan, { maxLength: 3 }), {
  maxLength: 5,
})

test('whatever was there before, a terminal shows what was painted', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(aScreen, { minLength: 1, maxLength: 5 }), async (screens) => {
      const shown = new Shown()
      let before: Grid | null = null
      for (const lines of screens) {
        const grid = gridOf(lines, SIZE)
        await shown.write(`\u001b[?7l${paint(before, grid, true)}`)
        assert.equal(
          shown.lines.map((line) => line.trimEnd()),
          rows(grid),
        )
        before = grid
      }
    }),
    { numRuns: 60 },
  )
})

test('what is there already is not sent again', () => {
  const before = gridOf([[span('lag 12')], [span('one')]], SIZE)
  assert.is(paint(before, before, true), '')
  const after = gridOf([[span('lag 13')], [span('one')]], SIZE)
  assert.is(paint(before, after, true), '\u001b[1;6H\u001b[0m3')
})

test('a screen of another size is drawn anew', () => {
  const before = gridOf([[span('a')]], SIZE)
  const after = gridOf([[span('a')]], { width: 11, height: 4 })
  assert.match(paint(before, after, true), '\u001b[2J')
  assert.match(paint(null, after, true), '\u001b[2J')
})

test('without colours, bold and reversed say what colours said', () => {
  const grid = gridOf([[span('a', 'bad'), span('b', 'good'), span('c', 'marked')]], SIZE)
  assert.match(paint(null, grid, true), '\u001b[0;1;31ma\u001b[0;32mb\u001b[0;7mc')
  const plain = paint(null, grid, false)
  assert.match(plain, '\u001b[0;1ma\u001b[0mb\u001b[0;7mc')
  assert.not.match(plain, ';3')
})

test.run()
