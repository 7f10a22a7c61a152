// Stores asked through the whole runtime, with their parts on several hosts: keys, ranges, windows, sessions,
// and answers that have to be fresh.

import { serde, session, topic, topology, tumbling } from 'millrace'
import { type Testkit, testkit } from 'millrace/testkit'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { TaskFacts } from '#actors/host/messages'
import { codeOf } from '../../actors/host/host-world.ts'

const HOSTS = ['host-1', 'host-2']
const text = serde.string()
const visits = topic('visits', { key: text, value: text, partitions: 4 })
const visiting = topology('visiting', (t) => {
  const byGuest = t.stream(visits).groupByKey()
  byGuest.count({ store: 'guests' })
  byGuest.windowedBy(tumbling({ size: '10s', grace: '1h' })).count({ store: 'hours' })
  byGuest.windowedBy(session({ gap: '5s', grace: '1h' })).count({ store: 'stays' })
})

const guests = Array.from({ length: 12 }, (_, n) => `guest-${n}`)

async function visited(options: { standbys?: number } = {}): Promise<Testkit> {
  const t = await testkit(visiting, { partitions: 4, hosts: HOSTS.length, ...options })
  await t.advance('30s')
  for (const time of [1000, 2000, 11_000, 31_000]) {
    t.topic(visits).send(...guests.map((key) => ({ key, value: 'in', time })))
    await t.advance('1s')
  }
  return t
}

const owners = (tasks: readonly (TaskFacts & { host: string })[]): number =>
  new Set(tasks.map(({ host }) => host)).size

test('every host answers for keys, ranges, windows and sessions, whoever keeps them', async () => {
  await using t = await visited()
  assert.is(owners(await t.tasks()), HOSTS.length)
  for (const host of HOSTS) {
    const counts = t.store<string, number>('guests', host)
    for (const guest of guests) assert.is(await counts.get(guest), 4, guest)
    const rows = await counts.range()
    assert.equal(
      rows,
      [...guests].sort().map((guest) => [guest, 4]),
    )
    const some = await counts.range({ from: 'guest-3', to: 'guest-5' })
    assert.equal(
      some.map(([key]) => key),
      ['guest-3', 'guest-4', 'guest-5'],
    )

    const hours = t.store<{ key: string; start: number; end: number }, number>('hours', host)
    const shown = ({ rows }: Awaited<ReturnType<typeof hours.fetch>>) =>
      rows.map(({ key, value }) => `${key.start}-${key.end}=${value}`)
    assert.equal(shown(await hours.fetch('guest-7')), [
      '0-10000=2',
      '10000-20000=1',
      '30000-40000=1',
    ])
    assert.equal(shown(await hours.fetch('guest-7', { earliest: 10_000, latest: 29_999 })), [
      '10000-20000=1',
    ])
    assert.is(await hours.get({ key: 'guest-7', start: 0, end: 10_000 }), 2)
    assert.is((await hours.range({ limit: 100 })).length, guests.length * 3)

    const stays = t.store<{ key: string; start: number; end: number }, number>('stays', host)
    assert.equal(shown(await stays.fetch('guest-7')), [
      '1000-2000=2',
      '11000-11000=1',
      '31000-31000=1',
    ])
    assert.equal(shown(await stays.fetch('guest-7', { earliest: 1500, latest: 1800 })), [
      '1000-2000=2',
    ])
  }
})

test('the windows of a key are its own, also where another key begins as it does', async () => {
  await using t = await testkit(visiting)
  const key = 'a'
  // The bytes of the other key and its window lie between those of windows of the first.
  const other = 'a\0\0\0\0'
  t.topic(visits).send({ key, value: '', time: 0 }, { key: other, value: '', time: 0 })
  t.topic(visits).send({ key, value: '', time: 40_000 })
  await t.settle()
  const { rows } = await t.store<{ key: string; start: number }, number>('hours').fetch(key)
  assert.equal(
    rows.map(({ key: at }) => [at.key, at.start]),
    [
      ['a', 0],
      ['a', 40_000],
    ],
  )
})

test('who wrote a record reads it: what is not that far refuses, and says how far it is', async () => {
  await using t = await visited()
  const store = t.store<string, number>('guests')
  const read = await store.read('guest-7')
  const [place] = read.positions
  assert.equal([read.value, read.lag, read.ageMs, read.positions.length], [4, 0, null, 1])
  if (place === undefined) throw new Error('it has a position')
  assert.is(await store.get('guest-7', { atLeast: place }), 4)
  const next = { ...place, offset: place.offset + 1 }
  assert.is(await codeOf(store.get('guest-7', { atLeast: next })), 'STORE_BEHIND')
  const early = store.get('guest-7', { atLeast: [next], timeout: '1m' })
  t.topic(visits).send({ key: 'guest-7', value: 'in', time: 32_000 })
  assert.is(await early, 5)
  // Of the other parts nothing was asked.
  const all = await store.scan({ atLeast: next })
  assert.equal([all.rows.length, all.positions.length], [guests.length, 4])
  assert.is(
    await codeOf(store.get('x', { atLeast: { ...place, topic: 'other' } })),
    'POSITION_FOREIGN',
  )
})

test('an answer no older than a bound has all that was committed before, from a copy too', async () => {
  await using t = await visited({ standbys: 1 })
  t.kill('host-1')
  const store = t.store<string, number>('guests')
  const { rows, ageMs, positions } = await store.scan({ maxAge: 0 })
  assert.equal([rows.length, ageMs, positions.length], [guests.length, 0, 4])
  for (const { key, value } of rows) assert.is(value, 4, key)
  assert.is(
    await codeOf(store.scan()),
    'TEST_STUCK',
    'who does not allow for a copy waits for the task',
  )
})

test('who asks while tasks move gets the answer within the time that was said', async () => {
  await using t = await visited()
  t.kill('host-1')
  const store = t.store<string, number>('guests')
  assert.is(await codeOf(store.range()), 'TEST_STUCK')
  assert.is((await store.range({ timeout: '1m' })).length, guests.length)
})

test('only a store with windows has windows to fetch', async () => {
  await using t = await testkit(visiting)
  assert.is(await codeOf(t.store('guests').fetch('a')), 'STORE_UNFIT')
})

test.run()
