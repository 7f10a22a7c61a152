// Alerts as hosts judge them: what fires, since when, and what is left to Prometheus.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { AlertWatch } from '#runtime/admin/alerts-report'
import type { AlertsDocument } from '#runtime/admin/documents'
import { ALERTS } from '#runtime/telemetry/alerts'
import { groupSamples, taskSamples } from '#runtime/telemetry/samples'
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
})

test('a rule is judged exactly when what it asks for is told by every host', async () => {
  const told = new Set(
    [...groupSamples(scene), ...(scene.tasks ?? []).flatMap(taskSamples)].map(
      ({ metric }) => metric,
    ),
  )
  const untold = ALERTS.filter(
    ({ conditions }) => conditions?.every(({ metric }) => told.has(metric)) !== true,
  )
  const { unjudged } = await look()
  assert.equal(
    unjudged,
    untold.map(({ name }) => name),
  )
  assert.equal(unjudged.length, 4)
})

test('what is to fire at once does, with what it is about and what to do, and is gone when mended', async () => {
  await order('wordcount/lines/0', 'quarantine')
  const { alerts } = await watched(5000)
  const [alert] = alerts
  assert.equal([alerts.length, alert?.name, alert?.state], [1, 'MillraceTaskQuarantined', 'firing'])
  assert.is(alert?.summary, 'Task wordcount/lines/0 waits for an operator.')
  assert.match(alert?.action ?? '', /millrace task restart/)
  assert.is(alert?.labels['application'], 'app')
  await order('wordcount/lines/0', 'restart')
  assert.equal(shown(await watched(10_000)), [])
})

test('commits that are made while somebody looks have a half and almost all', async () => {
  await admin.count('a b c', 'd')
  const { commitMs } = await watched(5000)
  assert.ok(commitMs.p50 !== null && commitMs.p99 !== null)
  assert.ok(commitMs.p50 <= commitMs.p99)
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
  assert.equal(shown(await look()), [])
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
