// The command, on the documents of a group of which no host runs: what is shown, what is wished, and what is
// only told without --yes.

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
import { millrace, type Ran } from '../../kit/host-process.ts'
import { tempDir } from '../../kit/temp-dir.ts'

const directory = tempDir()
const broker = openBroker(brokerLocation('file:.', directory))
const topologies = { t: { a: 2 } }

const join = (id: string, facts: Partial<Member>): Promise<number> =>
  broker.keys.put(hostKey('app', id), encodeDocument(memberOf(id, { topologies, ...facts })))

await join('one', { held: ['t/a/0', 't/a/1'], copies: { 't/b/0': 0 }, capacity: 2, zone: 'east' })
await join('two', { copies: {}, state: 'draining' })
const target = { 't/a/0': 'one', 't/a/1': 'one' }
const placement = { version: 3, target, granted: target, standbys: {} }
await broker.keys.put(assignmentKey('app'), encodeDocument(placement))

const run = (line: string): Promise<Ran> =>
  millrace([...line.split(' '), '--broker', `file:${directory}`])

async function done(line: string): Promise<string> {
  const { code, stdout, stderr } = await run(line)
  assert.is(code, 0, stderr)
  return stdout.trim()
}

const wished = async () => wishesOf(await broker.keys.get(wishesKey('app')))

test('hosts are listed with what is wished of them, also those that are away', async () => {
  await done('hosts drain one')
  const wishes = { ...(await wished()), fenced: ['gone'] }
  await broker.keys.put(wishesKey('app'), encodeDocument(wishes))
  const lines = (await done('hosts')).split('\n').map((line) => line.trim().split(/ {2,}/))
  assert.equal(lines, [
    ['HOST', 'STATE', 'ZONE', 'CAPACITY', 'WORKERS', 'TASKS', 'STANDBYS', 'PID'],
    ['one', 'draining', 'east', '2', '0', '2', '1', '1'],
    ['two', 'leaving', '-', '1', '0', '0', '0', '1'],
    ['gone', 'fenced, away', '-', '1', '0', '0', '0', '-'],
  ])
  const { hosts } = JSON.parse(await done('hosts --json'))
  assert.equal([hosts[0].state, hosts[0].wish, hosts[2].state], ['active', 'draining', 'away'])
  assert.is(await done('hosts unfence gone'), 'gone is not fenced any more, and takes part again')
  assert.match(await done('hosts undrain one'), /does not drain any more/)
  assert.is(await done('hosts undrain one'), 'one does not drain')
  assert.equal([(await wished()).draining, (await wished()).fenced], [[], []])
})

test('a drain says what goes, and what cannot', async () => {
  const stays = 'one drains: others get 2 tasks and 1 standby, as they copy them'
  assert.is(await done('hosts drain one'), `${stays}; what no other host can run stays`)
  await join('two', { copies: {} })
  assert.is(await done('hosts drain one'), stays)
  assert.equal((await wished()).draining, ['one'])
  await done('hosts undrain one')
})

test('a fence is told without --yes, and set with it', async () => {
  const told = await run('hosts fence one')
  assert.is(told.code, 2)
  assert.match(told.stdout, /^would fence one: others get 2 tasks and 1 standby at once/)
  assert.match(told.stderr, /say --yes to fence it \[OPTION_INVALID\]/)
  assert.equal((await wished()).fenced, [])
  assert.match(await done('hosts fence one --yes'), /^one is fenced: /)
  assert.equal((await wished()).fenced, ['one'])
  await done('hosts unfence one')
})

test('a host nobody knows is refused, with the one that was meant, or those there are', async () => {
  for (const [line, hint] of [
    ['hosts drain onee', 'Did you mean one\\?'],
    ['hosts fence elsewhere --yes', 'Hosts: one, two'],
  ]) {
    const { code, stderr } = await run(line ?? '')
    assert.is(code, 1)
    assert.match(stderr, new RegExp(`has no host .*${hint}.* \\[HOST_UNKNOWN\\]`))
  }
  const word = await run('hosts drian')
  assert.equal([word.code, /Did you mean drain/.test(word.stderr)], [2, true])
})

test.after(() => broker.close())
test.run()
