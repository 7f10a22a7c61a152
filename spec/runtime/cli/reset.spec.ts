// The command: says what would go, does it when told to, and does nothing twice.

import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { utf8 } from '#protocols/core/bytes'
import { planKey } from '#protocols/messages/membership'
import { brokerLocation } from '#runtime/process/broker-location'
import { openBroker } from '#runtime/process/open-broker'
import { manifestIn, millrace, type Ran } from '../../kit/host-process.ts'
import { tempDir } from '../../kit/temp-dir.ts'

const directory = tempDir()
const broker = openBroker(brokerLocation('file:.', directory))
await broker.topics.ensure({ name: 'app.flow.a.changelog', partitions: 1, owner: 'internal' })
await broker.keys.put(planKey('app', 'flow'), utf8('{}'))
const state = join(directory, 'state', 'app')
mkdirSync(state, { recursive: true })

const run = (line: string): Promise<Ran> =>
  millrace([...line.split(' '), '--broker', `file:${directory}`])

test('without --yes it tells what would go, and it stays', async () => {
  for (const [line, code] of [
    ['reset app --dry-run', 0],
    ['reset app', 2],
  ] as const) {
    const ran = await run(line)
    assert.is(ran.code, code, ran.stderr)
    const said = code === 0 ? ran.stdout : ran.stderr
    for (const part of ['app.flow.a.changelog', 'key app/plans/flow', `state ${state}`]) {
      assert.match(said, part)
    }
  }
  assert.ok(existsSync(state))
  assert.ok((await broker.topics.describe('app.flow.a.changelog')) !== null)
})

test('a manifest that lies there says nothing about a broker that was named', async () => {
  const elsewhere = tempDir()
  const other = join(elsewhere, 'state', 'app')
  mkdirSync(other, { recursive: true })
  manifestIn(elsewhere, { application: 'app', state: './state', actors: [] })
  const line = ['reset', 'app', '--dry-run', '--broker', `file:${directory}`]
  const { stdout } = await millrace(line, '', elsewhere)
  assert.match(stdout, `state ${state}`)
  assert.not.match(stdout, other)
})

test('with --yes it goes, and once more there is nothing', async () => {
  const ran = await run('reset app --yes --json')
  const { isDone, topics } = JSON.parse(ran.stdout)
  assert.equal([ran.code, isDone, topics.length], [0, true, 1])
  assert.not(existsSync(state))
  assert.is(await broker.topics.describe('app.flow.a.changelog'), null)
  const again = await run('reset app --yes')
  assert.equal([again.code, again.stdout], [0, 'nothing is kept of app\n'])
})

test.after(() => broker.close())
test.run()
