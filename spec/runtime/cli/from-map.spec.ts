// What is shown while no host answers, on a group of which only the documents are there.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { GroupOnPaper } from '../../kit/group-on-paper.ts'

const group = new GroupOnPaper()
await group.join('one', { topologies: { t: { a: 2 } }, held: ['t/a/0'], copies: {} })
await group.place({ 't/a/0': 'one', 't/a/1': 'two' }, { granted: { 't/a/0': 'one' } })

const cells = (text: string): string[][] =>
  text.split('\n').map((line) => line.trim().split(/ {2,}/))

test('status says what the map knows, and that no host says more', async () => {
  const { code, stdout, stderr } = await group.run('status')
  assert.is(code, 0)
  assert.match(stderr, /no host answers: this is what the coordination map says/)
  assert.match(stdout, /^app: 2 tasks \(2 unknown\), lag unknown\ncoordinator none, placement 1\n/)
  assert.match(stdout, /\none +active +1 +0 +1 +0 /)
  assert.is((await group.run('status --exit-code')).code, 3)
  const document = JSON.parse(await group.done('status --json'))
  assert.equal([document.host, document.lag, document.tasks], [null, null, { unknown: 2 }])
  assert.equal(document.unwell.slice(0, 2), ['no host answers', 'nobody coordinates'])
})

test('tasks says where they should be, and who may run them', async () => {
  assert.equal(cells(await group.done('tasks')), [
    ['TASK', 'SHOULD BE ON', 'GRANTED TO'],
    ['t/a/0', 'one', 'one'],
    ['t/a/1', 'two', '-'],
  ])
})

test('who asks for one host is told that it is away, and an order needs one that answers', async () => {
  for (const line of ['status --host one', 'tasks --host one', 'task pause t/a/0 --yes', 'lag']) {
    const { code, stderr } = await group.run(line)
    assert.is(code, 1, line)
    assert.match(stderr, /\[HOST_AWAY\]/, line)
  }
})

test.after(() => group.close())
test.run()
