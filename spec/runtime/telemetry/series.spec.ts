// Samples of the last minutes: kept as long as a rule looks back, and no longer than they are told.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { METRICS } from '#runtime/telemetry/metrics'
import type { Sample } from '#runtime/telemetry/samples'
import { SeriesLog } from '#runtime/telemetry/series'

const lag = (task: string, value: number): Sample => ({
  ...{ metric: METRICS.taskLag, labels: { task }, value },
})
const shown = (log: SeriesLog) =>
  log.all.map(({ labels, points }) => [labels['task'], ...points.map(({ value }) => value)])

test('what is told again goes on, what is not is gone', () => {
  const log = new SeriesLog()
  log.add(0, [lag('a', 1), lag('b', 2)])
  log.add(5000, [lag('b', 3)])
  assert.equal(shown(log), [['b', 2, 3]])
})

test('ten minutes are kept', () => {
  const log = new SeriesLog()
  for (let minute = 0; minute <= 12; minute++) log.add(minute * 60_000, [lag('a', minute)])
  assert.equal(shown(log), [['a', ...[3, 4, 5, 6, 7, 8, 9, 10, 11, 12]]])
})

test('after a minute without a look all begins anew, and that is said', () => {
  const log = new SeriesLog()
  assert.is(log.add(0, [lag('a', 1)]), false)
  assert.is(log.add(60_000, [lag('a', 2)]), true)
  assert.is(log.add(120_001, [lag('a', 3)]), false)
  assert.equal(shown(log), [['a', 3]])
})

test.run()
