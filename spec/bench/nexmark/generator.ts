// Nexmark's events, one by its number: of 50, the first is a person, three are auctions, the others
// bids. The proportions, the hot sellers, auctions and bidders, and what is drawn are those of the
// generator of Apache Beam and Flink; drawing from seeds is ours (draws.ts). 10,000 events are a second
// of event time. The bidder's number is offset once, as in Beam.

import { Draws } from './draws.ts'
import { type Auction, type Bid, FIRST_CATEGORY, type Person } from './schema.ts'
import {
  CITIES,
  channels,
  FIRST_NAMES,
  hotChannels,
  LAST_NAMES,
  padding,
  STATES,
  word,
} from './words.ts'

export type Event =
  | { readonly kind: 'person'; readonly value: Person }
  | { readonly kind: 'auction'; readonly value: Auction }
  | { readonly kind: 'bid'; readonly value: Bid }

/** Event time of the first event: midnight of a day in UTC. */
export const START_MS = Date.UTC(2015, 6, 15)
const CATEGORIES = 5

const EVENTS_PER_SECOND = 10_000
const [PERSONS, AUCTIONS, EPOCH] = [1, 3, 50]
const FIRST_ID = 1000
/** Every so many persons or auctions another one is hot. */
const HOT_EVERY = 100
const PERSONS_ACTIVE = 1000
const AUCTIONS_OPEN = 100
/** Persons and auctions not there yet that are spoken of. */
const AHEAD = 10
const BYTES = { person: 200, auction: 500, bid: 100 }

const draws = new Draws()

export function event(n: number): Event {
  const place = n % EPOCH
  draws.begin(n)
  if (place < PERSONS) return { kind: 'person', value: person(n) }
  if (place < PERSONS + AUCTIONS) return { kind: 'auction', value: auction(n) }
  return { kind: 'bid', value: bid(n) }
}

export const timeOf = (n: number): number =>
  START_MS + Math.floor(Math.floor((n * 1e6) / EVENTS_PER_SECOND) / 1000)

function person(n: number): Person {
  const name = `${draws.oneOf(FIRST_NAMES)} ${draws.oneOf(LAST_NAMES)}`
  const emailAddress = `${word(draws, 7)}@${word(draws, 5)}.com`
  const creditCard = Array.from({ length: 4 }, () => digits(draws.below(10_000))).join(' ')
  const [city, state] = [draws.oneOf(CITIES), draws.oneOf(STATES)]
  const bytes = 8 + name.length + emailAddress.length + creditCard.length + city.length + 2
  const facts = { name, emailAddress, creditCard, city, state, dateTime: timeOf(n) }
  return { id: FIRST_ID + lastPerson(n), ...facts, extra: padding(draws, bytes, BYTES.person) }
}

function auction(n: number): Auction {
  const dateTime = timeOf(n)
  const seller = FIRST_ID + (draws.below(4) > 0 ? hot(lastPerson(n)) : anyPerson(n))
  const category = FIRST_CATEGORY + draws.below(CATEGORIES)
  const initialBid = price()
  // It is open for as long as it takes, about, until the auctions after it have replaced it.
  const horizonMs = timeOf(n + Math.floor((AUCTIONS_OPEN * EPOCH) / AUCTIONS)) - dateTime
  const expires = dateTime + 1 + draws.below(Math.max(horizonMs * 2, 1))
  const itemName = word(draws, 20)
  const description = word(draws, 100)
  const reserve = initialBid + price()
  const bytes = 48 + itemName.length + description.length
  return {
    ...{ id: FIRST_ID + lastAuction(n), itemName, description, initialBid, reserve },
    ...{ dateTime, expires, seller, category, extra: padding(draws, bytes, BYTES.auction) },
  }
}

function bid(n: number): Bid {
  const auction = FIRST_ID + (draws.below(2) > 0 ? hot(lastAuction(n)) : anyAuction(n))
  const bidder = FIRST_ID + (draws.below(4) > 0 ? hot(lastPerson(n)) + 1 : anyPerson(n))
  const cents = price()
  const known = draws.below(2) > 0 ? hotChannels : channels
  const { name: channel, url } = known[draws.below(known.length)] ?? { name: '', url: '' }
  const facts = { auction, bidder, price: cents, channel, url, dateTime: timeOf(n) }
  return { ...facts, extra: padding(draws, 32, BYTES.bid) }
}

/** Numbers from 0 of the newest person and the newest auction when event `n` happens. */
const lastPerson = (n: number): number => Math.floor(n / EPOCH)

function lastAuction(n: number): number {
  const place = (n % EPOCH) - PERSONS
  const before = Math.floor(n / EPOCH) * AUCTIONS
  return place < 0 ? before - 1 : before + Math.min(place, AUCTIONS - 1)
}

const hot = (last: number): number => Math.floor(last / HOT_EVERY) * HOT_EVERY

function anyPerson(n: number): number {
  const known = lastPerson(n) + 1
  const active = Math.min(known, PERSONS_ACTIVE)
  return known - active + draws.below(active + AHEAD)
}

function anyAuction(n: number): number {
  const last = lastAuction(n)
  const oldest = Math.max(last - AUCTIONS_OPEN, 0)
  return oldest + draws.below(last - oldest + 1 + AHEAD)
}

/** As many prices have three digits as have eight. */
const price = (): number => Math.round(10 ** (draws.unit() * 6) * 100)

const digits = (n: number): string => String(n).padStart(4, '0')
