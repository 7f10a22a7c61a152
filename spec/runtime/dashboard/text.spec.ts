// Text in cells: nothing in it commands the terminal, and it is as wide as it is said to be.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  clean,
  columnsOf,
  columnsOfLine,
  cut,
  cutLine,
  fill,
  span,
  wrap,
} from '#runtime/dashboard/text'

const anyText = fc.string({ unit: 'binary', maxLength: 40 })

test('letters of East Asia and pictures take two columns, marks none', () => {
  assert.equal(
    ['abc', '字', '👍', 'e\u0301', 'x\u0323', '▁█│'].map((it) => columnsOf(clean(it))),
    [...[3, 2, 2, 1, 1, 3]],
  )
})

test('what commands a terminal, or turns text round, is not in it', () => {
  assert.is(clean('\u001b[31mred\n\u202etxt\u0007'), '·[31mred·txt·')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
  const command = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/
  fc.assert(fc.property(anyText, (text) => !command.test(clean(text))))
})

test('a text is cut to a width with a sign that something is missing', () => {
  assert.equal(
    [5, 4, 1, 0].map((width) => cut('whale', width)),
    ['whale', 'wha…', '…', ''],
  )
  assert.is(cut('字字字', 4), '字…')
})

test('filled text has exactly its width, unless a wide letter would be cut through', () => {
  assert.equal([fill('ab', 4), fill('ab', 4, 'right')], ['ab  ', '  ab'])
  const width = fc.nat(30)
  fc.assert(
    fc.property(anyText, width, fc.constantFrom('left', 'right'), (text, columns, align) => {
      assert.is(columnsOf(fill(clean(text), columns, align as 'left' | 'right')), columns)
    }),
  )
})

test('a line is cut span by span', () => {
  const line = [span('one ', 'bold'), span('two', 'bad'), span(' three')]
  const cutTo = (width: number): string =>
    cutLine(line, width)
      .map((it) => it.text)
      .join('|')
  assert.equal([13, 9, 7, 5, 0].map(cutTo), [
    'one |two| three',
    'one |two| …',
    'one |two',
    'one |…',
    '',
  ])
  fc.assert(
    fc.property(fc.array(anyText), fc.nat(30), (texts, width) => {
      const spans = texts.map((text) => span(text))
      assert.ok(columnsOfLine(cutLine(spans, width)) <= width)
    }),
  )
})

test('long text is broken at spaces, and loses nothing but those', () => {
  assert.equal(wrap('to be or not to be', 9), ['to be or', 'not to be'])
  assert.equal(wrap('unbreakable', 4), ['unbr', 'eaka', 'ble'])
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '字'), maxLength: 40 })
  fc.assert(
    fc.property(letters, fc.integer({ min: 2, max: 12 }), (text, width) => {
      const lines = wrap(text, width)
      assert.ok(lines.every((line) => columnsOf(line) <= width))
      assert.is(lines.join('').replaceAll(' ', ''), text.replaceAll(' ', ''))
    }),
  )
})

test.run()
