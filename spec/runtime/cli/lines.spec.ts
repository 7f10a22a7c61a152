// Lines are the same however their bytes arrive, and only text is taken for text.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { linesOf, textOf } from '#runtime/cli/lines'

async function linesIn(chunks: readonly Buffer[]): Promise<string[]> {
  const input = async function* () {
    yield* chunks
  }
  const found: string[] = []
  for await (const line of linesOf(input())) found.push(textOf(line))
  return found
}

test('a text cut anywhere, within a letter too, has the same lines', async () => {
  const line = fc.stringMatching(/^[aé€😀]{0,5}$/u)
  const cuts = fc.array(fc.nat(40), { maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(
      fc.array(line),
      fc.constantFrom('\n', '\r\n'),
      cuts,
      async (lines, end, at) => {
        const bytes = Buffer.from(lines.map((it) => it + end).join(''))
        const edges = [0, ...at.map((it) => Math.min(it, bytes.length)), bytes.length].sort(
          (a, b) => a - b,
        )
        const chunks = edges.slice(1).map((to, n) => bytes.subarray(edges[n], to))
        assert.equal(await linesIn(chunks), lines)
      },
    ),
  )
})

test('the last line need not end, and nothing is no line', async () => {
  assert.equal(await linesIn([Buffer.from('a\nb')]), ['a', 'b'])
  assert.equal(await linesIn([Buffer.from('a\n\n')]), ['a', ''])
  assert.equal(await linesIn([]), [])
})

test('bytes that are no text are refused, and a mark at the beginning is kept', () => {
  assert.throws(() => textOf(Buffer.of(0xff, 0xfe)), /not text in UTF-8/)
  assert.is(textOf(Buffer.from('\ufeffa')), '\ufeffa')
})

test.run()
