// Stream: what each word does to records, from topic to topic.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { serde } from '#protocols/serdes/serdes'
import type { Stream } from '#runtime/dsl/stream'
import { topic } from '#runtime/dsl/topic'
import { DrivePlan } from '../../kit/drive-plan.ts'

const text = serde.string()
const input = topic('in', { key: text, value: text })
const output = topic('out', { key: text, value: text })

/** What reaches `out` when these values are sent, each under the key k. */
function through(
  values: readonly string[],
  verb: (stream: Stream<string, string>) => Stream<string, string>,
): string[] {
  const drive = new DrivePlan((t) => verb(t.stream(input)).to(output))
  for (const value of values) drive.send(input, { key: 'k', value })
  return drive.pairs('out').map(([key, value]) => `${key}=${value}`)
}

test('filter keeps what holds, filterNot what does not', () => {
  const short = (_key: string, value: string): boolean => value.length < 2
  assert.equal(
    through(['a', 'bb'], (stream) => stream.filter(short)),
    ['k=a'],
  )
  assert.equal(
    through(['a', 'bb'], (stream) => stream.filterNot(short)),
    ['k=bb'],
  )
})

test('map, mapValues, flatMapValues and selectKey change what they say', () => {
  assert.equal(
    through(['a'], (stream) => stream.map((key, value) => [value, key])),
    ['a=k'],
  )
  assert.equal(
    through(['a'], (stream) => stream.mapValues((value, key) => key + value)),
    ['k=ka'],
  )
  assert.equal(
    through(['ab', ''], (stream) => stream.flatMapValues((value) => [...value])),
    ['k=a', 'k=b'],
  )
  assert.equal(
    through(['a'], (stream) => stream.selectKey((_key, value) => value)),
    ['a=a'],
  )
})

test('a stream may be used many times, and each use sees every record', () => {
  const drive = new DrivePlan((t) => {
    const stream = t.stream(input)
    stream.mapValues((value) => `${value}1`).to(output)
    stream.mapValues((value) => `${value}2`).to(output)
  })
  drive.send(input, { key: 'k', value: 'a' })
  assert.equal(drive.pairs('out'), [
    ['k', 'a1'],
    ['k', 'a2'],
  ])
})

test('records regrouped by a new key are counted under it, null keys dropped', () => {
  const drive = new DrivePlan((t) => {
    t.stream(input)
      .groupBy((_key, value) => (value === '' ? null : value), { key: text })
      .count({ store: 'counts' })
  })
  for (const value of ['a', 'b', '', 'a']) drive.send(input, { key: 'k', value })
  assert.equal(drive.rows('counts'), [
    ['a', 2],
    ['b', 1],
  ])
  assert.is(drive.dropped, 1)
})

test('an empty text is a key like others', () => {
  const drive = new DrivePlan((t) => {
    t.stream(input)
      .flatMapValues((line) => line.split(' '))
      .groupBy((_key, word) => word, { key: text })
      .count({ store: 'counts' })
  })
  drive.send(input, { key: 'k', value: ' a ' })
  assert.equal(drive.rows('counts'), [
    ['', 2],
    ['a', 1],
  ])
})

test('a group needs no serdes: keys and values travel as JSON', () => {
  const drive = new DrivePlan((t) => {
    t.stream(input)
      .mapValues((value) => ({ size: value.length }))
      .groupBy((_key, { size }) => ({ size }))
      .reduce((kept, { size }) => ({ size: kept.size + size }), { store: 'sums' })
  })
  for (const value of ['aa', 'bb', 'c']) drive.send(input, { key: 'k', value })
  assert.equal(drive.rows('sums'), [
    [{ size: 1 }, { size: 1 }],
    [{ size: 2 }, { size: 4 }],
  ])
})

test.run()
