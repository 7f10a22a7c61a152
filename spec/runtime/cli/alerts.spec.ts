// Alerts as text: those that hold with what to do, and what is not known said.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { AlertRow, AlertsDocument } from '#runtime/admin/documents'
import { alertLines, isAlarming } from '#runtime/cli/alerts'

const row: AlertRow = {
  ...{ name: 'MillraceTaskIdle', severity: 'critical', state: 'firing', sinceMs: 60_000 },
  ...{ labels: { task: 't/a/0' }, value: 1, summary: 't/a/0 does not run', action: 'Look at it.' },
}
const quiet: AlertsDocument = {
  ...{ alerts: [], unjudged: ['MillraceDisk', 'MillraceDown'], unanswered: [] },
  commitMs: { p50: null, p99: null },
}

test('an alert is a line, and what to do is said once for each rule', async () => {
  const alerts = [row, { ...row, state: 'pending' as const, summary: 't/a/1 does not run' }]
  assert.equal(await alertLines({ ...quiet, alerts, commitMs: { p50: 2.2, p99: 40 } }, 660_000), [
    '2 hold, 1 of them fire',
    'ALERT             SEVERITY  STATE    SINCE',
    'MillraceTaskIdle  critical  firing   10 min  t/a/0 does not run',
    'MillraceTaskIdle  critical  pending  10 min  t/a/1 does not run',
    '',
    'MillraceTaskIdle: Look at it.',
    'commits     p50 2 ms, p99 40 ms',
    'not judged  MillraceDisk, MillraceDown',
  ])
})

test('where none holds that is said, and what could not be judged', async () => {
  assert.equal(await alertLines(quiet, 0), [
    'no alert holds',
    '',
    'commits     -',
    'not judged  MillraceDisk, MillraceDown',
  ])
})

test('what fires is alarming and who does not answer; what is pending is not', () => {
  assert.not(isAlarming(quiet))
  assert.not(isAlarming({ ...quiet, alerts: [{ ...row, state: 'pending' }] }))
  assert.ok(isAlarming({ ...quiet, alerts: [row] }))
  assert.ok(isAlarming({ ...quiet, unanswered: [{ host: 'one', error: 'late' }] }))
})

test.run()
