// What is not known of lag is shown as not known, and never passes for nothing.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { LagDocument, LagRow } from '#runtime/admin/documents'
import { isBeyond, lagCells, lagSummary } from '#runtime/cli/lag'

const known: LagRow = {
  ...{ topic: 'in', partition: 1, task: 't/a/1', host: 'one', state: 'running.idle' },
  ...{ end: 30_000, committed: 10_000, lag: 20_000 },
}
const absent: LagRow = { ...known, host: null, state: 'absent', committed: null, lag: null }
const document = (...partitions: LagRow[]): LagDocument => ({
  partitions,
  lag: partitions.reduce((sum, { lag }) => sum + (lag ?? 0), 0),
  unknown: partitions.filter(({ lag }) => lag === null).length,
  unanswered: [],
})

test('a partition is a line; what nobody says is a dash', () => {
  assert.equal(lagCells(known), ['in', 1, 30_000, 10_000, '20.0 k', 't/a/1', 'one'])
  assert.equal(lagCells(absent), ['in', 1, 30_000, '-', '-', 't/a/1', '-'])
  assert.is(lagCells({ ...absent, end: null })[2], '-')
})

test('the sum says over how many partitions it is, and how many it leaves out', () => {
  assert.is(lagSummary(document(known)), 'lag 20.0 k in 1 partition')
  assert.is(
    lagSummary(document(known, known, absent)),
    'lag 40.0 k in 2 partitions, unknown in 1 partition',
  )
  assert.is(lagSummary(document()), 'lag 0 in 0 partitions')
})

test('a bound is kept by what is known to keep it', () => {
  assert.equal(
    [20_000, 19_999].map((max) => isBeyond(document(known), max)),
    [false, true],
  )
  assert.ok(isBeyond(document(known, absent), 1_000_000))
})

test.run()
