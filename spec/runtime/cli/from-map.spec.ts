// What is shown while no host answers, on a group of which only the documents are there.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { offset } from '#protocols/core/brands'
import { EMPTY } from '#protocols/core/bytes'
import type { TaskDocument } from '#runtime/admin/documents'
import { RecordWriter } from '#runtime/process/record-writer'
import { GroupOnPaper } from '../../kit/group-on-paper.ts'

const group = new GroupOnPaper()
await group.join('one', { topologies: { t: { a: 2 } }, held: ['t/a/0'], copies: {} })
await group.place({ 't/a/0': 'one', 't/a/1': 'two' }, { granted: { 't/a/0': 'one' } })

const shape = {
  topology: 't',
  subtopologies: {
    a: { tasks: 2, sources: ['in'], stores: { seen: 'timestamped string int64' } },
    later: { tasks: 1, sources: ['in'], stores: {} },
  },
  topics: {},
}
await group.keep(shape, 'active')
await group.broker.topics.ensure({ name: 'in', partitions: 2 })

// Three records in partition 0 and two in the other one, of which one task committed two.
const writer = new RecordWriter(group.broker.producer(), 'in', 2)
for (let n = 0; n < 5; n++) writer.add({ key: null, value: null, time: 0, headers: [] })
await writer.flush()
const session = await group.broker.claim({
  ...{ application: 'app', topology: 't', subtopology: 'a', partition: 0, partitions: 2 },
  host: 'one',
})
await session.commit({
  positions: [{ at: { topic: 'in', partition: 0 }, next: offset(2) }],
  ...{ changes: null, outputs: [], meta: EMPTY },
})
await session.close()

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

test('lag is what commit logs say, also of parts that no host was given yet', async () => {
  const { code, stdout, stderr } = await group.run('lag')
  assert.is(code, 0, stderr)
  assert.match(stderr, /no host answers/)
  assert.equal(cells(stdout.trim()), [
    ['TOPIC', 'PART', 'END', 'COMMITTED', 'LAG', 'TASK', 'HOST'],
    ['in', '0', '3', '2', '1', 't/a/0', '-'],
    ['in', '0', '3', '-', '3', 't/later/0', '-'],
    ['in', '1', '2', '-', '2', 't/a/1', '-'],
    [''],
    ['lag 6 in 3 partitions'],
  ])
  const { partitions, unknown } = JSON.parse(await group.done('lag --json'))
  const states = partitions.map(({ state }: { state: string }) => state)
  assert.equal([states, unknown], [['absent', 'pending', 'absent'], 0])
  assert.is((await group.run('lag --max 5')).code, 3)
  assert.is((await group.run('lag --max 6')).code, 0)
})

test('tree says what hosts hold, stores what tasks keep and where that should be', async () => {
  assert.is(await group.done('tree'), 'one\n└─ t/a/0')
  assert.equal(cells(await group.done('stores')), [
    ['STORE', 'KIND', 'TASK', 'ROLE', 'SHOULD BE ON'],
    ['seen', 'timestamped', 't/a/0', 'active', 'one'],
    ['seen', 'timestamped', 't/a/1', 'active', 'two'],
  ])
})

test('task show has the place and the inputs of a task, and knows which tasks there are', async () => {
  const task: TaskDocument = JSON.parse(await group.done('task show t/a/0 --json'))
  assert.equal([task.isFromBroker, task.active, task.place?.target], [true, null, 'one'])
  assert.equal(
    task.partitions.map(({ committed, lag }) => [committed, lag]),
    [[2, 1]],
  )
  const { code, stdout, stderr } = await group.run('task show t/a/1')
  assert.equal([code, /no host answers/.test(stderr)], [0, true])
  assert.match(stdout, /^task {8}t\/a\/1\nstate {7}absent: no host says that it runs it\n/)
  const unknown = await group.run('task show t/a/7')
  assert.equal([unknown.code, /\[TASK_UNKNOWN\]/.test(unknown.stderr)], [1, true])
})

test('who asks for one host is told that it is away, and an order needs one that answers', async () => {
  for (const line of ['status --host one', 'lag --host one', 'task pause t/a/0 --yes', 'actors']) {
    const { code, stderr } = await group.run(line)
    assert.is(code, 1, line)
    assert.match(stderr, /\[HOST_AWAY\]/, line)
  }
})

test('an application that never ran is refused with those that did, whether a host is asked or not', async () => {
  for (const line of ['hosts', 'status', 'actors', 'tasks --watch']) {
    const { code, stderr } = await group.run(`${line} --app nobody`)
    assert.is(code, 1, line)
    assert.match(
      stderr,
      /application 'nobody'.*Say one of app with --app.*\[APPLICATION_UNKNOWN\]/s,
      line,
    )
  }
})

test.after(() => group.close())
test.run()
