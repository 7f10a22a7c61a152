// What q4 and q6 begin with: the best price of each auction, among the bids made while it was open. An
// auction and its bids are joined by time, so that it does not matter which of them is read first.

import type { Table, TopologyBuilder } from 'millrace'
import type { Events } from './events.ts'
import { type Auction, auctions, type Bid, bids, id, message } from './schema.ts'

/** An auction, and what the prices of auctions are grouped by. */
interface Lot {
  readonly auction: number
  readonly group: number
  readonly expires: number
}

interface Offer {
  readonly auction: number
  readonly bidder: number
  readonly price: number
  readonly dateTime: number
}

/** What an auction brings so far. */
export interface Sale extends Lot {
  readonly price: number
}

/** No auction is open for longer. */
const OPEN_MAX = '1s'
/** How much later than the others a bid or an auction may come. */
const LATE_MAX = '10s'

export const saleSerde = message<Sale>('Sale')

export const within = { before: 0, after: OPEN_MAX, grace: LATE_MAX } as const

export function sales(t: TopologyBuilder, groupOf: (auction: Auction) => number) {
  const offers = t.stream(bids).mapValues(offerOf)
  const sold: Table<number, Sale> = t
    .stream(auctions)
    .mapValues((auction) => lotOf(auction, groupOf(auction)))
    .join(offers, saleOf, {
      ...{ within, key: id, store: 'open' },
      ...{ left: message<Lot>('Lot'), right: message<Offer>('Offer') },
    })
    .filter((_auction, sale): sale is Sale => sale !== null)
    .groupByKey({ value: saleSerde })
    .reduce(dearer, { store: 'sales' })
  return sold
}

const lotOf = ({ id, expires }: Auction, group: number): Lot => ({ auction: id, group, expires })

const offerOf = ({ auction, bidder, price, dateTime }: Bid): Offer => ({
  ...{ auction, bidder, price, dateTime },
})

function saleOf({ auction, group, expires }: Lot, { price, dateTime }: Offer): Sale | null {
  return dateTime <= expires ? { auction, group, expires, price } : null
}

const dearer = (kept: Sale, sale: Sale): Sale => (sale.price > kept.price ? sale : kept)

/** By hand: tells whenever an auction brings more than before. */
export function eachSale(
  events: Events,
  groupOf: (auction: Auction) => number,
  visit: (sale: Sale, before: Sale | undefined, time: number) => void,
): void {
  const lots = new Map<number, { readonly lot: Lot; sale: Sale | undefined }>()
  events.each({
    auction(auction) {
      lots.set(auction.id, { lot: lotOf(auction, groupOf(auction)), sale: undefined })
    },
    bid(bid) {
      const open = lots.get(bid.auction)
      const sale = open === undefined ? null : saleOf(open.lot, bid)
      if (open === undefined || sale === null) return
      const before = open.sale
      if (before !== undefined && sale.price <= before.price) return
      open.sale = sale
      visit(sale, before, bid.dateTime)
    },
  })
}
