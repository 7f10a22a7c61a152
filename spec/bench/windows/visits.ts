// What is counted in windows: visits, one every ms of event time, by users of whom some come often and
// most seldom.

import { serde, topic } from 'millrace'
import { seededRandom } from '#runtime/testkit/seeded-random'
import { InputBuilder, type KeyedInput, replay } from '../keyed-input.ts'

export const PARTITIONS = 4

export const user = serde.int32()
export const visits = topic('visits', { key: user, value: serde.int32(), partitions: PARTITIONS })

const START_MS = 1_700_000_000_000
const USERS = 10_000

export function makeVisits(count: number): KeyedInput {
  const random = seededRandom(42)
  const input = new InputBuilder(visits)
  for (let n = 0; n < count; n++) {
    input.add(Math.floor(USERS ** random.next()), n, START_MS + n)
  }
  return input.finish()
}

/** Each visit, for loops. */
export const eachVisit = (input: KeyedInput, visit: (who: number, time: number) => void): void =>
  replay([{ input, visit: (at) => visit(user.read(at.buffer, at.keyStart, at.keyEnd), at.time) }])
