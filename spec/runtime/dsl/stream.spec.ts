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

test('flatMap answers any number of records, with keys of their own', () => {
  assert.equal(
    through(['ab', ''], (stream) =>
      stream.flatMap((key, value) => [...value].map((letter) => [letter, key] as const)),
    ),
    ['a=k', 'b=k'],
  )
})

test('peek and forEach see every record; print writes it as a line', () => {
  const seen: string[] = []
  const passed = through(['a', 'b'], (stream) => {
    const look = (key: string, value: string, time: number) =>
      void seen.push(`${key}=${value}@${time}`)
    stream.forEach(look)
    stream.print({ label: 'in', write: (line) => seen.push(line) })
    return stream.peek((_key, value) => seen.push(value))
  })
  assert.equal(passed, ['k=a', 'k=b'])
  assert.equal(seen, ['k=a@0', 'in k a', 'a', 'k=b@0', 'in k b', 'b'])
})

test('split sends a record to the first branch that holds, in the order they are written', () => {
  const drive = new DrivePlan((t) => {
    const { short, vowel, rest } = t.stream(input).split(
      {
        short: (_key, value) => value.length < 2,
        vowel: (_key, value) => 'aeiou'.includes(value.charAt(0)),
      },
      { default: 'rest' },
    )
    short.mapValues((value) => `short ${value}`).to(output)
    vowel.mapValues((value) => `vowel ${value}`).to(output)
    rest.mapValues((value) => `rest ${value}`).to(output)
  })
  for (const value of ['a', 'ab', 'bb']) drive.send(input, { key: 'k', value })
  assert.equal(
    drive.pairs('out').map(([, value]) => value),
    ['short a', 'vowel ab', 'rest bb'],
  )
})

test('merge gives the records of both streams, and is repartitioned when one of them must be', () => {
  const other = topic('other', { key: text, value: text })
  const parts = (isRekeyed: boolean): number =>
    new DrivePlan((t) => {
      const left = isRekeyed ? t.stream(input).selectKey((_key, value) => value) : t.stream(input)
      left.merge(t.stream(other)).groupByKey({ key: text, value: text }).count({ store: 'counts' })
    }).plan.subtopologies.length
  assert.is(parts(false), 1)
  assert.is(parts(true), 2)
  const drive = new DrivePlan((t) => t.stream(input).merge(t.stream(other)).to(output))
  drive.send(input, { key: 'k', value: '1' })
  drive.send(other, { key: 'k', value: '2' })
  assert.equal(
    drive.pairs('out').map(([, value]) => value),
    ['1', '2'],
  )
})

test('repartition always puts a topic in between, which drops records without a key uncounted', () => {
  const keyless = topic('keyless', { key: serde.nullable(text), value: text })
  const drive = new DrivePlan((t) => {
    t.stream(keyless)
      .repartition({ name: 'spread', partitions: 8 })
      .to(topic('out', { key: serde.nullable(text), value: text }))
  })
  const [spread] = drive.plan.topics.filter(({ use }) => use === 'repartition')
  assert.is(spread?.name, 'shop.app.spread.repartition')
  drive.send(keyless, { value: 'x' })
  drive.send(keyless, { key: 'k', value: 'y', time: 7 })
  assert.equal(drive.pairs('out'), [['k', 'y']])
})

test.run()
