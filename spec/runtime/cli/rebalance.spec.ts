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
  const told = await group.run('rebalance freeze')
  assert.equal([told.code, told.stdout], [2, ''])
  assert.match(told.stderr, /^would freeze app: only tasks whose host is gone move\n/)
  assert.is((await group.wishes()).isFrozen, false)
  assert.match(
    await group.done('rebalance freeze --yes'),
    /^app is frozen: only tasks whose host is gone move/,
  )
  assert.is((await group.wishes()).isFrozen, true)
  assert.match(await group.done('rebalance freeze'), /already/)
  assert.match(await group.done('rebalance'), /on their way, frozen/)
  assert.match(await group.done('rebalance unfreeze --yes'), /^app is not frozen: /)
  assert.is((await group.wishes()).isFrozen, false)
})

test('of some tasks it says why, a sentence each', async () => {
  assert.equal((await group.done('rebalance explain')).split('\n'), [
    't/a/0 is on one: one is where it should be',
    't/a/10 is on one: goes from one to two when that copied it: 5 changes behind',
  ])
  const { tasks } = JSON.parse(await group.done('rebalance explain t/a/1* --json'))
  assert.equal(
    tasks.map(({ id }: { id: string }) => id),
    ['t/a/10'],
  )
  const unknown = await group.run('rebalance explain t/a/9')
  assert.equal([unknown.code, /\[TASK_UNKNOWN\]/.test(unknown.stderr)], [1, true])
})

test('what would move if a host were gone or added is shown, and nothing does', async () => {
  await group.join('one', { ...facts, held: ['t/a/0', 't/a/1'], copies: {} })
  await group.join('two', { ...facts, copies: {} })
  await group.place({ 't/a/0': 'one', 't/a/1': 'two' })
  const shown = (await group.done('rebalance simulate --without two')).split('\n')
  assert.equal(
    shown.map((line) => line.trim().split(/ {2,}/)),
    [
      ...[['HOST', 'TASKS NOW', 'AFTER'], ['one', '1', '2'], ['two', '1', '-'], ['']],
      ...[
        ['TASK', 'FROM', 'TO'],
        ['t/a/1', 'two', 'one'],
      ],
    ],
  )
  const more = JSON.parse(await group.done('rebalance simulate --without one --with 1 --json'))
  assert.equal(more, {
    ...{ application: 'app', isFrozen: false, without: ['one'], with: ['new-1'] },
    moves: [{ task: 't/a/0', from: 'one', to: 'new-1' }],
    hosts: [
      { host: 'new-1', now: 0, after: 1 },
      { host: 'one', now: 1, after: 0 },
      { host: 'two', now: 1, after: 1 },
    ],
  })
  for (const [line, code, why] of [
    ['rebalance simulate', 2, /say what would be otherwise: --without HOST/],
    ['rebalance simulate --without too', 1, /Did you mean two\? \[HOST_UNKNOWN\]/],
    ['rebalance simulate --with some', 2, /--with takes a whole number, not 'some'/],
  ] as const) {
    const refused = await group.run(line)
    assert.equal([refused.code, why.test(refused.stderr)], [code, true], refused.stderr)
  }
})

test('what changed the placement is its history, and nothing else is', async () => {
  await group.done('hosts drain one --yes --reason upgrade')
  await group.done('hosts undrain one --yes')
  const { events } = JSON.parse(await group.done('rebalance history --json --limit 3'))
  assert.equal(
    events.map(({ code }: { code: string }) => code),
    ['UNFREEZE', 'DRAIN', 'UNDRAIN'],
  )
  const text = await group.done('rebalance history')
  assert.match(text, /^TIME +KIND +WHO *\n.* FREEZE /)
  assert.match(text, /DRAIN +\S+@\S+ +host one is to drain \(upgrade\)/)
})

test.after(() => group.close())
test.run()
