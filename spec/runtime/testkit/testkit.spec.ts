// The testkit, and through it the whole runtime on the simulated broker: hosts that share tasks, are
// killed and come back, records that cannot be read, functions that throw.

import { readdirSync } from 'node:fs'
import { serde, topic, topology } from 'millrace'
import { type Testkit, testkit } from 'millrace/testkit'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { wordcount } from '../../examples/wordcount/wordcount.ts'
import { tempDir } from '../../kit/temp-dir.ts'

const lines = topic('lines', { value: serde.string() })
const counts = topic('word-counts', { key: serde.string(), value: serde.int64() })

/** For each word its updates in order. */
function updates(t: Testkit): Record<string, number[]> {
  const found: Record<string, number[]> = {}
  for (const [word, count] of t.topic(counts).takeValues()) {
    found[word] ??= []
    found[word].push(count)
  }
  return found
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1)

test('what is sent is processed by settling, without time passing', async () => {
  await using t = await testkit(wordcount, { partitions: 4 })
  t.topic(lines).send({ value: 'to be or not to be' }, { value: 'to see' })
  const before = t.clock.now()
  await t.settle()
  assert.is(t.clock.now(), before)
  assert.is(await t.store('counts').get('be'), 2)
  assert.is(await t.store('counts').get('whale'), undefined)
  assert.equal(updates(t), { to: [1, 2, 3], be: [1, 2], or: [1], not: [1], see: [1] })
  assert.equal(updates(t), {})
})

test('ranges come in key order over all partitions', async () => {
  await using t = await testkit(wordcount, { partitions: 4 })
  t.topic(lines).send({ value: 'd a c b e a' })
  await t.settle()
  const store = t.store<string, number>('counts')
  assert.equal(await store.range(), [
    ['a', 2],
    ['b', 1],
    ['c', 1],
    ['d', 1],
    ['e', 1],
  ])
  assert.equal(await store.range({ from: 'b', to: 'd', limit: 2 }), [
    ['b', 1],
    ['c', 1],
  ])
})

test('two hosts share the tasks, and each task runs once', async () => {
  await using t = await testkit(wordcount, { partitions: 4, hosts: 2 })
  await t.advance(10_000)
  const tasks = await t.tasks()
  assert.equal(
    tasks.map(({ id }) => id).sort(),
    ['counts', 'lines'].flatMap((name) => [0, 1, 2, 3].map((p) => `wordcount/${name}/${p}`)),
  )
  for (const host of ['host-1', 'host-2']) {
    const mine = tasks.filter((task) => task.host === host)
    assert.is(mine.filter(({ id }) => id.includes('/counts/')).length, 2)
    assert.is(mine.filter(({ id }) => id.includes('/lines/')).length, 2)
  }
})

test('a killed host loses nothing and repeats nothing', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    await using t = await testkit(wordcount, { partitions: 3, hosts: 2, seed })
    await t.advance(10_000)
    for (let round = 0; round < 4; round++) {
      for (let n = 0; n < 25; n++) t.topic(lines).send({ value: 'a b a' })
      // Somewhere in the middle of things.
      for (let steps = 0; steps < seed * 3 + round; steps++) {
        t.clock.runOne()
        await Promise.resolve()
      }
      const victim = `host-${1 + (round % 2)}`
      t.kill(victim)
      await t.advance(20_000)
      await t.start(victim)
      await t.advance(10_000)
    }
    assert.equal(updates(t), { a: upTo(200), b: upTo(100) }, `seed ${seed}`)
    assert.is(await t.store('counts').get('a'), 200)
  }
})

test('a host that comes back continues from its sealed state and the log', async () => {
  await using t = await testkit(wordcount, { partitions: 2 })
  t.topic(lines).send({ value: 'a b' })
  await t.advance(60_000)
  t.topic(lines).send({ value: 'a' })
  await t.settle()
  t.kill('host-1')
  t.topic(lines).send({ value: 'a a' })
  await t.start('host-1')
  await t.advance(20_000)
  assert.is(await t.store('counts').get('a'), 4)
  assert.equal(updates(t), { a: [1, 2, 3, 4], b: [1] })
})

test('with a state directory, stores are files, and a host that comes back finds them', async () => {
  const stateDirectory = tempDir()
  await using t = await testkit(wordcount, { partitions: 2, stateDirectory })
  t.topic(lines).send({ value: 'a b' })
  await t.settle()
  await t.stop('host-1')
  const files = readdirSync(stateDirectory, { encoding: 'utf8', recursive: true })
  assert.ok(files.some((file) => file.startsWith('host-1/wordcount/counts/0/')))
  t.topic(lines).send({ value: 'a' })
  await t.start('host-1')
  await t.advance(20_000)
  assert.equal(updates(t), { a: upTo(2), b: upTo(1) })
})

test('the same seed gives the same run, to the offset', async () => {
  const run = async (seed: number): Promise<unknown> => {
    await using t = await testkit(wordcount, { partitions: 3, hosts: 2, seed })
    for (let n = 0; n < 20; n++) t.topic(lines).send({ value: `x y${n % 3}` })
    await t.advance(5000)
    t.kill('host-2')
    await t.advance(30_000)
    return t.topic(counts).take()
  }
  assert.equal(await run(7), await run(7))
})

