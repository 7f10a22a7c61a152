// The list of metrics keeps Prometheus' manners, so that nobody has to learn ours.

import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ALL_METRICS, COMMON_LABELS, METRICS, seriesOf } from '#runtime/telemetry/metrics'

test('names are unique, begin with millrace_ and say their base unit', () => {
  const names = ALL_METRICS.map(({ name }) => name)
  assert.is(new Set(names).size, names.length)
  for (const { name, unit } of ALL_METRICS) {
    assert.match(name, /^millrace_[a-z]+(_[a-z]+)*$/)
    if (['seconds', 'bytes'].includes(unit)) assert.match(name, unit)
    assert.not.match(name, /_(ms|millis|minutes|kb|mb|count|sum|bucket)$/)
  }
})

test('what only grows ends in _total, and nothing else does', () => {
  for (const { name, kind } of ALL_METRICS) {
    assert.is(name.endsWith('_total'), kind === 'counter', name)
  }
})

test('a histogram has bounds that go up, and three names in what is read', () => {
  for (const metric of ALL_METRICS) {
    const { kind, bounds } = metric
    assert.is(bounds !== undefined, kind === 'histogram', metric.name)
    assert.equal(
      [...(bounds ?? [])].sort((a, b) => a - b),
      bounds ?? [],
    )
  }
  const { name } = METRICS.taskCommit
  assert.equal(seriesOf(METRICS.taskCommit), [`${name}_bucket`, `${name}_sum`, `${name}_count`])
  assert.equal(seriesOf(METRICS.taskLag), ['millrace_task_lag_records'])
})

test('labels are words of their own, and none is one that every metric has', () => {
  for (const { name, labels } of ALL_METRICS) {
    assert.is(new Set(labels).size, labels.length, name)
    for (const label of labels) {
      assert.match(label, /^[a-z]+(_[a-z]+)*$/)
      assert.not.ok([...COMMON_LABELS, 'le', 'job', 'instance'].includes(label), name)
    }
  }
})

test('the guide has each of them, in this order, as it is', () => {
  const guide = readFileSync(new URL('../../guide/16-metrics.md', import.meta.url), 'utf8')
  const rows = ALL_METRICS.map(({ name, kind, labels, help }) => {
    const its = labels.length === 0 ? '' : labels.map((label) => `\`${label}\``).join(' ')
    return `| \`${name}\` | ${kind} | ${its} | ${help} |`.replaceAll('|  |', '| |')
  })
  assert.ok(guide.includes(rows.join('\n')), `the table is to be:\n${rows.join('\n')}`)
})

test('each says what it means in one sentence', () => {
  for (const { name, help } of ALL_METRICS) assert.match(help, /^[A-Z0-9][^\n|]+\.$/, name)
})

test.run()
