// The commands, on the documents of a group: a task is pinned where it can be, and what keeps it is said.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  assignmentKey,
  encodeDocument,
  hostKey,
  NOTHING_WISHED,
  wishesKey,
  wishesOf,
} from '#protocols/messages/membership'
import { brokerLocation } from '#runtime/process/broker-location'
import { openBroker } from '#runtime/process/open-broker'
import { memberOf } from '../../actors/host/host-world.ts'
import { millrace, type Ran } from '../../kit/host-process.ts'
import { tempDir } from '../../kit/temp-dir.ts'

const directory = tempDir()
const broker = openBroker(brokerLocation('file:.', directory))
const topologies = { t: { a: 1 } }
for (const [id, runs] of [
  ['one', topologies],
  ['two', topologies],
  ['three', { u: { a: 1 } }],
] as const) {
  await broker.keys.put(hostKey('app', id), encodeDocument(memberOf(id, { topologies: runs })))
}
const target = { 't/a/0': 'one' }
const placement = { version: 1, target, granted: target, standbys: {} }
await broker.keys.put(assignmentKey('app'), encodeDocument(placement))

const run = (line: string): Promise<Ran> =>
  millrace(['tasks', ...line.split(' '), '--broker', `file:${directory}`])

const pins = async () => wishesOf(await broker.keys.get(wishesKey('app'))).pins

test('a task is pinned to a host, and let go again', async () => {
  const { code, stdout, stderr } = await run('move t/a/0 --to two')
  assert.equal([code, stderr], [0, ''])
  assert.is(stdout, 't/a/0 goes from one to two, and is pinned there\n')
  assert.equal(await pins(), { 't/a/0': 'two' })
  assert.is((await run('unpin t/a/0')).stdout, 't/a/0 is not pinned to two any more\n')
  assert.is((await run('unpin t/a/0')).stdout, 't/a/0 is not pinned\n')
  assert.equal(await pins(), {})
})

test('what keeps it where it is, is said', async () => {
  const wishes = { ...NOTHING_WISHED, isFrozen: true, draining: ['two'] }
  await broker.keys.put(wishesKey('app'), encodeDocument(wishes))
  const { code, stderr } = await run('move t/a/0 --to two')
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
    const { code, stderr } = await run(line)
    assert.is(code, 1)
    assert.match(stderr, error)
  }
  assert.is((await run('move t/a/0')).code, 2)
})

test.after(() => broker.close())
test.run()
