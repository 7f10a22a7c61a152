// Which times are past a retention, and how often rows are deleted.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Expiry } from '#stores/cache/expiry'

test('times are admitted while they are less than the retention behind the newest', () => {
  const expiry = new Expiry(100, { value: -1 })
  assert.is(expiry.admits(1_000), true)
  assert.is(expiry.liveFrom, 901)
  assert.is(expiry.admits(901), true)
  assert.is(expiry.admits(900), false)
  assert.is(expiry.refused, 1)
  assert.is(expiry.observed, 1_000)
})

test('without a retention nothing is kept', () => {
  const expiry = new Expiry(0, { value: -1 })
  assert.is(expiry.admits(5), false)
})

test('what was observed is the cell, whoever set it', () => {
  const cell = { value: -1 }
  const expiry = new Expiry(100, cell)
  cell.value = 1_000
  assert.is(expiry.admits(900), false)
  expiry.admits(2_000)
  assert.is(cell.value, 2_000)
})

test('a step deletes after every 32nd put, more than were put', () => {
  const expiry = new Expiry(100, { value: 1_000 })
  const asked: number[][] = []
  const rows = { expire: (...ask: [number, number]): number => asked.push([...ask]) }
  for (let i = 0; i < 64; i++) expiry.step(rows)
  assert.equal(asked, [
    [901, 64],
    [901, 64],
  ])
})

test('segments are half a retention, a second at least', () => {
  const segmentMs = (retentionMs: number): number => new Expiry(retentionMs, { value: 0 }).segmentMs
  assert.equal([segmentMs(10_001), segmentMs(100)], [5_001, 1_000])
})

test('a time that is negative is a broken belief', () => {
  assert.throws(() => new Expiry(100, { value: -1 }).admits(-1), /not negative/)
})

test.run()
