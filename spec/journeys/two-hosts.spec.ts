// Two host processes on one directory: they share partitions, one takes over from the other, and a
// stopped one that wakes up after it was replaced cannot commit.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { frozen } from '../kit/frozen.ts'
import { NEVER_MS } from '../kit/host-group.ts'
import { HostProcess, millrace } from '../kit/host-process.ts'
import { within } from '../kit/within.ts'
import { APPLICATION, WordHosts } from './word-hosts.ts'

const on = (tasks: ReadonlyMap<string, string>, host: string, part = ''): number =>
  [...tasks].filter(([task, owner]) => owner === host && task.includes(part)).length

test('two hosts share four partitions, and the one that stays takes over from the one that goes', async () => {
  const { world, host: one } = await WordHosts.start('one')
  try {
    await world.feed(2000)
    const two = new HostProcess(world.manifest, ['--id', 'two'])
    await two.ready()
    await world.until('both have half', (tasks) =>
      ['one', 'two'].every(
        (id) => on(tasks, id, '/lines/') === 2 && on(tasks, id, '/counts/') === 2,
      ),
    )
    await world.feed(2000)
    const status = JSON.parse(
      (await millrace(['status', '--json', '--app', APPLICATION, '--broker', world.data])).stdout,
    )
    assert.equal(
      status.hosts.map(({ id, tasks }: { id: string; tasks: number }) => [id, tasks]),
      [
        ['one', 4],
        ['two', 4],
      ],
    )
    // Whoever is asked, the owner answers.
    await within(NEVER_MS, 'all is counted', world.updates.until(world.lines.words))
    for (const id of ['one', 'two']) {
      const args = [
        'query',
        'counts',
        '--limit',
        '1000',
        '--json',
        '--host',
        id,
        '--broker',
        world.data,
      ]
      const { rows } = JSON.parse((await millrace(args)).stdout)
      const counts = new Map(
        rows.map(({ key, value }: { key: string; value: number }) => [key, value]),
      )
      assert.equal(counts, new Map([...world.lines.totals].sort()))
    }
    await two.signal('SIGKILL')
    await world.until('one has all', (tasks) => on(tasks, 'one') === 8)
    await world.feed(2000)
    await within(NEVER_MS, 'all is counted', world.updates.until(world.lines.words))
    await one.signal('SIGTERM')
    assert.is(await one.exit, 0)
    assert.equal(world.updates.wrong, [])
    assert.equal(world.updates.totals, world.lines.totals)
  } finally {
    await world.close()
  }
})

test('a host that led, was stopped and replaced, can neither commit nor place when it wakes up', async () => {
  const { world, host: zombie } = await WordHosts.start('zombie')
  try {
    await world.feed(5000)
    await within(NEVER_MS, 'it is at work', world.updates.until(1000))
    await stopOutsideLock(zombie, world)
    const heir = new HostProcess(world.manifest, ['--id', 'heir'])
    await heir.ready()
    await world.until('the heir has all', (tasks) => on(tasks, 'heir') === 8)
    await world.feed(2000)
    await within(NEVER_MS, 'the heir counts', world.updates.until(world.lines.words))
    await zombie.signal('SIGCONT')
    await world.until(
      'both have half',
      (tasks) => on(tasks, 'heir') === 4 && on(tasks, 'zombie') === 4,
    )
    await world.feed(2000)
    await within(NEVER_MS, 'both count', world.updates.until(world.lines.words))
    assert.ok(
      zombie.log.some((line) => line.includes('HOST_EVICTED') || line.includes('TASK_FENCED')),
      'it noticed',
    )
    await zombie.signal('SIGTERM')
    await heir.signal('SIGTERM')
    assert.equal(world.updates.wrong, [])
    assert.equal(world.updates.totals, world.lines.totals)
    const placed = [...zombie.log, ...heir.log].flatMap((line) => line.match(/placement \d+/) ?? [])
    assert.equal([...new Set(placed)].sort(), placed.sort(), 'each placement is by one of them')
  } finally {
    await world.close()
  }
})

/**
 * Stops a process where it does not hold the log's write lock: one stopped inside a transaction would
 * keep everybody from writing until it goes on, and nobody could replace it.
 */
async function stopOutsideLock(host: HostProcess, world: WordHosts): Promise<void> {
  for (;;) {
    await host.signal('SIGSTOP')
    await within(NEVER_MS, 'it stands still', frozen(host.child.pid ?? 0))
    const written = world.feed(1).then(() => true)
    const isFree = await Promise.race([written, pause(3000).then(() => false)])
    if (isFree) return
    await host.signal('SIGCONT')
    await written
  }
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms)
  })

test.run()
