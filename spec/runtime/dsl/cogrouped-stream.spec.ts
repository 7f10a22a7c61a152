// cogroup: several streams, each with its own update, folded into one table.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { serde } from '#protocols/serdes/serdes'
import { topic } from '#runtime/dsl/topic'
import { session, tumbling } from '#runtime/dsl/windows'
import { DrivePlan } from '../../kit/drive-plan.ts'

const text = serde.string()
const clicks = topic('clicks', { key: serde.nullable(text), value: serde.nullable(text) })
const orders = topic('orders', { key: text, value: serde.int32() })
const out = topic('out', { key: text, value: text })

test('each stream folds its own values into the one row of a key', () => {
  const drive = new DrivePlan((t) => {
    t.stream(clicks)
      .groupByKey({ key: text })
      .cogroup((row: string, page) => `${row} ${page}`)
      .cogroup(t.stream(orders).groupByKey(), (row, amount) => `${row} ${amount}`)
      .aggregate(() => '>', { store: 'rows', value: text })
      .toStream()
      .to(out)
  })
  drive.send(clicks, { key: 'a', value: 'home' })
  drive.send(orders, { key: 'a', value: 5 })
  drive.send(orders, { key: 'b', value: 6 })
  assert.equal(drive.pairs('out'), [
    ['a', '> home'],
    ['a', '> home 5'],
    ['b', '> 6'],
  ])
  assert.equal(drive.rows('rows'), [
    ['a', '> home 5'],
    ['b', '> 6'],
  ])
})

test('records without a key or a value are dropped, stream by stream', () => {
  const drive = new DrivePlan((t) => {
    t.stream(clicks)
      .groupByKey({ key: text })
      .cogroup((row: string) => row)
      .aggregate(() => '', { store: 'rows', value: text })
  })
  drive.send(clicks, { value: 'home' })
  drive.send(clicks, { key: 'a' })
  assert.is(drive.dropped, 2)
})

test('streams that meet share a sub-topology; those with a new key come through their own topics', () => {
  const drive = new DrivePlan((t) => {
    const byValue = t.stream(clicks).groupBy((_key, page) => page ?? '', { key: text })
    const bySize = t.stream(orders).groupBy((_key, n) => `${n}`, { key: text, name: 'sizes' })
    byValue
      .cogroup((row: string, page) => `${row}${page}`)
      .cogroup(bySize, (row, n) => `${row}${n}`)
      .aggregate(() => '', { store: 'rows', value: text })
      .toStream()
      .to(out)
  })
  const internal = drive.plan.topics.filter(({ owner }) => owner === 'internal')
  assert.equal(
    internal.map(({ name }) => name),
    ['shop.app.rows.repartition', 'shop.app.sizes.repartition'],
  )
  drive.send(clicks, { key: 'x', value: '7' })
  drive.send(orders, { key: 'y', value: 7 })
  assert.equal(drive.pairs('out'), [
    ['7', '7'],
    ['7', '77'],
  ])
})

test('in windows, each stream has its own clock for lateness', () => {
  const drive = new DrivePlan((t) => {
    t.stream(clicks)
      .groupByKey({ key: text })
      .cogroup((n: number) => n + 1)
      .cogroup(t.stream(orders).groupByKey(), (n) => n + 100)
      .windowedBy(tumbling({ size: 10 }))
      .aggregate(() => 0, { store: 'rows', value: serde.int64(), retention: 1000 })
      .toStream()
      .to(topic('windows', { key: serde.windowed(text, 10), value: serde.int64() }))
  })
  drive.send(clicks, { key: 'a', value: 'x', time: 55 })
  drive.send(orders, { key: 'a', value: 1, time: 5 })
  drive.send(clicks, { key: 'a', value: 'x', time: 5 })
  assert.equal(drive.pairs('windows'), [
    [{ key: 'a', start: 50, end: 60 }, 1],
    [{ key: 'a', start: 0, end: 10 }, 100],
  ])
  assert.is(drive.dropped, 1)
})

test('sessions of several streams merge', () => {
  const drive = new DrivePlan((t) => {
    t.stream(clicks)
      .groupByKey({ key: text })
      .cogroup((row: string, page) => `${row}${page}`)
      .cogroup(t.stream(orders).groupByKey(), (row, n) => `${row}${n}`)
      .windowedBy(session({ gap: 5 }))
      .aggregate(
        () => '',
        (_key, older, newer) => `${older}${newer}`,
        { store: 'rows', value: text },
      )
      .toStream()
      .to(topic('runs', { key: serde.sessionWindowed(text), value: serde.nullable(text) }))
  })
  drive.send(clicks, { key: 'a', value: 'x', time: 0 })
  drive.send(orders, { key: 'a', value: 1, time: 4 })
  assert.equal(drive.pairs('runs'), [
    [{ key: 'a', start: 0, end: 0 }, 'x'],
    [{ key: 'a', start: 0, end: 0 }, null],
    [{ key: 'a', start: 0, end: 4 }, 'x1'],
  ])
})

test.run()
