// Drains, fences, freezes and moves by hand through the whole runtime on the simulated broker: work goes
// where operators want it, and is done once whatever they want.

import { type Testkit, testkit } from 'millrace/testkit'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Wishes } from '#protocols/messages/membership'
import { changeWishes } from '#runtime/process/group-look'
import { freezing, marking, pinning } from '#runtime/process/wishes'
import { wordcount } from '../../examples/wordcount/wordcount.ts'
import { lines, saidOnceBy, say, WORDS } from './said-once.ts'

const saidOnce = saidOnceBy((count) => count)

const wish = (t: Testkit, change: (wishes: Wishes) => Wishes): Promise<Wishes> =>
  changeWishes(t.broker.keys, 'test', change)

const hosts = async (t: Testkit): Promise<string[]> => [
  ...new Set((await t.tasks()).map(({ host }) => host)),
]

async function twoHosts(standbys = 0): Promise<Testkit> {
  const t = await testkit(wordcount, { partitions: 4, hosts: 2, standbys })
  await t.advance(30_000)
  assert.equal((await hosts(t)).sort(), ['host-1', 'host-2'])
  return t
}

test('a host that stands still and is fenced loses its tasks at once, and does nothing twice when it wakes', async () => {
  await using t = await twoHosts()
  await say(t)
  t.topic(lines).send(...WORDS.map((value) => ({ value })))
  t.clock.runOne()
  t.pause('host-1')
  await wish(t, marking('fenced', 'host-1', true))
  await t.settle()
  saidOnce(t, 1, 2)
  t.resume('host-1')
  await t.advance(30_000)
  assert.equal(await hosts(t), ['host-2'])
  await say(t)
  saidOnce(t, 3)
  await wish(t, marking('fenced', 'host-1', false))
  await t.advance(30_000)
  assert.equal((await hosts(t)).sort(), ['host-1', 'host-2'])
  await say(t)
  saidOnce(t, 4)
})

test('a host that drains ends with nothing, copies too, and takes part again when it does not', async () => {
  await using t = await twoHosts(1)
  await t.start('host-3')
  await t.advance(30_000)
  await say(t)
  await wish(t, marking('draining', 'host-1', true))
  await t.advance(60_000)
  assert.equal((await hosts(t)).sort(), ['host-2', 'host-3'])
  assert.not((await t.standbys()).some(({ host }) => host === 'host-1'))
  assert.is((await t.standbys()).length, 4)
  await say(t)
  saidOnce(t, 1, 2)
  await wish(t, marking('draining', 'host-1', false))
  await t.advance(60_000)
  assert.is((await hosts(t)).length, 3)
})

test('the last host keeps its tasks, although it drains, also when it starts again', async () => {
  await using t = await testkit(wordcount, { partitions: 2 })
  await wish(t, marking('draining', 'host-1', true))
  await say(t)
  t.kill('host-1')
  await t.start('host-1')
  await say(t)
  saidOnce(t, 1, 2)
})

test('while all is frozen a host that joins gets nothing, and a host that dies is replaced', async () => {
  await using t = await testkit(wordcount, { partitions: 4, hosts: 2 })
  await t.advance(30_000)
  await wish(t, freezing(true))
  await t.start('host-3')
  await t.advance(30_000)
  assert.equal((await hosts(t)).sort(), ['host-1', 'host-2'])
  t.kill('host-1')
  await t.advance(30_000)
  assert.is((await t.tasks()).length, 8)
  await say(t)
  await wish(t, freezing(false))
  await t.advance(30_000)
  assert.is((await t.tasks()).filter(({ host }) => host === 'host-3').length, 4)
  await say(t)
  saidOnce(t, 1, 2)
})

test('a task moved by hand goes there, and stays through a restart of that host', async () => {
  await using t = await twoHosts()
  await say(t)
  const at = async (id: string) => (await t.tasks()).find((task) => task.id === id)?.host
  const id = 'wordcount/counts/0'
  const to = (await at(id)) === 'host-1' ? 'host-2' : 'host-1'
  await wish(t, pinning(id, to))
  await t.advance(30_000)
  assert.is(await at(id), to)
  t.kill(to)
  await t.advance(30_000)
  assert.is.not(await at(id), to)
  await t.start(to)
  await t.advance(30_000)
  assert.is(await at(id), to)
  await say(t)
  saidOnce(t, 1, 2)
})

test.run()
