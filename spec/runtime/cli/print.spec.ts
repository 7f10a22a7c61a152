// Numbers as people read them.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { age, bytes, short, tableLines } from '#runtime/cli/print'

test('counts are short from ten thousand on', () => {
  const shown = [0, 950, 9999, 10_000, 12_345, 999_949, 4_560_000, 7_890_000_000].map(short)
  assert.equal(shown, ['0', '950', '9999', '10.0 k', '12.3 k', '999.9 k', '4.56 M', '7.89 G'])
})

test('bytes have a unit that fits, and are what they are', () => {
  const shown = [0, 999, 1000, 1500, 12_345, 4_560_000].map(bytes)
  assert.equal(shown, ['0 B', '999 B', '1.0 kB', '1.5 kB', '12.3 kB', '4.56 MB'])
})

test('ages have one unit', () => {
  const ages = [-5, 4000, 119_000, 720_000, 10_800_000, 432_000_000].map(age)
  assert.equal(ages, ['0 s', '4 s', '119 s', '12 min', '3 h', '5 d'])
})

test('a table has columns as wide as what is in them, and nothing at the ends of its lines', async () => {
  assert.equal(
    await tableLines(
      ['A', 'LONG', ''],
      [
        ['much', 1, 'x'],
        ['日本', null, ''],
        ['b', '', ''],
      ],
    ),
    [...['A     LONG', 'much  1     x', '日本  null', 'b']],
  )
  assert.equal(await tableLines(['A', 'B'], []), ['A  B'])
})

test('what a cell holds cannot move the cursor, nor begin another line', async () => {
  const [, line] = await tableLines(['A'], [['a\u001b[2Jb\nc']])
  assert.is(line, 'a·[2Jb·c')
})

test.run()
