// mapAsync in the program: what it refuses, what it keeps and under which name, what the plan says.

import { type MapAsyncOptions, serde, topic, topology } from 'millrace'
import { testkit } from 'millrace/testkit'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'

const asked = topic('asked', { key: serde.string(), value: serde.string() })
const lengths = topic('lengths', { key: serde.string(), value: serde.int32() })

type Options = MapAsyncOptions<string, string, number>

const asking = (options: Options) =>
  topology('asking', (t) => {
    t.stream(asked)
      .mapAsync(async (value) => value.length, options)
      .to(lengths)
  })

test('options that make no sense are refused when the topology is written', () => {
  const wrong: Options[] = [
    { concurrency: 0 },
    { maxParked: 0.5 },
    { timeoutMs: 0 },
    { retry: { max: -1, backoffMs: 0 } },
    { retry: { max: 1, backoffMs: -1 } },
  ]
  for (const options of wrong) {
    assert.throws(
      () => asking(options).plan('test'),
      (error: unknown) => isMillraceError(error, 'MAP_ASYNC_INVALID'),
    )
  }
})

test('the park is a store, named by the program or after the operator', () => {
  const parks = (options: Options): unknown =>
    asking(options)
      .plan('test')
      .subtopologies.flatMap(({ stores }) => stores.map(({ name, kind }) => [name, kind]))
  assert.equal(parks({ store: 'park' }), [['park', 'keyvalue']])
  assert.equal(parks({ name: 'ask' }), [['ask', 'keyvalue']])
})

test('the topic of dead letters is part of the plan, with one partition', () => {
  const { topics } = asking({ onFailure: { dlq: 'letters' } }).plan('test')
  const letters = topics.find(({ name }) => name === 'letters')
  assert.is(letters?.declared.partitions, 1)
})

test('what it answers goes on, whichever way the records are kept', async () => {
  for (const medium of ['memory', 'lmdb'] as const) {
    await using t = await testkit(asking({ store: 'park', medium }))
    t.topic(asked).send({ key: 'a', value: 'four' }, { key: 'a', value: 'to' })
    await t.settle()
    assert.equal(t.topic(lengths).takeValues(), [
      ['a', 4],
      ['a', 2],
    ])
  }
})

test.run()
