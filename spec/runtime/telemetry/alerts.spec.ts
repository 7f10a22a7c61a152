// Alerts ask for metrics that there are, fire for labels that their text names, and say what to do.

import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ALERTS, FOREIGN_METRICS } from '#runtime/telemetry/alerts'
import { Exposition } from '#runtime/telemetry/exposition'
import { ALL_METRICS, COMMON_LABELS, seriesOf } from '#runtime/telemetry/metrics'
import { familiesIn } from '../../kit/prometheus-text.ts'
import { askedIn } from './asked.ts'

test('every rule is about metrics of the list, or of the process', () => {
  const known = new Set([...ALL_METRICS.flatMap(seriesOf), ...FOREIGN_METRICS])
  for (const { name, expr } of ALERTS) {
    const names = askedIn(expr)
    assert.ok(names.length > 0, name)
    for (const it of names) assert.ok(known.has(it), `${name}: ${it}`)
  }
})

test('what is taken for a metric of the process is one', async () => {
  const text = await new Exposition({}).text([])
  const names = familiesIn(text).map(({ name }) => name)
  for (const name of FOREIGN_METRICS) assert.ok(name === 'up' || names.includes(name), name)
})

test('the text of an alert names labels that its rule leaves', () => {
  for (const { name, expr, summary } of ALERTS) {
    const [first] = askedIn(expr)
    const metric = ALL_METRICS.find((it) => seriesOf(it).includes(first ?? ''))
    const by = /\b(?:sum|max) by \(([^)]*)\)/.exec(expr)?.[1]?.split(', ')
    const kept = by ?? [...COMMON_LABELS, 'instance', ...(metric?.labels ?? [])]
    for (const [, label = ''] of summary.matchAll(/\$labels\.(\w+)/g)) {
      assert.ok(kept.includes(label), `${name}: ${label}`)
    }
  }
})

test('both sides of an "and" have the same labels, or they would never meet', () => {
  for (const { name, expr } of ALERTS) {
    const sides = expr.split(' and ').map((side) => / by \(([^)]*)\)/.exec(side)?.[1])
    assert.is(new Set(sides).size, 1, name)
  }
})

test('the guide has each of them, in this order, with what to do', () => {
  const guide = readFileSync(new URL('../../guide/16-metrics.md', import.meta.url), 'utf8')
  const rows = ALERTS.map(({ name, severity, for: time, action }) => {
    return `| \`${name}\` | ${severity} | ${time} | ${action} |`
  })
  assert.ok(guide.includes(rows.join('\n')), `the table is to be:\n${rows.join('\n')}`)
})

test('names are unique, and each says what to do', () => {
  assert.is(new Set(ALERTS.map(({ name }) => name)).size, ALERTS.length)
  for (const { name, for: time, summary, action } of ALERTS) {
    assert.match(name, /^Millrace[A-Z][A-Za-z]+$/)
    assert.match(time, /^\d+m$/)
    assert.match(summary, /\.$/)
    assert.match(action, /\.$/)
  }
})

test('the chapter on production says of each what it means and what to do, and of no other', () => {
  const guide = readFileSync(new URL('../../guide/18-in-production.md', import.meta.url), 'utf8')
  const rows = [...guide.matchAll(/^\| `(Millrace\w+)` \| (.+) \| (.+) \|$/gm)]
  assert.equal(
    rows.map(([, name]) => name),
    ALERTS.map(({ name }) => name),
  )
  for (const [, name = '', meaning = '', deed = ''] of rows) {
    assert.ok(meaning.length > 20 && deed.length > 20, name)
  }
})

test.run()
