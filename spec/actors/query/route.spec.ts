// Keys are asked for where the records that made them went.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { hostOf, placeOf, readersOf, taskOfKey, tasksOfStore } from '#actors/query/route'
import { utf8 } from '#protocols/core/bytes'
import { partitionOf } from '#protocols/records/partitioner'
import { wordcount } from '../../examples/wordcount/wordcount.ts'

const deployment = {
  ...{ topology: 'wordcount', module: null, topicPartitions: {}, stateful: ['counts'] },
  tasks: { lines: 2, counts: 5 },
}
const topologies = [{ plan: wordcount.plan('app'), deployment }]

const counts = () => {
  const place = placeOf('counts', topologies)
  if (place === null) throw new Error('it is there')
  return place
}

test('a store is found in the sub-topology that keeps it, with as many parts as that has tasks', () => {
  const { spec, topology, subtopology, tasks } = counts()
  assert.equal([spec.name, topology, subtopology, tasks], ['counts', 'wordcount', 'counts', 5])
  assert.is(placeOf('count', topologies), null)
  assert.is(placeOf('counts', []), null)
})

test('a key is at the task of the partition its records go to', () => {
  const place = counts()
  fc.assert(
    fc.property(fc.string(), (text) => {
      const key = utf8(text)
      const expected = partitionOf(key, key.length, 5)
      assert.is(taskOfKey(place, key), `wordcount/counts/${expected}`)
    }),
  )
})

test('all parts of a store are all tasks of its sub-topology', () => {
  const expected = [0, 1, 2, 3, 4].map((n) => `wordcount/counts/${n}`)
  assert.equal(tasksOfStore(counts()), expected)
})

test('a task is asked at the host that was granted it, and nowhere while it is on its way', () => {
  const placement = {
    version: 1,
    target: { 'a/b/0': 'one', 'a/b/1': 'two' },
    granted: { 'a/b/0': 'one' },
    standbys: {},
  }
  assert.is(hostOf(placement, 'a/b/0'), 'one')
  assert.is(hostOf(placement, 'a/b/1'), null)
  assert.is(hostOf(placement, 'a/b/2'), null)
})

test('a standby here is asked before the owner, the owner before standbys elsewhere, each once', () => {
  const placement = {
    version: 1,
    target: { 'a/b/0': 'one', 'a/b/1': 'two' },
    granted: { 'a/b/0': 'one' },
    standbys: { 'a/b/0': ['two', 'three'], 'a/b/1': ['three'] },
  }
  const from = (here: string, task = 'a/b/0') => readersOf(placement, task, here)
  assert.equal(from('four'), ['one', 'two', 'three'])
  assert.equal(from('three'), ['three', 'one', 'two'])
  assert.equal(from('one'), ['one', 'two', 'three'])
  assert.equal(from('one', 'a/b/1'), ['three'], 'while the owner is on its way')
  assert.equal(from('one', 'a/b/2'), [])
})

test.run()
