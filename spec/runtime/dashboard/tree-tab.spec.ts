// The supervision tree in the dashboard.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { aLook, seenOf, shown } from './a-look.ts'

test('the supervision tree keeps its branches, and says what is wrong with an actor', () => {
  const actor = (path: string) => ({
    ...{ path, kind: 'task', state: 'running' as const, status: null, note: null, restarts: 0 },
    ...{ control: 0, data: 0, lastError: null, children: [] },
  })
  const ill = {
    ...actor('one/host/b'),
    state: 'backoff' as const,
    lastError: { atMs: 1, message: 'no luck' },
  }
  const host = { ...actor('one/host'), kind: 'host', children: [actor('one/host/a'), ill] }
  const trees = [{ ...actor('one'), children: [host] }]
  const tree = { hosts: [{ host: 'one', trees }], unanswered: [] }
  const screen = shown(seenOf(aLook({ tree })), '3')
  assert.match(screen[6] ?? '', /^> one +running/)
  assert.match(screen[7] ?? '', /^ {2}└─ host +running/)
  assert.match(screen[8] ?? '', /^ {5}├─ a \(task\)/)
  assert.match(screen[9] ?? '', /^ ~ {3}└─ b \(task\) +backoff .*no luck$/)
  assert.match(shown(seenOf(aLook({})), '3').join('\n'), 'No host has said')
})

test.run()
