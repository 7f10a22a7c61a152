// Quiet partitions: what waits for a time, where no more records come to bring it.

import {
  actor,
  hopping,
  serde,
  session,
  sliding,
  type TopologyBuilder,
  topic,
  topology,
  tumbling,
} from 'millrace'
import { type Testkit, testkit } from 'millrace/testkit'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { SessionWindows, SlidingWindows, TimeWindows } from '#actors/topology/windows'
import { isMillraceError } from '#protocols/core/errors'

const text = serde.string()
const input = topic('in', { key: text, value: text })
const other = topic('other', { key: text, value: text })
const output = topic('out', { key: text, value: text })

const waiting = (build: (t: TopologyBuilder) => void, isIdle = true) =>
  topology('waiting', build, isIdle ? { idleAfter: '10s' } : {})

const values = (t: Testkit): string[] =>
  t
    .topic(output)
    .take()
    .map(({ value }) => value)

type Windows = TimeWindows | SlidingWindows | SessionWindows

const counted = (windows: Windows) => (t: TopologyBuilder) =>
  // Each kind of windows has an overload of its own.
  grouped(t)
    .windowedBy(windows as TimeWindows, { emit: 'on-close' })
    .count({ store: 'counts' })
    .toStream()
    .map(({ key, start }, count) => [key, `${start}: ${count}`] as const)
    .to(output)
const grouped = (t: TopologyBuilder) => t.stream(input).groupByKey()

const CLOSING: Readonly<Record<string, (t: TopologyBuilder) => void>> = {
  tumbling: counted(tumbling({ size: '5s', grace: '5s' })),
  hopping: counted(hopping({ size: '4s', advance: '4s' })),
  session: counted(session({ gap: '3s', grace: '1s' })),
  sliding: counted(sliding({ difference: '3s' })),
  'suppress until closed': (t) =>
    grouped(t)
      .windowedBy(tumbling({ size: '5s' }))
      .count({ store: 'counts' })
      .suppress({ until: 'window-closes' })
      .toStream()
      .map(({ key }, count) => [key, `${count}`] as const)
      .to(output),
  'suppress for a time': (t) =>
    grouped(t)
      .count({ store: 'counts' })
      .suppress({ until: '8s' })
      .toStream()
      .mapValues((count) => `${count}`)
      .to(output),
  'a left join that met nobody': (t) =>
    t
      .stream(input)
      .leftJoin(t.stream(other), (left, right) => `${left} ${right}`, { within: '5s' })
      .to(output),
  'an outer join that met nobody': (t) =>
    t
      .stream(other)
      .outerJoin(t.stream(input), (left, right) => `${left} ${right}`, { within: '5s' })
      .to(output),
  'a join that waits for a versioned table': (t) =>
    t
      .stream(input)
      .leftJoin(
        t.table(other, { store: 'rows', versioned: { historyMs: 60_000 } }),
        (left, right) => `${left} ${right}`,
        { grace: '5s', store: 'held' },
      )
      .to(output),
  'a punctuation by stream time': (t) =>
    t
      .stream(input)
      .process<string, string>({
        make: (context) => {
          const once = context.schedule(10_000, 'stream-time', (time) => {
            if (time < 5000) return
            once.cancel()
            context.forward({ key: 'k', value: `at ${time}` })
          })
          return { process() {} }
        },
      })
      .to(output, { name: 'end' }),
}

for (const [name, build] of Object.entries(CLOSING)) {
  test(`${name}: it goes out when nothing more comes`, async () => {
    await using t = await testkit(waiting(build))
    t.topic(input).send({ key: 'k', value: 'v', time: 1000 })
    await t.advance(9_000)
    assert.equal(values(t), [])
    await t.advance(30_000)
    assert.is(values(t).length, 1, 'once')
    await t.advance(60_000)
    assert.equal(values(t), [])
  })

  test(`${name}: without the word for it, it waits for a record`, async () => {
    await using t = await testkit(waiting(build, false))
    t.topic(input).send({ key: 'k', value: 'v', time: 1000 })
    await t.advance(600_000)
    assert.equal(values(t), [])
  })
}

test('time does not begin before the first record', async () => {
  await using t = await testkit(waiting(CLOSING['tumbling'] as (t: TopologyBuilder) => void))
  await t.advance(60_000)
  t.topic(input).send({ key: 'k', value: 'v', time: 1000 })
  await t.settle()
  const [task] = await t.tasks()
  assert.is(task?.streamTime, 1000)
  assert.is(task?.dropped['late'], 0)
})

test('a record that comes when its time was over is late', async () => {
  await using t = await testkit(waiting(CLOSING['tumbling'] as (t: TopologyBuilder) => void))
  t.topic(input).send({ key: 'k', value: 'v', time: 1000 })
  await t.advance(30_000)
  t.topic(input).send({ key: 'k', value: 'v', time: 2000 })
  await t.settle()
  assert.is((await t.tasks())[0]?.dropped['late'], 1)
  assert.equal(values(t), ['0: 1'])
})

test('records keep time where they say it is, as long as they come', async () => {
  await using t = await testkit(waiting(CLOSING['tumbling'] as (t: TopologyBuilder) => void))
  for (let n = 0; n < 20; n++) {
    t.topic(input).send({ key: 'k', value: 'v', time: 1000 + n })
    await t.advance(9_000)
  }
  const [task] = await t.tasks()
  assert.is(task?.streamTime, 1019)
  assert.equal(values(t), [])
})

test('what went out in silence does not go out again after a crash', async () => {
  await using t = await testkit(waiting(CLOSING['session'] as (t: TopologyBuilder) => void))
  t.topic(input).send({ key: 'k', value: 'v', time: 1000 })
  await t.advance(30_000)
  assert.equal(values(t), ['1000: 1'])
  t.kill('host-1')
  await t.start('host-1')
  await t.advance(120_000)
  assert.equal(values(t), [])
})

test('an event timer of an actor fires in silence', async () => {
  const reminded = actor('reminded', {
    ...{ message: text, output: text, initial: () => null, idleAfter: '10s' },
    receive(message, self) {
      if (message === 'now') self.emit(`at ${self.time}`)
      else self.timer('later', 15_000, 'now', 'event')
    },
  })
  const hearing = topology('hearing', (t) => t.emitted(reminded).to(output))
  await using t = await testkit([reminded, hearing])
  await t.actor(reminded, 'k').tell('remind me')
  await t.advance(60_000)
  assert.is(values(t).length, 1)
})

test('a time that is none is refused where it is written', () => {
  assert.throws(
    () => topology('wrong', (t) => t.stream(input).to(output), { idleAfter: 0 }),
    (error: unknown) => isMillraceError(error, 'DURATION_INVALID'),
  )
})

test.run()
