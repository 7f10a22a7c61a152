// Whatever is put into a template is text.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { escaped, html } from '../../../../runtime/console/client/html.mjs'

/** What a browser makes of text without tags. */
const read = (text: string): string =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')

test('text has no letter left that means something, and reads as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'<>&"\'/=ab ;#x') }), (text) => {
      assert.not.match(escaped(text), /[<>"']/)
      assert.is(read(escaped(text)), text)
      assert.is(
        html`<b title="${text}">${text}</b>`.text,
        `<b title="${escaped(text)}">${escaped(text)}</b>`,
      )
    }),
  )
})

test('a template inside another is taken as it is, in lists too', () => {
  const items = ['<', 'b'].map((it) => html`<li>${it}</li>`)
  assert.is(html`<ul>${items}</ul>`.text, '<ul><li>&lt;</li><li>b</li></ul>')
})

test('nothing is shown of what is not there, and a nought is', () => {
  assert.is(html`a${null}b${undefined}c${false}d${0}e${''}`.text, 'abcd0e')
})

test.run()
