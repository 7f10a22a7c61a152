// What is read back of the tables that benchmarks keep.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Figure, tableOf } from './harness.ts'
import { recordedRatios } from './recorded.ts'

const table = (title: string, ratio: number): string => {
  const figure: Figure = { name: 'one, quickly', value: 17, unit: '/s' }
  const rows = [figure, { ...figure, ratio: { to: 'a loop of its own', value: ratio } }]
  return tableOf(title, [...rows, { ...figure, name: 'many', ratio: { to: 'few', value: 56_789 } }])
}

const all = (): boolean => true

test('a ratio that is recorded is read back as it was shown', () => {
  const found = recordedRatios(`# Results\n\nWords of ours.\n${table('smoke', 0.3954)}`, all)
  const wanted = [
    ['one, quickly, of a loop of its own', 0.395],
    ['many, of few', 56_800],
  ]
  assert.equal([...found], wanted)
})

test('of several tables the newest counts, and those that are not wanted do not', () => {
  const titles = ['smoke', 'smoke', 'a join: two streams']
  const text = titles.map((title, n) => table(title, n + 1)).join('')
  const ratio = (isWanted: (title: string) => boolean): number | undefined =>
    recordedRatios(text, isWanted).get('one, quickly, of a loop of its own')
  assert.is(
    ratio((title) => title === 'smoke'),
    2,
  )
  assert.is(
    ratio((title) => title === 'a join: two streams'),
    3,
  )
  assert.is(
    ratio(() => false),
    undefined,
  )
})

test.run()
