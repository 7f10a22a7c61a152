// Boards ask for metrics that there are, by labels that they have, and leave none out.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FOREIGN_METRICS } from '#runtime/telemetry/alerts'
import { BOARDS } from '#runtime/telemetry/dashboards'
import { ALL_METRICS, COMMON_LABELS, seriesOf } from '#runtime/telemetry/metrics'
import { askedIn } from './asked.ts'

const panels = BOARDS.flatMap((board) => board.panels.map((panel) => ({ board, ...panel })))

test('every question is about metrics of the list, or of the process', () => {
  const known = new Set([...ALL_METRICS.flatMap(seriesOf), ...FOREIGN_METRICS])
  for (const { board, title, queries } of panels) {
    for (const { expr } of queries) {
      const names = askedIn(expr)
      assert.ok(names.length > 0, `${board.title}, ${title}`)
      for (const name of names) assert.ok(known.has(name), `${board.title}, ${title}: ${name}`)
    }
  }
})

test('every metric is shown on a board', () => {
  const shown = new Set(
    panels.flatMap(({ queries }) => queries.flatMap(({ expr }) => askedIn(expr))),
  )
  for (const metric of ALL_METRICS) {
    assert.ok(
      seriesOf(metric).some((name) => shown.has(name)),
      metric.name,
    )
  }
})

test('a legend names labels that its question leaves', () => {
  for (const { title, queries } of panels) {
    for (const { expr, legend } of queries) {
      const [first] = askedIn(expr)
      const metric = ALL_METRICS.find((it) => seriesOf(it).includes(first ?? ''))
      const by = /\bsum by \(([^)]*)\)/.exec(expr)?.[1]?.split(', ')
      const kept = by ?? [...COMMON_LABELS, ...(metric?.labels ?? [])]
      for (const [, label = ''] of legend.matchAll(/\{\{(\w+)\}\}/g)) {
        assert.ok(kept.includes(label), `${title}: ${label}`)
      }
      for (const label of by ?? []) {
        if (label === 'le') continue
        assert.ok(
          [...COMMON_LABELS, ...(metric?.labels ?? [])].includes(label),
          `${title}: ${label}`,
        )
      }
    }
  }
})

test('every panel asks about what was chosen at the head of the board', () => {
  for (const { title, queries } of panels) {
    for (const { expr } of queries) {
      const asked = askedIn(expr).length
      assert.is(expr.split('application=~"$application",host=~"$host"').length - 1, asked, title)
    }
  }
})

test('boards have addresses of their own', () => {
  assert.is(new Set(BOARDS.map(({ id }) => id)).size, BOARDS.length)
})

test.run()
