// The generator: the proportions that Nexmark asks for, the same events every time, and a few of them
// as they are known.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { event, timeOf } from './generator.ts'
import type { Auction, Bid, Person } from './schema.ts'

const EVENTS = 20_000

const persons: Person[] = []
const auctions: Auction[] = []
const bids: Bid[] = []
for (let n = 0; n < EVENTS; n++) {
  const { kind, value } = event(n)
  if (kind === 'person') persons.push(value)
  else if (kind === 'auction') auctions.push(value)
  else bids.push(value)
}

/** How many of the items something holds for. */
const share = <T>(items: readonly T[], holds: (item: T) => boolean): number =>
  items.filter(holds).length / items.length

const isNear = (value: number, wanted: number): void =>
  assert.ok(Math.abs(value - wanted) < 0.01, `${value} is not about ${wanted}`)

test('of 50 events one is a person and three are auctions', () => {
  assert.is(persons.length, EVENTS / 50)
  assert.is(auctions.length, (EVENTS / 50) * 3)
  assert.is(bids.length, (EVENTS / 50) * 46)
})

test('persons and auctions are numbered from 1000 without gaps', () => {
  assert.equal(persons.map(({ id }) => id).slice(0, 3), [1000, 1001, 1002])
  assert.equal(auctions.map(({ id }) => id).slice(0, 3), [1000, 1001, 1002])
  assert.is(persons.at(-1)?.id, 1000 + persons.length - 1)
  assert.is(auctions.at(-1)?.id, 1000 + auctions.length - 1)
})

test('10,000 events are a second of event time', () => {
  assert.is(timeOf(10_000) - timeOf(0), 1000)
  assert.is(event(19_999).value.dateTime, timeOf(0) + 1999)
})

test('an event is the same whatever was made before it', () => {
  const { value } = event(12_345)
  event(3)
  assert.equal(event(12_345).value, value)
})

test('prices have as many digits as any other: a third of them each in three ranges', () => {
  isNear(
    share(bids, ({ price }) => price < 10_000),
    1 / 3,
  )
  isNear(
    share(bids, ({ price }) => price >= 1_000_000),
    1 / 3,
  )
  assert.ok(bids.every(({ price }) => Number.isInteger(price) && price >= 100 && price <= 1e8))
})

test('three bids of four come from a hot bidder, half of them through a hot channel', () => {
  isNear(
    share(bids, ({ bidder }) => bidder % 100 === 1),
    0.753,
  )
  isNear(
    share(bids, ({ channel }) => !channel.startsWith('channel-')),
    0.5,
  )
})

test('some bids are for auctions that are not there yet, by ten at most', () => {
  let newest = 999
  let early = 0
  let bid = 0
  for (let n = 0; n < EVENTS; n++) {
    const { kind, value } = event(n)
    if (kind === 'auction') newest = value.id
    if (kind !== 'bid') continue
    bid++
    if (value.auction > newest) early++
    assert.ok(value.auction <= newest + 10)
  }
  assert.ok(early > 0 && early < bid / 10)
})

test('auctions are open until after they began, and never for as long as a second', () => {
  for (const { dateTime, expires } of auctions) {
    assert.ok(expires > dateTime && expires < dateTime + 1000)
  }
})

test('bids are padded to 100 bytes, on average, of which 32 are numbers', () => {
  const padded = bids.reduce((sum, { extra }) => sum + extra.length, 0) / bids.length
  assert.ok(Math.abs(padded - 68) < 1, `${padded}`)
})

test('a person, an auction and a bid that are known', () => {
  const [person] = persons
  assert.is(person?.name, 'Saul Shultz')
  assert.is(person?.creditCard, '9198 0694 0974 2102')
  assert.is(person?.state, 'AZ')
  assert.equal(
    auctions.slice(0, 2).map(({ seller, category, initialBid }) => [seller, category, initialBid]),
    [
      [1000, 12, 29940400],
      [1000, 10, 7482],
    ],
  )
  assert.equal(
    bids.slice(0, 2).map(({ auction, bidder, price }) => [auction, bidder, price]),
    [
      [1000, 1001, 39495460],
      [1000, 1001, 5872],
    ],
  )
})

test.run()
