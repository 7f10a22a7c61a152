// What went wrong and waits.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { aCopy, aLook, aTask, NOW, seenOf, shown } from './a-look.ts'

test('an application that is not well says so in words, and why', () => {
  const unanswered = [{ host: 'two', error: 'it hangs' }]
  const status = { tasks: { running: 1, quarantined: 1 }, unanswered, coordinator: null }
  const error = { code: 'VALUE_UNREADABLE', what: 'it is no number', where: 'lines/0 at 7' }
  const tasks = { tasks: [aTask(), aTask({ id: 'b', state: 'quarantined', error })] }
  const screen = shown(seenOf(aLook({ status, tasks })), '6')
  assert.match(screen[0] ?? '', '! NOT WELL')
  assert.match(screen[3] ?? '', '! nobody coordinates; host two did not answer; 1 task quarantined')
  assert.match(screen[4] ?? '', '[6 Errors (2)]')
  assert.match(screen[6] ?? '', /^>! ?host two +silent +two +it hangs$/)
  assert.match(screen[7] ?? '', /^ ! ?b +quarantined +one +it is no number \(lines\/0 at 7\)/)
})

test('keys in quarantine can be told to retry, after a question', () => {
  const row = {
    actor: 'cart',
    key: 'k1',
    error: 'no luck',
    atMs: NOW - 5000,
    waiting: 3,
    message: 1,
  }
  const seen = seenOf(aLook({ quarantine: { keys: [row] } }))
  const screen = shown(seen, '6')
  assert.match(screen[6] ?? '', /cart k1 +key, 3 wait .* 5 s +no luck/)
  assert.match(screen.at(-1) ?? '', 'r retry  x skip')
  assert.match(shown(seen, '6', 'r').at(-1) ?? '', /^ retry cart k1\? y\/n/)
})

test('copies that failed are told from tasks, and cannot be given orders', () => {
  const error = { code: 'STORE_UNTRUSTED', what: 'it is ahead of its log' }
  const screen = shown(seenOf(aLook({ tasks: { standbys: [aCopy({ id: 'c', error })] } })), '6')
  assert.match(screen[6] ?? '', 'copy of c')
  assert.not.match(screen.at(-1) ?? '', 'retry')
})

test.run()
