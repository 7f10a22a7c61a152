// What Prometheus is given is what it can read, line by line, with every metric of the list.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Exposition } from '#runtime/telemetry/exposition'
import { ALL_METRICS, METRICS, seriesOf } from '#runtime/telemetry/metrics'
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
