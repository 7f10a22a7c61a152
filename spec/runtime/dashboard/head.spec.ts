// The head of the screen.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { AlertRow } from '#runtime/admin/documents'
import type { Sight } from '#runtime/dashboard/looks'
import { aLook, aTask, given, NOW, seenOf, shown } from './a-look.ts'

test('lag and rates are drawn, the newest last', () => {
  const at = (n: number): Sight => {
    const tasks = { tasks: [aTask({ records: n * n * 100, meter: given(n) })] }
    return aLook({ at: NOW + n * 1000, status: { lag: 10 * n }, tasks })
  }
  const pace = shown(seenOf(...[0, 1, 2, 3].map(at)))[2] ?? ''
  assert.match(pace, /^ lag 30 ▁▃▆█ +in 400\/s ▂▅█ +out 1\.0\/s ███$/)
})

test('what is old says how old it is and why; nothing yet is said, too', () => {
  const old = { ...seenOf(aLook({ at: NOW - 9000 })), trouble: 'host one: it hangs' }
  assert.match(shown(old)[3] ?? '', '! 9 s old: host one: it hangs')
  assert.match(shown({ ...old, trouble: null })[3] ?? '', '9 s old: the host has not answered yet')
  assert.match(shown(seenOf())[0] ?? '', 'asking a host')
})

const alert: AlertRow = {
  ...{ name: 'MillraceLagGrows', severity: 'warning', state: 'firing', sinceMs: NOW },
  ...{ labels: {}, value: 1, summary: 'more waits', action: 'Look.' },
}
const holding = (...alerts: readonly AlertRow[]): Sight['alerts'] => ({
  ...{ alerts, unjudged: [], unanswered: [], commitMs: { p50: null, p99: null } },
})

test('alerts that hold are named once each after what is wrong, on every width', () => {
  const line = (look: Parameters<typeof aLook>[0]) => shown(seenOf(aLook(look)))[3] ?? ''
  const pending: AlertRow = { ...alert, name: 'MillraceRestarts', state: 'pending' }
  assert.is(line({ alerts: holding() }), '')
  assert.is(line({ alerts: holding(pending) }), ' ~ MillraceRestarts pending')
  assert.is(
    line({ alerts: holding(alert, alert, pending) }),
    ' ! MillraceLagGrows; MillraceRestarts pending',
  )
  const paused = { tasks: { paused: 1, running: 3 } }
  assert.is(line({ status: paused, alerts: holding(alert) }), ' ! 1 task paused; MillraceLagGrows')
  const many = Array.from({ length: 9 }, (_, n) => ({ ...alert, name: `MillraceNumber${n}` }))
  assert.ok(line({ alerts: holding(...many) }).length <= 80)
})

test('alerts of the look before are shown where the newest has none', () => {
  const seen = seenOf(aLook({ alerts: holding(alert) }), aLook({ at: NOW }))
  assert.is(shown(seen)[3], ' ! MillraceLagGrows')
})

test.run()
