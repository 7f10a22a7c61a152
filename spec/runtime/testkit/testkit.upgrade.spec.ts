// Rolling upgrades through the whole runtime on the simulated broker: hosts of a program are replaced one by
// one by hosts of the next. Every word is counted once whatever runs where, what is new begins when every
// host has it, and until then the way back is starting the program before.

import { serde, type TopologyBuilder, topology } from 'millrace'
import { type Testkit, testkit } from 'millrace/testkit'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { promote } from '#actors/coordinator/plans'
import { silent } from '#protocols/core/log'
import { plansPrefix } from '#protocols/messages/membership'
import { decodePlanShape } from '#protocols/messages/plan-shape'
import { lookAt } from '#runtime/process/group-look'
import { counts, lines, saidOnceBy, say, WORDS } from './said-once.ts'

const saidOnce = saidOnceBy((count) => Number(count) % 1000)

const counting = (t: TopologyBuilder) =>
  t
    .stream(lines)
    .groupBy((_key, word) => word, { key: serde.string() })
    .count({ store: 'counts' })

const before = topology('words', (t) => {
  counting(t).toStream().to(counts)
})

/** Of the same shape: what it writes says so. */
const quicker = topology('words', (t) => {
  counting(t)
    .toStream()
    .mapValues((count) => count + 1000)
    .to(counts)
})

/** With a sub-topology and a store more, and so with another topic between them. */
const more = topology('words', (t) => {
  counting(t).toStream().to(counts)
  t.stream(lines)
    .groupBy((_key, word) => word.length, { key: serde.int32() })
    .count({ store: 'lengths' })
})

/** The store that was there holds something else. */
const broken = topology('words', (t) => {
  t.stream(lines)
    .groupBy((_key, word) => word.length, { key: serde.int32() })
    .count({ store: 'counts' })
})

async function threeHosts(): Promise<Testkit> {
  const t = await testkit(before, { partitions: 4, hosts: 3 })
  await t.advance(30_000)
  return t
}

const placed = async (t: Testkit): Promise<Record<string, number>> => {
  const hosts: Record<string, number> = {}
  for (const { host } of await t.tasks()) hosts[host] = (hosts[host] ?? 0) + 1
  return hosts
}

/** Stores that the group knows by its active shapes. */
async function stores(t: Testkit): Promise<string[]> {
  const found = await t.broker.keys.list(plansPrefix('test'))
  const shapes = [...found.values()].map(({ value }) => decodePlanShape(value))
  return shapes.flatMap((shape) =>
    Object.values(shape.subtopologies).flatMap((it) => Object.keys(it.stores)),
  )
}

test('a program of the same shape takes over host by host, and nothing moves but from hosts that stop', async () => {
  await using t = await threeHosts()
  await say(t)
  for (const id of ['host-1', 'host-2', 'host-3']) {
    await t.stop(id)
    await t.advance(30_000)
    await say(t)
    const at = await placed(t)
    await t.start(id, [quicker], { version: '2' })
    if (id !== 'host-3') {
      await t.advance(60_000)
      assert.equal(await placed(t), at)
    }
    await t.advance(30_000)
    await say(t)
  }
  saidOnce(t, 1, 2, 3, 4, 5, 6, 7)
  assert.equal(Object.values(await placed(t)).sort(), [2, 3, 3])
})

test('while two versions are there a host that comes gets nothing that need not move', async () => {
  await using t = await threeHosts()
  const at = await placed(t)
  await t.start('host-4', [quicker], { version: '2' })
  await t.advance(60_000)
  assert.equal(await placed(t), at)
  t.kill('host-1')
  await t.advance(60_000)
  assert.is((await placed(t))['host-4'], at['host-1'])
})

