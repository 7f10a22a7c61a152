// The overview: well or not, and why; and the last minutes.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { AlertsDocument } from '#runtime/admin/documents'
import { overviewPage } from '../../../../runtime/console/client/overview.mjs'
import { aLook, aTask, NOW } from '../../dashboard/a-look.ts'
import { aState, seen, told } from './a-state.ts'

const { status } = aLook({})

test('an application is well without a reason to the contrary, and not with one', () => {
  assert.match(
    seen(overviewPage(aState({ status: { ...status, unwell: [] } }))),
    /State ●well Every/,
  )
  const unwell = ['nobody coordinates', '2 tasks absent']
  const text = seen(overviewPage(aState({ status: { ...status, coordinator: null, unwell } })))
  assert.match(text, /State ▲not well nobody coordinates 2 tasks absent/)
  assert.match(text, /Coordinator nobody/)
})

test('lag is that of the newest look, and rates are taken between two', () => {
  const first = aState()
  const tasks = [aTask({ lag: 1500, records: 40 }), aTask({ id: 'words/counts/1', lag: 0 })]
  const later = told(first, 'tasks', aLook({ tasks: { tasks } }).tasks, NOW + 4000)
  const text = seen(overviewPage(later))
  assert.match(text, /Lag records 1 500 1 min ago at most 1\.5K now/)
  assert.match(text, /In records 10\/s/)
  assert.match(
    overviewPage(later).text,
    /aria-label="Lag of the last 1 min: 1\u202f500 now, 1\.5K at most"/,
  )
})

const quiet: AlertsDocument = {
  ...{ alerts: [], unjudged: ['MillraceHostDown'], unanswered: [] },
  commitMs: { p50: 2.25, p99: 1480.4 },
}

test('alerts that hold are there with what to do, and those that no host can judge are named', () => {
  const shown = (document: AlertsDocument) =>
    seen(overviewPage(aState({ status, alerts: document })))
  assert.match(shown(quiet), /Alerts None of the rules that hosts can judge holds\. Rules/)
  assert.match(shown(quiet), /For Prometheus alone: MillraceHostDown\./)
  const alert = {
    ...({ name: 'MillraceNoCommits', severity: 'critical', state: 'firing' } as const),
    ...{ sinceMs: NOW - 120_000, labels: {}, value: 61, summary: 'It stands.', action: 'Look.' },
  }
  const waiting = { ...alert, severity: 'warning', state: 'pending' } as const
  assert.match(
    shown({ ...quiet, alerts: [alert, waiting] }),
    /▲MillraceNoCommits critical, fires for 2 min It stands\. Look\..*◆MillraceNoCommits warning, holds for 2 min/,
  )
  const isRed = (document: AlertsDocument) =>
    /panel unwell"><h2>Alerts/.test(overviewPage(aState({ status, alerts: document })).text)
  assert.equal(
    [isRed({ ...quiet, alerts: [alert] }), isRed({ ...quiet, alerts: [waiting] })],
    [true, false],
  )
})

test('half and almost all commits have a time, alone and from end to end, where there were any', () => {
  const shown = (told: Partial<AlertsDocument>) =>
    seen(overviewPage(aState({ status, alerts: { ...quiet, ...told } })))
  assert.match(shown({}), /Commits p50 2\.3 ms ?p99 1 480 ms/)
  assert.match(shown({ commitMs: { p50: null, p99: null } }), /Commits p50 – ?p99 –/)
  assert.match(shown({ latencyMs: { p50: 4, p99: 61_000 } }), /end p50 4\.0 ms ?p99 61 000 ms/)
  assert.match(shown({}), /end p50 – ?p99 –/)
})

test.run()
