// Events of a run, encoded once: what topologies read from topics and loops from memory.

import { InputBuilder, type KeyedInput, type Replayed, replay } from '../keyed-input.ts'
import { event, START_MS } from './generator.ts'
import {
  type Auction,
  auctionSerde,
  auctions,
  type Bid,
  bidSerde,
  bids,
  type Person,
  personSerde,
  persons,
  side,
} from './schema.ts'

/** What a loop does with events of each kind; of a kind without a function, none are read. */
export interface Visits {
  readonly person?: (person: Person) => void
  readonly auction?: (auction: Auction) => void
  readonly bid?: (bid: Bid) => void
}

export type Source = 'persons' | 'auctions' | 'bids' | 'side'

export interface Events {
  readonly count: number
  readonly inputs: Readonly<Record<Source, KeyedInput>>
  /** In the order in which they happened. */
  each(visits: Visits): void
}

const SIDE_ROWS = 10_000

/** The first `count` events, and the rows that q13 looks up. */
export function makeEvents(count: number): Events {
  const people = new InputBuilder(persons)
  const sales = new InputBuilder(auctions)
  const offers = new InputBuilder(bids)
  const rows = new InputBuilder(side)
  for (let n = 0; n < count; n++) {
    const { kind, value } = event(n)
    if (kind === 'person') people.add(value.id, value, value.dateTime)
    else if (kind === 'auction') sales.add(value.id, value, value.dateTime)
    else offers.add(value.auction, value, value.dateTime)
  }
  for (let n = 0; n < SIDE_ROWS; n++) rows.add(n, String(n), START_MS)
  const inputs = {
    ...{ persons: people.finish(), auctions: sales.finish() },
    ...{ bids: offers.finish(), side: rows.finish() },
  }
  // Of one ms, persons are before auctions and auctions before bids: so they are numbered.
  const each = ({ person, auction, bid }: Visits): void =>
    replay([
      ...decoding(inputs.persons, personSerde, person),
      ...decoding(inputs.auctions, auctionSerde, auction),
      ...decoding(inputs.bids, bidSerde, bid),
    ])
  return { count, inputs, each }
}

function decoding<T>(
  input: KeyedInput,
  { read }: { read(bytes: Buffer, start: number, end: number): T },
  visit: ((value: T) => void) | undefined,
): Replayed[] {
  if (visit === undefined) return []
  return [{ input, visit: (at) => visit(read(at.buffer, at.valueStart, at.valueEnd)) }]
}
