// Two host processes with a standby for every task: one is killed, and the other goes on with what it
// has. What a takeover cost is told by how much of its log it replayed.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { QueryDocument, TasksDocument } from '#runtime/admin/documents'
import { NEVER_MS } from '../kit/host-group.ts'
import { HostProcess, millrace } from '../kit/host-process.ts'
import { within } from '../kit/within.ts'
import { APPLICATION, WordHosts } from './word-hosts.ts'

const stateful = (id: string): boolean => id.includes('/counts/')

test('a host killed with kill -9 is replaced by its standbys, and every word is counted once', async () => {
  const { world, host: one } = await WordHosts.start('one', { standbys: 1 })
  try {
    await world.feed(2000)
    const two = new HostProcess(world.manifest, ['--id', 'two'])
    await two.ready()
    await world.feed(2000)
    await within(NEVER_MS, 'all is counted', world.updates.until(world.lines.words))
    await world.until('each has half, and fresh copies of the other half', (tasks, members) => {
      const copied = members.flatMap(({ copies = {} }) => Object.entries(copies))
      const mine = (id: string) => [...tasks].filter(([, owner]) => owner === id).length
      return mine('one') === 4 && copied.length === 4 && copied.every(([, lag]) => lag === 0)
    })
    const before = await ask<TasksDocument>(world, ['tasks', '--json'])
    const lost = before.tasks.filter(({ id, host }) => host === 'one' && stateful(id))
    assert.is(lost.length, 2)
    for (const { id } of lost) {
      const standby = before.standbys.find((it) => it.id === id)
      assert.equal([standby?.host, standby?.purpose, standby?.lag], ['two', 'standby', 0])
    }
    await one.signal('SIGKILL')
    // While nobody runs them, a copy answers.
    const { rows } = await ask<QueryDocument>(world, [
      ...['query', 'counts', '--limit', '10000', '--json', '--max-lag', '0', '--host', 'two'],
    ])
    assert.is(rows.length, world.lines.totals.size)
    await world.until('two has all', (tasks) => [...tasks.values()].every((id) => id === 'two'))
    await world.feed(2000)
    await within(NEVER_MS, 'all is counted', world.updates.until(world.lines.words))
    const after = await ask<TasksDocument>(world, ['tasks', '--json', '--host', 'two'])
    for (const { id } of lost) {
      const task = after.tasks.find((it) => it.id === id)
      assert.ok(task && task.restoredFrom > 0, 'its log had more than that')
      assert.is(task.restored - task.restoredFrom, 1, 'and only its own claim was')
    }
    await two.signal('SIGTERM')
    assert.is(await two.exit, 0)
    assert.equal(world.updates.wrong, [])
    assert.equal(world.updates.totals, world.lines.totals)
  } finally {
    await world.close()
  }
})

async function ask<T>(world: WordHosts, args: readonly string[]): Promise<T> {
  const { stdout } = await millrace([...args, '--app', APPLICATION, '--broker', world.data])
  return JSON.parse(stdout) as T // what the command prints
}

test.run()
