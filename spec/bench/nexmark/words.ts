// The text of events: names, descriptions, padding, and the channels that bids come through. What does
// not depend on an event is drawn once, when this is loaded.

import { Draws } from './draws.ts'

export const STATES = ['AZ', 'CA', 'ID', 'OR', 'WA', 'WY']
export const CITIES = [
  'Phoenix',
  'Los Angeles',
  'San Francisco',
  'Boise',
  'Portland',
  'Bend',
  'Redmond',
  'Seattle',
  'Kent',
  'Cheyenne',
]
export const FIRST_NAMES = [
  ...['Peter', 'Paul', 'Luke', 'John', 'Saul', 'Vicky'],
  ...['Kate', 'Julie', 'Sarah', 'Deiter', 'Walter'],
]
export const LAST_NAMES = [
  ...['Shultz', 'Abrams', 'Spencer', 'White', 'Bartels'],
  ...['Walton', 'Smith', 'Jones', 'Noris'],
]

/** Where a bid came from, and the page it was made on. */
export interface Channel {
  readonly name: string
  readonly url: string
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'
const POOL_LETTERS = 2 ** 20
const CHANNELS = 10_000
const SPREAD = 0.2

/** A word of 3 to `max - 1` characters; one in 13 is the gap, which is cut off at the ends if blank. */
export function word(draws: Draws, max: number, gap = ' '): string {
  let text = ''
  for (let left = 3 + draws.below(max - 3); left > 0; left--) {
    text += draws.below(13) === 0 ? gap : LETTERS[draws.below(26)]
  }
  return text.trim()
}

/** Padding, so that an event that has `bytes` already has `average` on average, a fifth more or less. */
export function padding(draws: Draws, bytes: number, average: number): string {
  const wanted = average - bytes
  if (wanted < 0) return ''
  const spread = Math.round(wanted * SPREAD)
  const size = wanted - spread + (spread === 0 ? 0 : draws.below(2 * spread))
  const start = draws.below(pool.length - size)
  return pool.slice(start, start + size)
}

const pool = letters()

/** Half of the bids come through these. */
export const hotChannels: readonly Channel[] = []
export const channels: readonly Channel[] = []
drawChannels(hotChannels as Channel[], channels as Channel[])

function letters(): string {
  const draws = new Draws()
  draws.begin(123456789)
  return Array.from({ length: POOL_LETTERS }, () => LETTERS[draws.below(26)]).join('')
}

function drawChannels(hot: Channel[], cold: Channel[]): void {
  const draws = new Draws()
  draws.begin(42)
  for (const name of ['Google', 'Facebook', 'Baidu', 'Apple']) hot.push({ name, url: page(draws) })
  for (let n = 0; n < CHANNELS; n++) {
    const url = page(draws)
    const isNamed = draws.below(10) > 0
    const id = isNamed ? `&channel_id=${Math.abs(reversed(n))}` : ''
    cold.push({ name: `channel-${n}`, url: url + id })
  }
}

function page(draws: Draws): string {
  const path = [word(draws, 5, '_'), word(draws, 5, '_'), word(draws, 5, '_')].join('/')
  return `https://www.nexmark.com/${path}/item.htm?query=1`
}

/** The 32 bits of a number the other way round. */
function reversed(n: number): number {
  let bits = 0
  for (let at = 0; at < 32; at++) bits = (bits << 1) | ((n >>> at) & 1)
  return bits
}
