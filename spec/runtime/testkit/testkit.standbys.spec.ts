// Standbys through the whole runtime on the simulated broker: hosts that are killed, stopped and come
// back, and what their copies are worth then. Nothing here is about time: a takeover is judged by how
// much of its log it replayed.

import { serde, topic } from 'millrace'
import { type HostedTask, type Testkit, testkit } from 'millrace/testkit'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { wordcount } from '../../examples/wordcount/wordcount.ts'

const lines = topic('lines', { value: serde.string() })
const counts = topic('word-counts', { key: serde.string(), value: serde.int64() })
const ids = (tasks: readonly HostedTask[]): string[] => tasks.map(({ id }) => id).sort()

const words = (count: number): string[] => Array.from({ length: count }, (_, n) => `w${n}`)

/** So many words, each in a line of its own, in commits of ten lines. */
async function fill(t: Testkit, count: number): Promise<void> {
  const all = words(count)
  for (let n = 0; n < all.length; n += 10) {
    t.topic(lines).send(...all.slice(n, n + 10).map((value) => ({ value })))
    await t.settle()
  }
}

const stateful = (tasks: readonly HostedTask[]): HostedTask[] =>
  tasks.filter(({ id }) => id.includes('/counts/'))

/** What a task replayed when it opened, in changes. */
const replayed = ({ restoredFrom, restored }: HostedTask): number => restored - restoredFrom

test('every task that keeps something is followed on another host, to the end of its log', async () => {
  await using t = await testkit(wordcount, { partitions: 4, hosts: 3, standbys: 1 })
  await t.advance(10_000)
  await fill(t, 100)
  await t.advance(1000)
  const [tasks, standbys] = [await t.tasks(), await t.standbys()]
  assert.equal(ids(standbys), ids(stateful(tasks)))
  for (const { id, host, state, lag, restored } of standbys) {
    assert.is.not(host, tasks.find((task) => task.id === id)?.host)
    assert.equal([state, lag], ['following.idle', 0])
    assert.ok(restored > 10, `${id} is at ${restored}`)
  }
})

test('there are as many standbys as there are hosts for, and none with one host', async () => {
  await using t = await testkit(wordcount, { partitions: 2, hosts: 1, standbys: 2 })
  await t.advance(1000)
  assert.equal(await t.standbys(), [])
  await t.start('host-2')
  await t.advance(30_000)
  assert.is((await t.standbys()).length, 2)
  await t.start('host-3')
  await t.advance(30_000)
  assert.is((await t.standbys()).length, 4)
  await t.stop('host-1')
  await t.advance(30_000)
  assert.is((await t.standbys()).length, 2)
})

test('the tasks of a host that is stopped are copied before they move, without standbys too', async () => {
  for (const handOverMs of [0, 5000]) {
    await using t = await testkit(wordcount, { partitions: 4, hosts: 2, handOverMs })
    await t.advance(30_000)
    await fill(t, 400)
    await t.advance(1000)
    const leaving = stateful(await t.tasks()).filter(({ host }) => host === 'host-1')
    assert.ok(leaving.length > 0)
    await t.stop('host-1')
    await t.advance(3000)
    const moved = stateful(await t.tasks()).filter(({ id }) => ids(leaving).includes(id))
    for (const task of moved) {
      assert.equal([task.host, task.state], ['host-2', 'running.idle'])
      if (handOverMs === 0) assert.ok(replayed(task) > 50, `${task.id} replayed ${replayed(task)}`)
      else assert.ok(replayed(task) <= 10, `${task.id} replayed ${replayed(task)}`)
    }
    assert.is(moved.length, leaving.length)
  }
})

test('a host that is stopped waits no longer for copies than it was told, and not where nobody can copy', async () => {
  await using t = await testkit(wordcount, { partitions: 4, hosts: 2, handOverMs: 5000 })
  await t.advance(30_000)
  await fill(t, 100)
  t.pause('host-2')
  // Nothing comes of it while the clock stands still: the other one copies nothing.
  await t.stop('host-1').catch(({ code }) => assert.is(code, 'TEST_STUCK'))
  await t.advance(4900)
  assert.ok(t.isAlive('host-1'))
  await t.advance(200)
  assert.not.ok(t.isAlive('host-1'))
  t.resume('host-2')
  await t.advance(30_000)
  assert.is((await t.tasks()).length, 8)
  // The last one: nobody is left to wait for.
  await t.stop('host-2')
})

test('hosts that are stopped together wait only while somebody stays, and one by one for the next', async () => {
  await using t = await testkit(wordcount, { partitions: 4, hosts: 3, handOverMs: 5000 })
  await t.advance(30_000)
  await fill(t, 100)
  // The one that leads is among them.
  await Promise.all([t.stop('host-1'), t.stop('host-2')])
  await t.advance(3000)
  const tasks = stateful(await t.tasks())
  assert.is(tasks.length, 4)
  for (const { id, host, state } of tasks) {
    assert.equal([host, state], ['host-3', 'running.idle'], id)
  }
  await t.start('host-1')
  await t.start('host-2')
  await t.advance(30_000)
  // The clock stands still: nobody waits at all.
  await Promise.all(['host-1', 'host-2', 'host-3'].map((host) => t.stop(host)))
})

