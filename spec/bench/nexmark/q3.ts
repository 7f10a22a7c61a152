// q3: who sells in one category, from three states. Auctions name their sellers, so this is a join by
// foreign key: whichever side comes first, and however late the other, it is found.

import { topic, topology } from 'millrace'
import { CATEGORY, query, sumOf } from './query.ts'
import { type Auction, auctions, id, message, PARTITIONS, type Person, persons } from './schema.ts'

interface Home {
  readonly name: string
  readonly city: string
  readonly state: string
}

interface Seller extends Home {
  readonly auction: number
}

interface Lot {
  readonly auction: number
  readonly group: number
}

const output = topic('q3', { key: id, value: message<Seller>('Seller'), partitions: PARTITIONS })

export const q3 = topology('q3', (t) => {
  const sellers = t
    .stream(persons)
    .filter((_id, person) => isNear(person))
    .mapValues(homeOf)
    .toTable({ store: 'sellers', value: message<Home>('Home') })
  t.stream(auctions)
    .filter((_id, { category }) => category === CATEGORY)
    .mapValues(lotOf)
    .toTable({ store: 'lots', value: message<Lot>('Lot') })
    .joinByKey(sellers, ({ group }) => group, offeredBy, { store: 'offered', value: output.value })
    .toStream()
    .filter((_auction, seller): seller is Seller => seller !== null)
    .to(output)
})

const isNear = ({ state }: Person): boolean => state === 'OR' || state === 'ID' || state === 'CA'

function homeOf({ name, city, state }: Person): Home {
  return { name, city, state }
}

function lotOf({ id, seller }: Auction): Lot {
  return { auction: id, group: seller }
}

function offeredBy({ auction }: Lot, { name, city, state }: Home): Seller {
  return { name, city, state, auction }
}

export const q3Query = query({
  ...{ topology: q3, module: import.meta.url, reads: ['persons', 'auctions'] },
  ...{ output, counts: 'newest' },
  loop(events, emit) {
    const homes = new Map<number, Home>()
    const lots = new Map<number, Lot[]>()
    events.each({
      person(person) {
        if (!isNear(person)) return
        const home = homeOf(person)
        homes.set(person.id, home)
        for (const lot of lots.get(person.id) ?? []) {
          emit(lot.auction, offeredBy(lot, home), person.dateTime)
        }
      },
      auction(auction) {
        if (auction.category !== CATEGORY) return
        const lot = lotOf(auction)
        const others = lots.get(lot.group)
        if (others === undefined) lots.set(lot.group, [lot])
        else others.push(lot)
        const home = homes.get(lot.group)
        if (home !== undefined) emit(lot.auction, offeredBy(lot, home), auction.dateTime)
      },
    })
  },
  tally: (rows) => ({ rows: rows.length, sumAuctionId: sumOf(rows, ([auction]) => auction) }),
})
