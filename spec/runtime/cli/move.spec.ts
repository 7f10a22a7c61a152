// The commands, on the documents of a group: a task is pinned where it can be, and what keeps it is said.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { NOTHING_WISHED } from '#protocols/messages/membership'
import { GroupOnPaper } from '../../kit/group-on-paper.ts'

const group = new GroupOnPaper()
const topologies = { t: { a: 1 } }
await group.join('one', { topologies })
await group.join('two', { topologies })
await group.join('three', { topologies: { u: { a: 1 } } })
await group.place({ 't/a/0': 'one' })

const pins = async () => (await group.wishes()).pins

test('a task is pinned to a host, and let go again', async () => {
  const { code, stdout, stderr } = await group.run('task move t/a/0 --to two --yes')
  assert.equal([code, stderr], [0, ''])
  assert.is(stdout, 't/a/0 goes from one to two, and is pinned there\n')
  assert.equal(await pins(), { 't/a/0': 'two' })
  assert.is(
    (await group.run('task unpin t/a/0 --yes')).stdout,
    't/a/0 is not pinned to two any more\n',
  )
  assert.is((await group.run('task unpin t/a/0 --yes')).stdout, 't/a/0 is not pinned\n')
  assert.equal(await pins(), {})
})

test('without --yes it says what it would do, and does nothing', async () => {
  const asked = await group.run('task move t/a/0 --to two')
  assert.equal([asked.code, asked.stdout], [2, ''])
  assert.match(asked.stderr, 'would pin t/a/0: it goes from one to two\n')
  assert.match(asked.stderr, '[OPTION_INVALID]')
  const json = await group.run('task move t/a/* --to two --json')
  assert.equal(JSON.parse(json.stdout), { tasks: ['t/a/0'], host: 'two', isDone: false })
  assert.equal(await pins(), {})
  await group.run('task move --topology t --to two --yes')
  assert.is((await group.run('task unpin t/a/0')).code, 2)
  assert.equal(await pins(), { 't/a/0': 'two' })
  await group.run('task unpin t/* --yes')
  assert.equal(await pins(), {})
})

test('what keeps it where it is, is said', async () => {
  await group.wish({ ...NOTHING_WISHED, isFrozen: true, draining: ['two'] })
  const { code, stderr } = await group.run('task move t/a/0 --to two --yes')
  assert.is(code, 0)
  assert.match(stderr, /frozen/)
  assert.match(stderr, /two drains/)
})

test('a task or a host that is not there, and one that cannot run it, is refused', async () => {
  for (const [line, error] of [
    ['move t/a/00 --to one', /Did you mean t\/a\/0\? \[TASK_UNKNOWN\]/],
    ['move t/a/0 --to twoo', /Did you mean two\? \[HOST_UNKNOWN\]/],
    ['move t/a/0 --to three', /\[HOST_UNABLE\]/],
  ] as const) {
    const { code, stderr } = await group.run(`task ${line} --yes`)
    assert.is(code, 1)
    assert.match(stderr, error)
  }
  assert.is((await group.run('task move t/a/0')).code, 2)
})

test.after(() => group.close())
test.run()
