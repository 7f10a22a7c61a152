// Tasks and copies in the dashboard, and what can be done to them.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { taskOrders, tasksTab, toneOf } from '#runtime/dashboard/tasks-tab'
import { aCopy, aLook, aTask, seenOf, shown } from './a-look.ts'

test('tasks come first, then their copies with what these are for', () => {
  const tasks = {
    tasks: [aTask({ lag: 12_345 })],
    standbys: [aCopy({ purpose: 'warm-up', lag: 3 })],
  }
  const screen = shown(seenOf(aLook({ tasks })), '2')
  assert.match(screen[6] ?? '', /^> words\/counts\/0 +active +running\.idle +one +12\.3 k +0\/s/)
  assert.match(screen[7] ?? '', /^ {2}words\/counts\/0 +warm-up +following\.idle +two +3/)
})

test('a task that failed is bad, one on its way is not yet well', () => {
  const error = { code: 'X', what: 'x' }
  const tones = ['running.working', 'following', 'paused', 'restoring', 'quarantined'].map(
    (state) => toneOf({ state, error: null }),
  )
  assert.equal(tones, ['plain', 'plain', 'warn', 'warn', 'bad'])
  assert.is(toneOf({ state: 'backoff', error }), 'bad')
})

test('the orders are those of the admin API, a key each', () => {
  const orders = taskOrders('words/counts/0').map(({ key, verb, body }) => [key, verb, body])
  const order = (key: string, name: string) => [key, name, { task: 'words/counts/0', order: name }]
  assert.equal(orders, [
    ...[order('p', 'pause'), order('u', 'resume'), order('r', 'restart')],
    ...[order('x', 'skip'), order('Q', 'quarantine'), order('R', 'reset')],
  ])
})

test('a task that was moved by hand can be unpinned, and another one cannot', () => {
  const seen = seenOf(aLook({ tasks: { pins: { 'words/counts/1': 'two' } } }))
  const [free, pinned] = tasksTab.rows(seen)
  const keys = (row: typeof free) => row?.orders?.map(({ key }) => key).join('')
  assert.equal([keys(free), keys(pinned)], ['purxQRm', 'purxQRmM'])
  const order = pinned?.orders?.at(-1)
  assert.ok(order !== undefined && 'body' in order)
  assert.equal([order.path, order.body], ['/v1/wishes', { wish: 'unpin', task: 'words/counts/1' }])
  assert.match(shown(seen, '2', 'down', 'return').join('\n'), /pinnedTo +two/)
})

test.run()
