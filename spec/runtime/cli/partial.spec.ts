// A group of which one host hangs: what the others know is shown, that it is not all is a note and an exit
// code. A stand-in answers as a host does that asked the others.

import { join } from 'node:path'
import { Hono } from 'hono'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { adminServer } from '#runtime/admin/admin-server'
import { brokerLocation } from '#runtime/process/broker-location'
import { openDoor } from '#runtime/process/doors'
import { openBroker } from '#runtime/process/open-broker'
import { millrace, type Ran } from '../../kit/host-process.ts'
import { tempDir } from '../../kit/temp-dir.ts'

const directory = tempDir()
const data = join(directory, 'data')
await openBroker(brokerLocation('file:data', directory)).close()
const server = await adminServer()
const closeDoor = await openDoor(data, 'app', { id: 'one', socket: server.socket })

const unanswered = [{ host: 'two', error: 'it hangs' }]
const task = { host: 'one', worker: 0, state: 'running.idle', lag: 0, records: 1, restarts: 0 }
const tasks = ['t/a/0', 't/a/1'].map((id) => ({ ...task, id, positions: [], error: null }))
const app = new Hono()
const documents: Readonly<Record<string, object>> = {
  tasks: { tasks, standbys: [], moves: [] },
  lag: { partitions: [], lag: 0, unknown: 0 },
  stores: { stores: [], globals: [] },
  tree: { hosts: [] },
  deadletters: { hosts: [] },
  'log-level': { hosts: [] },
}
for (const [name, document] of Object.entries(documents)) {
  app.get(`/v1/${name}`, (c) => c.json({ ...document, unanswered }))
}
const away = { code: 'TASK_AWAY', what: 'it is on its way' }
app.post('/v1/orders', async (c) => {
  const { task: id } = await c.req.json()
  return id === 't/a/1' ? c.json({ error: away }, 400) : c.json({})
})
server.serve(app)

const run = (line: string): Promise<Ran> =>
  millrace([...line.split(' '), '--broker', `file:${data}`])

test('an answer without every host says so, and has exit code 5, as text and as JSON', async () => {
  for (const name of [...Object.keys(documents), 'actors']) {
    const text = await run(name)
    assert.is(text.code, 5, `${name}: ${text.stderr}`)
    assert.match(text.stderr, /^host two did not answer: it hangs$/m)
    const { code, stdout } = await run(`${name} --json`)
    assert.equal([code, JSON.parse(stdout).unanswered], [5, unanswered], name)
  }
})

test('of orders that some tasks heard and others did not the exit code is 5 too', async () => {
  const some = await run('task pause t/a/* --yes')
  assert.equal([some.code, some.stdout], [5, 'told t/a/0 to pause\n'])
  assert.match(some.stderr, 't/a/1: it is on its way [TASK_AWAY]')
  assert.is((await run('task pause t/a/1 --yes')).code, 1)
  assert.is((await run('task pause t/a/0 --yes')).code, 0)
})

test.after(async () => {
  closeDoor()
  await server.close()
})
test.run()
