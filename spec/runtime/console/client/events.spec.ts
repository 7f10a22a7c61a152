// What happened, as a table and as a line of time.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { eventsOf, eventsPage, timeline } from '../../../../runtime/console/client/events.mjs'
import { anEvent, NOW } from '../../dashboard/a-look.ts'
import { aState, seen } from './a-state.ts'

const events = [
  anEvent({ message: 'first' }),
  anEvent({ atMs: NOW + 1000, code: 'DRAIN', by: 'ann@desk', message: 'go', reason: 'a disk' }),
]
const state = aState({ events: { application: 'words', events } })

test('the newest is first, with who did it and why, in UTC', () => {
  const text = seen(eventsPage(state))
  assert.match(text, /2023-11-14 22:13:21 UTC ■ ?DRAIN ann@desk go \(a disk\) .*first/)
  assert.match(seen(eventsPage({ ...state, filter: 'ann disk' })), /DRAIN/)
  assert.not.match(seen(eventsPage({ ...state, filter: 'ann disk' })), 'first')
})

test('a line of time has the newest ones, and says so when there are none', () => {
  const line = timeline(events, { now: NOW + 61_000, most: 1, empty: 'Nothing.' })
  assert.match(seen(line), /^1 min ago DRAIN ann@desk go \(a disk\)$/)
  assert.match(line.text, /<li class="deed">/)
  assert.is(seen(timeline([], { now: NOW, most: 1, empty: 'Nothing.' })), 'Nothing.')
})

test('what happened to a task is what names it', () => {
  const about = anEvent({ code: 'TASK_FAILED', facts: { task: 'a/b/0' } })
  const all = aState({ events: { application: 'words', events: [...events, about] } })
  assert.equal(eventsOf(all, 'a/b/0'), [about])
  assert.equal(eventsOf(aState(), 'a/b/0'), [])
})

test.run()
