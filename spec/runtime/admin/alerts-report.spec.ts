// Alerts as hosts judge them: what fires, since when, and what is left to Prometheus.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { AlertWatch } from '#runtime/admin/alerts-report'
import type { AlertsDocument } from '#runtime/admin/documents'
import { ALERTS } from '#runtime/telemetry/alerts'
import {
  globalSamples,
  groupSamples,
  readySample,
  taskSamples,
  unansweredSample,
} from '#runtime/telemetry/samples'
import { AdminWorld } from '../../kit/admin-world.ts'
import { scene } from '../telemetry/scene.ts'

const admin = await AdminWorld.start()
const [asked] = admin.hosts
if (asked === undefined) throw new Error('there are two hosts')
const watch = new AlertWatch(asked.running, asked.group)

const look = (): Promise<AlertsDocument> => admin.now(watch.document())
const shown = ({ alerts }: AlertsDocument) =>
  alerts.map(({ name, state, labels }) => `${name} ${labels['task']} ${state}`)

/** Looks as a console does, for so long. */
async function watched(ms: number): Promise<AlertsDocument> {
  for (let passed = 0; passed < ms; passed += 5000) {
    await look()
    await admin.clock.advance(5000)
  }
  return look()
}

const order = async (task: string, order: string): Promise<void> => {
  await admin.ask('/v1/orders', { task, order })
  await admin.clock.settle()
}

test('of a group that is well no rule holds; commits have no time before some were seen', async () => {
  const document = await look()
  assert.equal([document.alerts, document.unanswered], [[], []])
  assert.equal(document.commitMs, { p50: null, p99: null })
  assert.equal(document.latencyMs, { p50: null, p99: null })
})

test('two rules are left to Prometheus, and what the others ask for every host tells', async () => {
  const told = new Set(
    [
      ...[...groupSamples(scene), ...(scene.tasks ?? []).flatMap(taskSamples)],
      ...[...(scene.globals ?? []).flatMap(globalSamples), readySample(true)],
      unansweredSample('tasks', true),
    ].map(({ metric }) => metric),
  )
  const { unjudged } = await look()
  assert.equal(unjudged, ['MillraceHostDown', 'MillraceEventLoopSlow'])
  for (const { name, rule } of ALERTS) {
    const isTold = rule?.flat().every(({ metric }) => told.has(metric)) ?? false
    assert.is(isTold, !unjudged.includes(name), name)
  }
})

test('what is to fire at once does, with what it is about and what to do, and is gone when mended', async () => {
  await order('wordcount/lines/0', 'quarantine')
  const document = await watched(5000)
  const [alert] = document.alerts
  assert.equal(shown(document), [
    'MillraceTaskQuarantined wordcount/lines/0 firing',
    'MillraceHostNotReady undefined pending',
  ])
  assert.is(alert?.summary, 'Task wordcount/lines/0 waits for an operator.')
  assert.match(alert?.action ?? '', /millrace task restart/)
  assert.is(alert?.labels['application'], 'app')
  await order('wordcount/lines/0', 'restart')
  assert.equal(shown(await watched(10_000)), [])
})

test('commits that are made while somebody looks have a half and almost all', async () => {
  await admin.count('a b c', 'd')
  const { commitMs, latencyMs } = await watched(5000)
  for (const { p50, p99 } of [commitMs, latencyMs ?? { p50: null, p99: null }]) {
    assert.ok(p50 !== null && p99 !== null)
    assert.ok(p50 <= p99)
  }
})

test('what has to hold for some time is pending until it did; nobody who looks, and it begins anew', async () => {
  for (const n of [0, 1]) await order(`wordcount/counts/${n}`, 'pause')
  await admin.count('a b c d e f')
  const both = (state: string) =>
    [0, 1].map((n) => `MillraceNoCommits wordcount/counts/${n} ${state}`)
  assert.equal(shown(await watched(65_000)), both('pending'))
  assert.equal(shown(await watched(60_000)), both('firing'))
  await admin.clock.advance(61_000)
  assert.equal(shown(await look()), both('pending'))
  for (const n of [0, 1]) await order(`wordcount/counts/${n}`, 'resume')
  await admin.clock.advance(5000)
  // What they wait for now is that nobody forgets how long those records waited.
  assert.equal(shown(await look()), ['MillraceSlowResults undefined pending'])
})

test('a host that does not answer is named, and what it did not say is no alert of its own', async () => {
  const [, other] = admin.hosts
  if (other === undefined) throw new Error('there are two hosts')
  const deaf = new AlertWatch(asked.running, asked.group)
  const tasks = asked.group.tasks.bind(asked.group)
  asked.group.tasks = async () =>
    (await tasks()).map((it) => (it.host === other.id ? { host: it.host, error: 'late' } : it))
  const { alerts, unanswered } = await admin.now(deaf.document())
  asked.group.tasks = tasks
  assert.equal(unanswered, [{ host: other.id, error: 'late' }])
  assert.equal(
    alerts.map(({ name, labels, state }) => [name, labels['host'], labels['part'], state]),
    [['MillraceAnswersMissing', other.id, 'tasks', 'pending']],
  )
})

test('looks that are close together are one', async () => {
  const first = watch.document()
  assert.is(watch.document(), first)
  await admin.now(first)
  await admin.clock.advance(5000)
  const next = watch.document()
  assert.is.not(next, first)
  await admin.now(next)
})

test.run()
