// The command, on the documents of a group: where every task is and why, and a freeze.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { GroupOnPaper } from '../../kit/group-on-paper.ts'

const group = new GroupOnPaper()
const facts = { topologies: { t: { a: 2 } }, stateful: ['t/a'] }
await group.join('one', { ...facts, held: ['t/a/0', 't/a/10'], copies: {} })
await group.join('two', { ...facts, copies: { 't/a/10': 5 } })
await group.place(
  { 't/a/0': 'one', 't/a/10': 'two' },
  {
    ...{ version: 7, granted: { 't/a/0': 'one', 't/a/10': 'one' } },
    standbys: { 't/a/10': ['two'] },
  },
)

test('every task is shown with where it is, where it should be, and what it waits for', async () => {
  const lines = (await group.done('rebalance'))
    .split('\n')
    .map((line) => line.trim().split(/ {2,}/))
  assert.equal(lines, [
    ['app: 2 tasks, 1 on their way'],
    ['coordinator none, placement 7'],
    [''],
    ['TASK', 'ON', 'TARGET', 'STANDBYS'],
    ['t/a/0', 'one', 'one', '-'],
    [
      ...['t/a/10', 'one', 'two', 'two'],
      'goes from one to two when that copied it: 5 changes behind',
    ],
  ])
  const { tasks } = JSON.parse(await group.done('rebalance show --json'))
  assert.equal(
    tasks.map(({ step }: { step: string }) => step),
    ['settled', 'copying'],
  )
})

test('a freeze is wished and lifted, once', async () => {
  assert.match(
    await group.done('rebalance freeze'),
    /^app is frozen: only tasks whose host is gone move/,
  )
  assert.is((await group.wishes()).isFrozen, true)
  assert.match(await group.done('rebalance freeze'), /already/)
  assert.match(await group.done('rebalance'), /on their way, frozen/)
  assert.match(await group.done('rebalance unfreeze'), /^app is not frozen: /)
  assert.is((await group.wishes()).isFrozen, false)
})

test.after(() => group.close())
test.run()
