// Where a table keeps its rows: what the program says becomes a store.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { serde } from '#protocols/serdes/serdes'
import { keptSpec, storeSpec } from '#runtime/dsl/materialized'
import { topic } from '#runtime/dsl/topic'
import { topology } from '#runtime/dsl/topology'
import { testkit } from '#runtime/testkit/testkit'

const text = serde.string()
const key = serde.json()

test('a store has the name of its operator unless it has one of its own', () => {
  assert.is(storeSpec({}, 'operator', key, key).name, 'operator')
  assert.is(storeSpec({ store: 'mine' }, 'operator', key, key).name, 'mine')
})

test('options say what kind of store it is and how it is kept', () => {
  const versioned = storeSpec({ versioned: { historyMs: 50 } }, 'x', key, key)
  assert.equal([versioned.kind, keptSpec({}, versioned).isVersioned], ['versioned', true])
  const spec = storeSpec({ ttl: '5m', medium: 'memory', logged: false, value: text }, 'x', key, key)
  assert.is(spec.kind === 'timestamped' && spec.ttlMs, 300_000)
  assert.equal([spec.medium, spec.logged, spec.value.name], ['memory', false, 'string'])
  assert.is(keptSpec({ caching: true }, spec).isHeld, true)
})

test('rows outlive their time to live by event time, and not on other hosts either', async () => {
  const input = topic('in', { key: text, value: text })
  const definition = topology('t', (t) => {
    t.table(input, { store: 'rows', ttl: 100 })
  })
  await using kit = await testkit(definition, { hosts: 2 })
  kit.topic(input).send({ key: 'a', value: '1', time: 10 }, { key: 'b', value: '2', time: 50 })
  await kit.settle()
  assert.is((await kit.store('rows').range()).length, 2)
  kit.topic(input).send({ key: 'b', value: '3', time: 120 })
  await kit.settle()
  assert.equal(await kit.store('rows').range(), [['b', '3']])
  const [task] = await kit.tasks()
  assert.ok(task)
  kit.kill(task.host)
  await kit.advance(60_000)
  assert.equal(await kit.store('rows').range(), [['b', '3']])
})

test.run()
