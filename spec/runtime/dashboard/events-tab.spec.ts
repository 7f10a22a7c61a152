// Events in the dashboard.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { eventsTab } from '#runtime/dashboard/events-tab'
import { aLook, anEvent, NOW, seenOf, shown } from './a-look.ts'

const lookWith = (...events: readonly ReturnType<typeof anEvent>[]) =>
  seenOf(aLook({ events: { application: 'words', events } }))

test('the newest event comes first, with who did it and why', () => {
  const screen = shown(
    lookWith(
      anEvent({ code: 'HOST_JOINED', message: 'it came' }),
      anEvent({ atMs: NOW + 1000, code: 'DRAIN', by: 'ann@desk', message: 'go', reason: 'disk' }),
    ),
    '7',
  )
  assert.match(screen[6] ?? '', /^> +11-14 22:13:21 +DRAIN +ann@desk +go \(disk\)$/)
  assert.match(screen[7] ?? '', /^ +11-14 22:13:20 +HOST_JOINED +one +it came$/)
})

test('an event that fails somebody has a sign', () => {
  const rows = eventsTab.rows(
    lookWith(anEvent({ level: 'error' }), anEvent({ level: 'warn' }), anEvent()),
  )
  assert.equal(
    rows.map(({ tone }) => tone),
    ['plain', 'warn', 'bad'],
  )
})

test('an event keeps its id when newer ones come', () => {
  const before = eventsTab.rows(lookWith(anEvent(), anEvent()))
  const after = eventsTab.rows(lookWith(anEvent(), anEvent(), anEvent()))
  assert.equal(
    after.slice(1).map(({ id }) => id),
    before.map(({ id }) => id),
  )
})

test.run()
