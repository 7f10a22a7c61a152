// What is on its way.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Sight } from '#runtime/dashboard/looks'
import { aCopy, aLook, aTask, NOW, seenOf, shown } from './a-look.ts'

test('what moves has a bar, a rate and a time that it will take', () => {
  const at = (ms: number, restored: number): Sight => {
    const restoring = aTask({ state: 'restoring', restoredFrom: 100, restored, restoreEnd: 1100 })
    const copy = aCopy({ id: 'words/lines/0', purpose: 'warm-up', restored: 10, restoreEnd: 10 })
    const moves = [{ task: 'words/lines/0', from: 'one', to: 'two', waitsFor: 'warming' as const }]
    return aLook({ at: NOW + ms, tasks: { tasks: [restoring], standbys: [copy], moves } })
  }
  const screen = shown(seenOf(at(0, 100), at(2000, 600)), '4')
  assert.match(
    screen[6] ?? '',
    /words\/counts\/0 +restoring +one +\[██████░░░░░░\] +50 % +250\/s +2 s/,
  )
  assert.match(screen[7] ?? '', /words\/lines\/0 +warm-up .* two +\[█+\] 100 % +0\/s +0 s/)
  assert.match(screen[8] ?? '', /words\/lines\/0 +moves when warm +one +two/)
  assert.match(shown(seenOf(aLook({})), '4').join('\n'), 'Nothing moves')
})

test('a copy that is fresh is not on its way, one that is behind or begins is', () => {
  const standbys = [
    aCopy({ id: 'fresh' }),
    aCopy({ id: 'behind', lag: 3, restored: 7, restoreEnd: 10 }),
    aCopy({ id: 'beginning', state: 'opening' }),
  ]
  const screen = shown(seenOf(aLook({ tasks: { standbys } })), '4').join('\n')
  assert.match(screen, /behind +standby +two +\[████████░░░░\] +70 % +0\/s +\?/)
  assert.match(screen, 'beginning')
  assert.not.match(screen, 'fresh ')
})

test.run()