test('when a host is killed its tasks go on where their standbys were, and replay only a tail', async () => {
  await using t = await testkit(wordcount, { partitions: 4, hosts: 3, standbys: 1 })
  await t.advance(30_000)
  await fill(t, 400)
  await t.advance(1000)
  const standbys = await t.standbys()
  const lost = stateful(await t.tasks()).filter(({ host }) => host === 'host-1')
  assert.ok(lost.length > 0)
  t.kill('host-1')
  await t.advance(3000)
  const tasks = await t.tasks()
  for (const { id } of lost) {
    const task = tasks.find((it) => it.id === id)
    assert.ok(task, id)
    assert.is(task.host, standbys.find((it) => it.id === id)?.host, id)
    assert.ok(task.restored > 50, 'there was something to replay')
    // Its own claim.
    assert.is(replayed(task), 1, id)
  }
  for (const word of words(400)) assert.is(await t.store('counts').get(word), 1, word)
})

test('without a standby the same takeover replays the whole log', async () => {
  await using t = await testkit(wordcount, { partitions: 2, hosts: 2 })
  await t.advance(30_000)
  await fill(t, 100)
  await t.advance(1000)
  const lost = stateful(await t.tasks()).filter(({ host }) => host === 'host-1')
  t.kill('host-1')
  await t.advance(10_000)
  for (const { id } of lost) {
    const task = (await t.tasks()).find((it) => it.id === id)
    assert.ok(task)
    assert.is(task.restoredFrom, 0)
  }
})

test('a host that comes gets its share only after it copied it, and what it left is its standby', async () => {
  await using t = await testkit(wordcount, { partitions: 4, hosts: 1, standbys: 1 })
  await fill(t, 400)
  await t.advance(1000)
  await t.start('host-2')
  await t.advance(30_000)
  const mine = stateful(await t.tasks()).filter(({ host }) => host === 'host-2')
  assert.is(mine.length, 2)
  for (const task of mine) {
    assert.ok(task.restored > 50)
    assert.ok(replayed(task) < 10, `${task.id} replayed ${replayed(task)}`)
  }
  const left = (await t.standbys()).filter(({ host }) => host === 'host-1')
  assert.equal(ids(left), ids(mine))
  for (const { restoredFrom, restored } of left) assert.ok(restored - restoredFrom < 10)
})

test('a task moves after a copy also where no standbys are kept, and no copy is left behind', async () => {
  await using t = await testkit(wordcount, { partitions: 4, hosts: 1, warmups: 1 })
  await fill(t, 400)
  await t.advance(1000)
  await t.start('host-2')
  await t.advance(30_000)
  const mine = stateful(await t.tasks()).filter(({ host }) => host === 'host-2')
  assert.is(mine.length, 2)
  for (const task of mine) assert.ok(replayed(task) < 10, `${task.id} replayed ${replayed(task)}`)
  assert.equal(await t.standbys(), [])
})

test('a standby never writes: its task is claimed once for each time it was granted', async () => {
  await using t = await testkit(wordcount, { partitions: 1, hosts: 2, standbys: 1 })
  await t.advance(10_000)
  const [first] = stateful(await t.tasks())
  await fill(t, 50)
  await t.advance(60_000)
  const [task] = stateful(await t.tasks())
  const [standby] = await t.standbys()
  assert.is(task?.epoch, first?.epoch)
  assert.equal([standby?.epoch, standby?.records, standby?.commits], [0, 0, 0])
  await t.stop(task?.host ?? '')
  await t.advance(10_000)
  const [promoted] = stateful(await t.tasks())
  assert.equal([promoted?.host, promoted?.epoch], [standby?.host, (first?.epoch ?? 0) + 1])
})

test('while an owner is away a standby answers those who allow for it, and nobody else', async () => {
  await using t = await testkit(wordcount, { partitions: 4, hosts: 2, standbys: 1 })
  await t.advance(30_000)
  await fill(t, 100)
  t.kill('host-1')
  const rows = await t.store<string, number>('counts').rows({ maxLag: 0 })
  assert.is(rows.length, 100)
  for (const { key, value, lag } of rows) assert.equal([value, lag], [1, 0], key)
  const { value, lag } = await t.store('counts').read('w7', { maxLag: 0 })
  assert.equal([value, lag], [1, 0])
  const strict = words(100).map((word) => t.store('counts').get(word))
  const outcomes = Promise.allSettled(strict)
  await t.advance(60_000)
  const refused = (await outcomes).filter(({ status }) => status === 'rejected')
  assert.ok(refused.length > 0, 'who wants the newest waits for the owner')
  assert.is(await t.store('counts').get('w7'), 1)
})

test('results are exact under seeded kills with standbys on, whoever is killed when', async () => {
  for (let seed = 1; seed <= 12; seed++) {
    await using t = await testkit(wordcount, { partitions: 3, hosts: 3, standbys: 1, seed })
    await t.advance(10_000)
    for (let round = 0; round < 4; round++) {
      for (let n = 0; n < 25; n++) t.topic(lines).send({ value: 'a b a' })
      for (let steps = 0; steps < seed * 5 + round * 3; steps++) {
        t.clock.runOne()
        await Promise.resolve()
      }
      const victim = `host-${1 + ((round + seed) % 3)}`
      t.kill(victim)
      await t.advance(round % 2 === 0 ? 20_000 : 700)
      await t.start(victim)
      await t.advance(10_000)
    }
    const found: Record<string, number[]> = { a: [], b: [] }
    for (const [word, count] of t.topic(counts).takeValues()) found[word]?.push(count)
    const upTo = (last: number) => Array.from({ length: last }, (_, n) => n + 1)
    assert.equal(found, { a: upTo(200), b: upTo(100) }, `seed ${seed}`)
    // Until nobody takes a process that was killed for the one that has its id now.
    await t.advance(15_000)
    assert.is(await t.store('counts').get('a'), 200)
    assert.is((await t.standbys()).length, 3)
  }
})

test.run()