test('a record that cannot be read quarantines its task after three tries, and the rest goes on', async () => {
  const numbers = topic('numbers', { key: serde.string(), value: serde.int32() })
  const doubled = topic('doubled', { key: serde.string(), value: serde.int32() })
  const doubling = topology('doubling', (t) => {
    t.stream(numbers)
      .mapValues((n) => n * 2)
      .to(doubled)
  })
  await using t = await testkit(doubling, { partitions: 2 })
  t.topic(numbers).send({ key: 'k', value: 1 })
  await t.settle()
  const [good] = t.topic(doubled).take()
  assert.is(good?.value, 2)
  t.topic(numbers).sendRaw(Buffer.from('k'), Buffer.from('not four bytes'))
  await t.advance(60_000)
  const states = (await t.tasks()).map(({ state }) => state).sort()
  assert.equal(states, ['quarantined', 'running.idle'])
  const [ill] = (await t.tasks()).filter(({ state }) => state === 'quarantined')
  assert.is(ill?.error?.code, 'RECORD_UNREADABLE')
  assert.is(ill?.restarts, 2)
  assert.match(ill?.error?.where ?? '', /numbers\/\d offset 1/)
})

test('a dead letter says where it came from and why', async () => {
  const numbers = topic('numbers', { value: serde.int32(), onInvalid: 'dlq' })
  const out = topic('out', { value: serde.int32() })
  const copying = topology('copying', (t) => {
    t.stream(numbers).to(out)
  })
  await using t = await testkit(copying)
  t.topic(numbers).sendRaw(null, Buffer.from('xyz'))
  t.topic(numbers).send({ value: 5 })
  await t.settle()
  assert.equal(
    t
      .topic(out)
      .take()
      .map(({ value }) => value),
    [5],
  )
  const [letter] = t.topic(topic('test.dlq')).take()
  assert.is(Buffer.from(letter?.value ?? []).toString(), 'xyz')
  assert.is(Buffer.from(letter?.headers['millrace.error.topic'] ?? []).toString(), 'numbers')
  assert.is(Buffer.from(letter?.headers['millrace.error.offset'] ?? []).toString(), '0')
  assert.is(
    Buffer.from(letter?.headers['millrace.error.code'] ?? []).toString(),
    'RECORD_UNREADABLE',
  )
})

test('a throwing user function is named, and the host stays up', async () => {
  const broken = topology('broken', (t) => {
    t.stream(lines)
      .mapValues(
        (line) => {
          if (line === 'bad') throw new TypeError('no such luck')
          return line
        },
        { name: 'parse' },
      )
      .to(topic('parsed', { value: serde.string() }))
  })
  await using t = await testkit(broken)
  t.topic(lines).send({ value: 'good' }, { value: 'bad' }, { value: 'never' })
  await t.advance(120_000)
  const [task] = await t.tasks()
  assert.is(task?.state, 'quarantined')
  assert.match(task?.error?.what ?? '', "operator 'parse' threw TypeError: no such luck")
})

test('the wall clock begins where it is told, and a leap lets what fell due happen late, once', async () => {
  const ticks: number[] = []
  const ticking = topology('ticking', (topologyBuilder) => {
    topologyBuilder.stream(lines).process({
      make: ({ schedule }) => {
        schedule(10, 'wall-clock', (time) => void ticks.push(time))
        return { process() {} }
      },
    })
  })
  await using t = await testkit(ticking, { startMs: 0 })
  for (const ms of [5, 9, 1, 20, 5]) await t.jump(ms)
  assert.equal(ticks, [14, 35, 40])
  await t.advance(20)
  assert.equal(ticks, [14, 35, 40, 50, 60])
})

test('rows of a store come with the event times that it keeps', async () => {
  await using t = await testkit(wordcount, { partitions: 2 })
  t.topic(lines).send({ value: 'a b', time: 5 }, { value: 'a', time: 3 })
  await t.settle()
  assert.equal(await t.store('counts').rows(), [
    { key: 'a', value: 2, time: 5 },
    { key: 'b', value: 1, time: 5 },
  ])
})

test('with patience, records of several inputs meet in the order of their times', async () => {
  const [left, right] = [
    topic('left', { value: serde.string() }),
    topic('right', { value: serde.string() }),
  ]
  const seen: string[] = []
  const merged = topology('merged', (topologyBuilder) => {
    const look = (...[, value]: [unknown, string, number]) => void seen.push(value)
    topologyBuilder.stream(left).merge(topologyBuilder.stream(right)).forEach(look)
  })
  await using t = await testkit(merged, { maxTaskIdleMs: 1000 })
  t.topic(left).send({ value: 'l10', time: 10 })
  await t.settle()
  assert.equal(seen, [])
  t.topic(right).send({ value: 'r5', time: 5 })
  await t.settle()
  assert.equal(seen, ['r5'])
  await t.advance(1000)
  assert.equal(seen, ['r5', 'l10'])
})

test.run()
