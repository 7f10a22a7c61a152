// Two host processes as operators want them: one takes more, nothing moves while it should not, a task goes
// where it is sent, and a host is emptied before it is stopped. Every word is counted once meanwhile.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { RebalanceDocument, StatusDocument } from '#runtime/admin/documents'
import { NEVER_MS } from '../kit/host-group.ts'
import { HostProcess, millrace } from '../kit/host-process.ts'
import { within } from '../kit/within.ts'
import { APPLICATION, WordHosts } from './word-hosts.ts'

const TASK = 'wordcount/counts/0'
const on = (tasks: ReadonlyMap<string, string>, host: string): number =>
  [...tasks.values()].filter((owner) => owner === host).length

test('hosts are weighed, frozen, moved by hand and drained, and every word is counted once', async () => {
  const { world, host: one } = await WordHosts.start('one')
  const run = async (...args: string[]): Promise<string> => {
    const where = ['--app', APPLICATION, '--broker', world.data]
    const { code, stdout, stderr } = await millrace([...args, ...where])
    assert.is(code, 0, stderr)
    return stdout
  }
  try {
    await world.feed(1000)
    const two = new HostProcess(world.manifest, ['--id', 'two', '--capacity', '3', '--zone', 'x'])
    await two.ready()
    await world.until('two has three times as many', (tasks) => on(tasks, 'two') === 6)
    assert.match(await run('hosts'), /\ntwo +active +x +3 +1 +6 /)

    await run('rebalance', 'freeze', '--yes')
    const before = JSON.parse(await run('rebalance', '--json')) as RebalanceDocument
    const from = before.tasks.find(({ id }) => id === TASK)?.target
    const to = from === 'one' ? 'two' : 'one'
    await run('task', 'move', TASK, '--to', to, '--yes')
    await world.feed(1000)
    await within(NEVER_MS, 'all is counted', world.updates.until(world.lines.words))
    const frozen = JSON.parse(await run('rebalance', '--json')) as RebalanceDocument
    const waits = frozen.tasks.find(({ id }) => id === TASK)
    assert.equal([waits?.target, waits?.pin], [from, to])
    await run('rebalance', 'unfreeze', '--yes')
    await world.until('it has moved', (tasks) => tasks.get(TASK) === to)
    await world.until('the rest is even', (tasks) => on(tasks, 'two') === 6)

    await run('hosts', 'drain', 'two', '--wait', '--yes')
    assert.match(await run('hosts'), /\ntwo +draining +x +3 +1 +0 +0 /)
    const { hosts } = JSON.parse(await run('status', '--json')) as StatusDocument
    assert.equal(
      hosts.map(({ id, state }) => [id, state]),
      [
        ['one', 'active'],
        ['two', 'draining'],
      ],
    )
    await world.until('one has all', (tasks) => on(tasks, 'one') === 8)
    await two.signal('SIGTERM')
    assert.is(await two.exit, 0)
    await world.feed(1000)
    await within(NEVER_MS, 'all is counted', world.updates.until(world.lines.words))
    await one.signal('SIGTERM')
    assert.is(await one.exit, 0)
    assert.equal(world.updates.wrong, [])
    assert.equal(world.updates.totals, world.lines.totals)
  } finally {
    await world.close()
  }
})

test.run()
