// The command, on the documents of a group: where every task is and why, and a freeze.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  assignmentKey,
  encodeDocument,
  hostKey,
  type Member,
  wishesKey,
  wishesOf,
} from '#protocols/messages/membership'
import { brokerLocation } from '#runtime/process/broker-location'
import { openBroker } from '#runtime/process/open-broker'
import { memberOf } from '../../actors/host/host-world.ts'
import { millrace } from '../../kit/host-process.ts'
import { tempDir } from '../../kit/temp-dir.ts'

const directory = tempDir()
const broker = openBroker(brokerLocation('file:.', directory))
const facts = { topologies: { t: { a: 2 } }, stateful: ['t/a'] }
const join = (id: string, change: Partial<Member>): Promise<number> =>
  broker.keys.put(hostKey('app', id), encodeDocument(memberOf(id, { ...facts, ...change })))

await join('one', { held: ['t/a/0', 't/a/10'], copies: {} })
await join('two', { copies: { 't/a/10': 5 } })
const granted = { 't/a/0': 'one', 't/a/10': 'one' }
const placement = {
  ...{ version: 7, target: { ...granted, 't/a/10': 'two' }, granted },
  standbys: { 't/a/10': ['two'] },
}
await broker.keys.put(assignmentKey('app'), encodeDocument(placement))

async function done(line: string): Promise<string> {
  const args = [...line.split(' '), '--broker', `file:${directory}`]
  const { code, stdout, stderr } = await millrace(args)
  assert.is(code, 0, stderr)
  return stdout
}

test('every task is shown with where it is, where it should be, and what it waits for', async () => {
  const lines = (await done('rebalance')).split('\n').map((line) => line.trim().split(/ {2,}/))
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
    [''],
  ])
  const { tasks } = JSON.parse(await done('rebalance show --json'))
  assert.equal(
    tasks.map(({ step }: { step: string }) => step),
    ['settled', 'copying'],
  )
})

test('a freeze is wished and lifted, once', async () => {
  assert.match(await done('rebalance freeze'), /^app is frozen: only tasks whose host is gone move/)
  assert.is(wishesOf(await broker.keys.get(wishesKey('app'))).isFrozen, true)
  assert.match(await done('rebalance freeze'), /already/)
  assert.match(await done('rebalance'), /on their way, frozen/)
  assert.match(await done('rebalance unfreeze'), /^app is not frozen: /)
  assert.is(wishesOf(await broker.keys.get(wishesKey('app'))).isFrozen, false)
})

test.after(() => broker.close())
test.run()
