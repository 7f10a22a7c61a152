// What Prometheus is given is what it can read, line by line, with every metric of the list.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Exposition } from '#runtime/telemetry/exposition'
import { ALL_METRICS, METRICS, seriesOf } from '#runtime/telemetry/metrics'
import { OPEN_METRICS } from '#runtime/telemetry/metrics-format'
import { samplesOf } from '#runtime/telemetry/samples'
import { familiesIn, seriesIn } from '../../kit/prometheus-text.ts'
import { scene } from './scene.ts'

const exposition = new Exposition({ application: 'app', host: 'one' })

test('every metric of the list is there with its kind and its meaning, and whose it is', async () => {
  const families = familiesIn(await exposition.text(samplesOf(scene)))
  for (const metric of ALL_METRICS) {
    const family = families.find(({ name }) => name === metric.name)
    assert.equal([family?.kind, family?.help], [metric.kind, metric.help], metric.name)
    assert.ok((family?.series.length ?? 0) > 0, metric.name)
    const names = new Set(family?.series.map(({ name }) => name))
    assert.equal([...names].sort(), [...seriesOf(metric)].sort())
    for (const { labels } of family?.series ?? []) {
      assert.equal([labels['application'], labels['host']], ['app', 'one'])
    }
  }
})

test('the process is measured beside them, and once however many hosts it has', async () => {
  const other = new Exposition({ application: 'app', host: 'two' })
  const names = familiesIn(await other.text([])).map(({ name }) => name)
  for (const name of ['process_cpu_seconds_total', 'nodejs_eventloop_lag_p99_seconds']) {
    assert.ok(names.includes(name), name)
  }
})

test('the classes of a histogram count those below, and the last one is all', async () => {
  const series = seriesIn(await exposition.text(samplesOf(scene)))
  const own = series.filter(({ labels }) => labels['task'] === 't/a/0')
  const value = (name: string, le?: string): number | undefined =>
    own.find((it) => it.name === METRICS.taskCommit.name + name && it.labels['le'] === le)?.value
  const classes = ['0.0005', '0.001', '5', '10', '+Inf'].map((le) => value('_bucket', le))
  assert.equal(classes, [0, 2, 2, 3, 3])
  assert.equal([value('_count'), value('_sum')], [3, 6.2])
})

test('a traced commit is an exemplar of its class, in OpenMetrics alone', async () => {
  const samples = samplesOf(scene)
  const lines = (await exposition.text(samples, OPEN_METRICS)).split('\n')
  const { name } = METRICS.taskLatency
  const [one, ...others] = lines.filter((line) => line.includes('trace_id'))
  assert.equal(others, [])
  assert.ok(one?.startsWith(`${name}_bucket{topology="t",task="t/a/0",le="0.02"`), one)
  const exemplar = `# {trace_id="${'f'.repeat(32)}",span_id="a"} 0.017 1700000000.5`
  assert.ok(one?.endsWith(`} 3 ${exemplar}`), one)
  assert.not.match(await exposition.text(samples), /trace_id/)
})

test('whatever a label holds comes back as it was', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string(), async (kind) => {
      const metric = METRICS.hostActors
      const text = await exposition.text([{ metric, labels: { kind }, value: 1 }])
      const found = seriesIn(text).find(({ name }) => name === metric.name)
      assert.is(found?.labels['kind'], kind)
    }),
    { numRuns: 30 },
  )
})

test.run()
