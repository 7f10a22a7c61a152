// What a topology's word on failures means for records, letters and state.

import { serde, session, topic, topology, tumbling } from 'millrace'
import { testkit } from 'millrace/testkit'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { RecordFailure } from '#actors/topology/record-policy'
import { isMillraceError } from '#protocols/core/errors'
import { letterTopics, type OnFailure, recordPolicy } from '#runtime/dsl/on-failure'

const letters = topic('test.dlq')
const input = topic('in', { key: serde.string(), value: serde.string() })
const output = topic('out', { key: serde.string(), value: serde.int32() })

const parsing = (onFailure: OnFailure | undefined, isParallel = false) =>
  topology(
    'parsing',
    (t) => {
      const stream = t.stream(input)
      stream.mapValues((text) => Number(JSON.parse(text)), { name: 'parse' }).to(output)
      if (isParallel) stream.mapValues((text) => text.length).to(output)
    },
    { onFailure },
  )

const codes = (found: readonly { headers: Readonly<Record<string, Uint8Array>> }[]): string[] =>
  found.map(({ headers }) => Buffer.from(headers['millrace.error.code'] ?? []).toString())

test('a policy is planned with the topic of its letters', () => {
  assert.is(recordPolicy(undefined, 'shop'), 'fail')
  assert.is(recordPolicy('skip', 'shop'), 'skip')
  assert.equal(recordPolicy('dlq', 'shop'), { dlq: 'shop.dlq' })
  assert.equal(recordPolicy({ dlq: 'mine' }, 'shop'), { dlq: 'mine' })
  const decide = (): 'skip' => 'skip'
  assert.equal(recordPolicy(decide, 'shop'), { dlq: 'shop.dlq', decide })
  assert.equal(letterTopics('skip'), [])
  assert.equal(
    letterTopics({ dlq: 'mine' }).map(({ name, use }) => [name, use]),
    [['mine', 'dlq']],
  )
  assert.equal(
    parsing({ dlq: 'mine' })
      .plan('shop')
      .topics.map(({ name, use }) => [name, use]),
    [
      ['in', 'source'],
      ['out', 'sink'],
      ['mine', 'dlq'],
    ],
  )
})

test('skip passes over what a function throws at, and the task stays up', async () => {
  await using t = await testkit(parsing('skip'))
  t.topic(input).send({ key: 'a', value: '1' }, { key: 'b', value: 'x' }, { key: 'c', value: '3' })
  await t.settle()
  assert.equal(t.topic(output).takeValues(), [
    ['a', 1],
    ['c', 3],
  ])
  const [task] = await t.tasks()
  assert.is(task?.state, 'running.idle')
  assert.is(task?.dropped['failed'], 1)
})

test('a dead letter goes out once, in the commit of its record, with what was done for it', async () => {
  await using t = await testkit(parsing('dlq', true))
  t.topic(input).send({ key: 'a', value: 'xyz' })
  await t.settle()
  assert.equal(t.topic(output).takeValues(), [['a', 3]])
  const found = t.topic(letters).take()
  assert.equal(codes(found), ['USER_FUNCTION_FAILED'])
  assert.equal(Buffer.from(found[0]?.value ?? []).toString(), 'xyz')
  t.kill('host-1')
  await t.start('host-1')
  await t.advance(20_000)
  assert.equal(t.topic(letters).take(), [])
})

test('a function decides by what failed', async () => {
  const seen: RecordFailure[] = []
  const decide = (failure: RecordFailure) => {
    seen.push(failure)
    return failure.value === 'drop me' ? 'skip' : 'dlq'
  }
  await using t = await testkit(parsing(decide))
  t.topic(input).send({ key: 'a', value: 'drop me' }, { key: 'b', value: 'keep me' })
  await t.settle()
  assert.equal(codes(t.topic(letters).take()), ['USER_FUNCTION_FAILED'])
  assert.equal(
    seen.map(({ kind, operator, key }) => [kind, operator, key]),
    [
      ['processing', 'parse', 'a'],
      ['processing', 'parse', 'b'],
    ],
  )
})

