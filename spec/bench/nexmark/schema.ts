// Nexmark's events and the rows its queries make of them, as JSON or as protobuf messages. Prices are
// cents; times are ms and repeat the time of the record, as results speak of them.

import { serde, topic } from 'millrace'
import protobuf from 'protobufjs'

export interface Person {
  readonly id: number
  readonly name: string
  readonly emailAddress: string
  readonly creditCard: string
  readonly city: string
  readonly state: string
  readonly dateTime: number
  readonly extra: string
}

export interface Auction {
  readonly id: number
  readonly itemName: string
  readonly description: string
  readonly initialBid: number
  readonly reserve: number
  readonly dateTime: number
  /** Bids up to here count, this one included. */
  readonly expires: number
  readonly seller: number
  readonly category: number
  readonly extra: string
}

export interface Bid {
  readonly auction: number
  readonly bidder: number
  readonly price: number
  readonly channel: string
  readonly url: string
  readonly dateTime: number
  readonly extra: string
}

/** A bid with the auction it is for. */
export interface BidOnAuction {
  readonly bid: Bid
  readonly auction: Auction
}

const { root } = protobuf.parse(`
  syntax = "proto3";
  message Person {
    uint32 id = 1; string name = 2; string emailAddress = 3; string creditCard = 4;
    string city = 5; string state = 6; double dateTime = 7; string extra = 8;
  }
  message Auction {
    uint32 id = 1; string itemName = 2; string description = 3; uint32 initialBid = 4;
    uint32 reserve = 5; double dateTime = 6; double expires = 7; uint32 seller = 8;
    uint32 category = 9; string extra = 10;
  }
  message Bid {
    uint32 auction = 1; uint32 bidder = 2; uint32 price = 3; string channel = 4; string url = 5;
    double dateTime = 6; string extra = 7;
  }
  message BidOnAuction { Bid bid = 1; Auction auction = 2; }
  message BidInMills {
    uint32 auction = 1; uint32 bidder = 2; double price = 3; double dateTime = 4; string extra = 5;
    string bidTimeType = 6; uint32 cs = 7;
  }
  message AuctionPrice { uint32 auction = 1; uint32 price = 2; }
  message Home { string name = 1; string city = 2; string state = 3; }
  message Seller { string name = 1; string city = 2; string state = 3; uint32 auction = 4; }
  message Lot { uint32 auction = 1; uint32 group = 2; double expires = 3; }
  message Offer { uint32 auction = 1; uint32 bidder = 2; uint32 price = 3; double dateTime = 4; }
  message Sale { uint32 auction = 1; uint32 group = 2; double expires = 3; uint32 price = 4; }
  message Sales { repeated Sale sales = 1; }
  message Total { double sum = 1; uint32 count = 2; }
  message AuctionCount { uint32 auction = 1; uint32 count = 2; }
  message Hottest { repeated uint32 auctions = 1; uint32 count = 2; }
  message HighestBid { uint32 auction = 1; uint32 bidder = 2; }
  message Highest { uint32 price = 1; repeated HighestBid bids = 2; }
  message NewSeller { string name = 1; double start = 2; }
  message SidedBid {
    uint32 auction = 1; uint32 bidder = 2; uint32 price = 3; double dateTime = 4; string value = 5;
  }
  message Ranks { repeated uint32 bids = 1; }
  message Bidders { repeated uint32 bidders = 1; }
  message Auctions { repeated uint32 bids = 1; repeated uint32 auctions = 2; }
  message Statistics {
    repeated uint32 bids = 1; repeated uint32 bidders = 2; repeated uint32 auctions = 3;
    string minute = 4;
  }
  message Prices {
    repeated uint32 bids = 1; uint32 least = 2; uint32 most = 3; double sum = 4; uint32 average = 5;
  }
  message Bids { repeated Bid bids = 1; }
`)

/** Messages are a third smaller and faster; JSON, which most programs begin with, is the default. */
const isBinary = process.env['ENCODING'] === 'protobuf'

/** A serde of one of the messages above, whichever way it is encoded. */
export const message = <T extends object>(name: string) =>
  isBinary ? serde.protobuf<T>(root.lookupType(name)) : serde.json<T>()

export const PARTITIONS = 4
/** The first of five. */
export const FIRST_CATEGORY = 10
export const id = serde.int32()

export const personSerde = message<Person>('Person')
export const auctionSerde = message<Auction>('Auction')
export const bidSerde = message<Bid>('Bid')

/** By id, auctions too; bids by the auction they are for. */
export const persons = topic('persons', { key: id, value: personSerde, partitions: PARTITIONS })
export const auctions = topic('auctions', { key: id, value: auctionSerde, partitions: PARTITIONS })
export const bids = topic('bids', { key: id, value: bidSerde, partitions: PARTITIONS })
/** What bids are looked up in by q13. */
export const side = topic('side', { key: id, value: serde.string(), partitions: PARTITIONS })
