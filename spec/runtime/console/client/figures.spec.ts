// Numbers as the console shows them.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as figures from '../../../../runtime/console/client/figures.mjs'

const { age, bytes, chart, count, moment, rate } = figures

test('digits stand in groups of three', () => {
  assert.equal([0, 999, 1000, 1_234_567].map(count), [
    '0',
    '999',
    '1\u202f000',
    '1\u202f234\u202f567',
  ])
})

test('a rate below ten keeps a digit, so that little is not nothing', () => {
  assert.equal([0, 0.42, 9.96, 12, 12_345].map(rate), ['0/s', '0.4/s', '10.0/s', '12/s', '12.3K/s'])
})

test('bytes and times take the unit that suits them', () => {
  assert.equal([0, 1023, 1536, 5 * 2 ** 30].map(bytes), ['0 B', '1023 B', '1.5 KiB', '5.0 GiB'])
  const times = [-5, 4999, 61_000, 3_600_000, 12_000_000, 432_000_000]
  assert.equal(times.map(age), ['0 s', '4 s', '1 min', '1 h', '3 h 20 min', '5 d'])
  assert.is(moment(0), '1970-01-01 00:00:00 UTC')
})

test('a chart goes from nothing to its largest value, and breaks where nobody looked', () => {
  const points = [0, 10, 20, 90, 100].map((at) => ({ at, value: at }))
  const { text } = chart(points, { now: 100, spanMs: 100, gapMs: 10, label: '"<lag>"' })
  // The first point is as old as the chart is wide, and not in it.
  assert.match(text, /d="M30\.0 53\.3L60\.0 47\.6M270\.0 7\.7L300\.0 2\.0"/)
  assert.match(text, /aria-label="&quot;&lt;lag&gt;&quot;"/)
  assert.match(chart([], { now: 0, spanMs: 1, gapMs: 1, label: '' }).text, /class="line" d=""/)
})

test.run()
