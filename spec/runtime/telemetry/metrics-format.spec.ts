// Which form of metrics is answered, by what is asked for; and that OpenMetrics is what its specification says.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Exposition } from '#runtime/telemetry/exposition'
import { ALL_METRICS } from '#runtime/telemetry/metrics'
import { formatFor, OPEN_METRICS, PROMETHEUS } from '#runtime/telemetry/metrics-format'
import { samplesOf } from '#runtime/telemetry/samples'
import { scene } from './scene.ts'

test('who asks as Prometheus does gets OpenMetrics; browsers, curl and who says nothing get text', () => {
  const open = [
    'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    'application/openmetrics-text',
    'application/OpenMetrics-text; version="1.0.0"; charset=utf-8, text/plain',
  ]
  for (const accept of open) assert.is(formatFor(accept), OPEN_METRICS, accept)
  const text = [
    ...[
      undefined,
      '',
      '*/*',
      'text/html,*/*;q=0.8',
      'text/plain, application/openmetrics-text;q=0.5',
    ],
    ...['application/openmetrics-text;version=0.0.1', 'application/openmetrics-text;q=0'],
    ...['application/openmetrics-text;q=often', 'application/vnd.google.protobuf'],
  ]
  for (const accept of text) assert.is(formatFor(accept), PROMETHEUS, String(accept))
})

test('OpenMetrics has each family once, counters end in _total outside of their names, and it ends with EOF', async () => {
  const text = await new Exposition({ application: 'app' }).text(samplesOf(scene), OPEN_METRICS)
  const lines = text.split('\n')
  assert.equal(lines.slice(-2), ['# EOF', ''])
  assert.is(lines.indexOf('# EOF'), lines.length - 2)
  assert.not(lines.slice(0, -1).includes(''), 'no line is empty')
  const types = lines.filter((line) => line.startsWith('# TYPE ')).map((line) => line.split(' '))
  const names = types.map(([, , name]) => name)
  assert.is(new Set(names).size, names.length)
  for (const { name, kind } of ALL_METRICS) {
    const family = kind === 'counter' ? name.replace(/_total$/, '') : name
    assert.ok(
      types.some(([, , it, its]) => it === family && its === kind),
      name,
    )
    if (kind === 'counter')
      assert.ok(
        lines.some((line) => line.startsWith(`${family}_total{`)),
        name,
      )
  }
})

test('who reads text after somebody read OpenMetrics finds every name as before', async () => {
  const exposition = new Exposition({ application: 'app' })
  const names = async (): Promise<readonly string[]> =>
    (await exposition.text(samplesOf(scene))).match(/^# TYPE .*$/gm)?.sort() ?? []
  const before = await names()
  assert.ok(before.includes('# TYPE process_cpu_seconds_total counter'))
  await exposition.text(samplesOf(scene), OPEN_METRICS)
  assert.equal(await names(), before)
})

test.run()