test('what is new begins when every host has it, and what was there is counted on', async () => {
  await using t = await threeHosts()
  await say(t)
  for (const id of ['host-1', 'host-2', 'host-3']) {
    assert.equal(await stores(t), ['counts'])
    await t.stop(id)
    await t.start(id, [more])
    await t.advance(30_000)
    await say(t)
  }
  assert.equal((await stores(t)).sort(), ['counts', 'lengths'])
  await say(t)
  saidOnce(t, 1, 2, 3, 4, 5)
  assert.is((await t.tasks()).length, 12)
  assert.ok(((await t.store<number, bigint>('lengths').get(8)) ?? 0n) >= 1n)
})

test('until then the way back is starting the program before, and loses nothing', async () => {
  await using t = await threeHosts()
  await say(t)
  for (const id of ['host-1', 'host-2']) {
    await t.stop(id)
    await t.start(id, [more])
    await t.advance(30_000)
    await say(t)
  }
  for (const id of ['host-1', 'host-2']) {
    await t.stop(id)
    await t.start(id)
    await t.advance(30_000)
    await say(t)
  }
  saidOnce(t, 1, 2, 3, 4, 5)
  assert.equal(await stores(t), ['counts'])
  assert.is((await t.tasks()).length, 8)
  assert.is(Object.keys(await placed(t)).length, 3)
})

test('a program that would misread what is kept is refused, and the group goes on', async () => {
  await using t = await threeHosts()
  await say(t)
  await t.stop('host-1')
  let refusal: unknown = null
  try {
    await t.start('host-1', [broken])
  } catch (error) {
    refusal = error
  }
  assert.match(String(refusal), /changed in a way that its state does not survive/)
  await t.advance(30_000)
  await say(t)
  await t.start('host-1')
  await t.advance(30_000)
  await say(t)
  saidOnce(t, 1, 2, 3)
  assert.equal(await stores(t), ['counts'])
})

test('promoted by hand it begins at once, and hosts of the program before hold nothing and are told', async () => {
  const said: string[] = []
  const log = { ...silent, log: (_level: string, code: string) => void said.push(code) }
  await using t = await testkit(before, { partitions: 4, hosts: 3, log })
  await t.advance(30_000)
  await say(t)
  await t.stop('host-1')
  await t.start('host-1', [more])
  await t.advance(30_000)
  assert.ok(said.includes('PLAN_PENDING'))
  await promoted(t, 'host-1')
  await t.advance(30_000)
  await say(t)
  saidOnce(t, 1, 2)
  assert.equal(await placed(t), { 'host-1': 12 })
  assert.is(said.filter((code) => code === 'PLAN_OVERTAKEN').length, 2)
  await t.stop('host-2')
  await t.start('host-2').then(
    () => assert.unreachable(),
    (error) => assert.match(String(error), /store 'lengths' of 'lengths' is gone/),
  )
  await t.stop('host-3')
  for (const id of ['host-2', 'host-3']) await t.start(id, [more])
  await t.advance(60_000)
  await say(t)
  saidOnce(t, 3)
  assert.is(Object.keys(await placed(t)).length, 3)
})

/** As `millrace upgrade promote` does. */
async function promoted(t: Testkit, host: string): Promise<void> {
  const { members, plans } = await lookAt(t.broker.keys, 'test')
  const marks = members.find(({ id }) => id === host)?.plans?.['words']?.is ?? {}
  const expect = plans.get('words')?.revision ?? 'absent'
  assert.ok(await promote(t.broker.keys, 'test', { topology: 'words', marks, expect }))
}

test('hosts that die in the middle of an upgrade lose nothing, whichever they are', async () => {
  for (const victims of [
    ['host-1', 'host-3'],
    ['host-3', 'host-1'],
    ['host-2', 'host-1'],
  ]) {
    await using t = await threeHosts()
    await say(t)
    for (const id of ['host-1', 'host-2']) {
      await t.stop(id)
      await t.start(id, [more])
    }
    await t.advance(30_000)
    for (const id of victims) {
      t.topic(lines).send(...WORDS.map((value) => ({ value })))
      t.clock.runOne()
      t.kill(id)
      await t.advance(30_000)
      await t.start(id, [more])
      await t.advance(30_000)
    }
    await say(t)
    saidOnce(t, 1, 2, 3, 4)
  }
})

test.run()
