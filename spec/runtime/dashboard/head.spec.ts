// The head of the screen.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
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

test.run()