test('a topic’s word on what cannot be read may be a function as well', async () => {
  const numbers = topic('numbers', {
    value: serde.int32(),
    onInvalid: ({ offset, error }) =>
      isMillraceError(error, 'RECORD_UNREADABLE') && offset === 0 ? 'skip' : 'dlq',
  })
  const copying = topology('copying', (t) =>
    t.stream(numbers).to(topic('copied', { value: serde.int32() })),
  )
  await using t = await testkit(copying)
  t.topic(numbers).sendRaw(null, Buffer.from('first'))
  t.topic(numbers).sendRaw(null, Buffer.from('second'))
  await t.settle()
  const found = t.topic(letters).take()
  assert.equal(
    found.map(({ value }) => Buffer.from(value ?? []).toString()),
    ['second'],
  )
})

test('a time that a function cannot tell is a failure of the record', async () => {
  const timed = topic('timed', {
    value: serde.string(),
    timestamp: ({ value }) => {
      if (value === 'x') throw new Error('no time')
      return Number(value)
    },
  })
  const copying = topology(
    'copying',
    (t) => t.stream(timed).to(topic('copied', { value: serde.string() })),
    { onFailure: 'skip' },
  )
  await using t = await testkit(copying)
  t.topic(timed).send({ value: 'x' }, { value: '5' })
  await t.settle()
  const found = t.topic(topic('copied', { value: serde.string() })).take()
  assert.equal(
    found.map(({ value, time }) => [value, time]),
    [['5', 5]],
  )
})

test('an aggregate that fails at a record is what it was before', async () => {
  const summing = topology(
    'summing',
    (t) => {
      const grouped = t.stream(input).groupByKey()
      const add = (sum: number, text: string): number => sum + Number(JSON.parse(text))
      const options = { value: serde.int32() }
      grouped.aggregate(() => 0, add, { store: 'sums', ...options })
      const minute = grouped.windowedBy(tumbling({ size: '1m' }))
      minute.aggregate(() => 0, add, { store: 'minutes', ...options })
      const visit = grouped.windowedBy(session({ gap: '1m' }))
      const merge = (_key: string, older: number, newer: number): number => older + newer
      visit.aggregate(() => 0, add, merge, { store: 'visits', ...options })
    },
    { onFailure: 'skip' },
  )
  await using t = await testkit(summing)
  for (const [at, value] of ['1', 'x', '3', 'y'].entries()) {
    t.topic(input).send({ key: 'a', value, time: at })
    await t.settle()
  }
  assert.is(await t.store<string, number>('sums').get('a'), 4)
  for (const store of ['minutes', 'visits']) {
    const [row, ...more] = await t.store(store).rows()
    assert.equal([row?.value, more.length], [4, 0], store)
  }
  const [task] = await t.tasks()
  assert.is(task?.dropped['failed'], 6)
})

test('a result alone that cannot be made does not take along the record that let it out', async () => {
  const right = topic('right', { key: serde.string(), value: serde.string() })
  const joining = topology(
    'joining',
    (t) => {
      const join = (left: string, other: string | null): string => {
        if (left === 'bad' && other === null) throw new Error('nobody came')
        return `${left}+${other}`
      }
      t.stream(input)
        .leftJoin(t.stream(right), join, { within: '1s' })
        .to(topic('joined', { key: serde.string(), value: serde.string() }))
    },
    { onFailure: 'dlq' },
  )
  await using t = await testkit(joining)
  const records = ['one', 'bad', 'two'].map((value) => ({ key: value, value, time: 0 }))
  t.topic(input).send(...records, { key: 'late', value: 'late', time: 60_000 })
  t.topic(right).send({ key: 'late', value: 'met', time: 60_000 })
  await t.settle()
  const joined = topic('joined', { key: serde.string(), value: serde.string() })
  const found = t.topic(joined).takeValues()
  assert.equal(
    found.map(([, value]) => value),
    ['one+null', 'two+null', 'late+met'],
  )
  assert.is(t.topic(letters).take().length, 1)
})

test.run()
