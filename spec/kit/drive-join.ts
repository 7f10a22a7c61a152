// Drives a join: two topics in, one stream of results out, each with its time. Keys are short texts,
// values are texts, and both may be missing, so that every rule about nulls can be tried.

import fc from 'fast-check'
import type { Headers } from '#protocols/records/record'
import { serde } from '#protocols/serdes/serdes'
import { type Topic, topic } from '#runtime/dsl/topic'
import type { TopologyBuilder, TopologyOptions } from '#runtime/dsl/topology'
import { DrivePlan } from './drive-plan.ts'

export type Text = string | null
export type Result = readonly [key: Text, value: unknown, time: number]

const texts = { key: serde.nullable(serde.string()), value: serde.nullable(serde.string()) }
export const LEFT: Topic<Text, Text> = topic('left', texts)
export const RIGHT: Topic<Text, Text> = topic('right', texts)

export interface JoinInput {
  readonly isLeft: boolean
  readonly key: Text
  readonly value: Text
  readonly time: number
}

/** Remembers a result: what a join ends in. */
export type See = (key: unknown, value: unknown, time: number) => void

export class DriveJoin extends DrivePlan {
  readonly #results: Result[]

  constructor(build: (t: TopologyBuilder, see: See) => void, options: TopologyOptions = {}) {
    const results: Result[] = []
    // Keys are texts on both sides.
    const see: See = (key, value, time) => void results.push([key as Text, value, time])
    super((t) => build(t, see), options)
    this.#results = results
  }

  left(key: Text, value: Text, time = 0, headers: Headers = []): Result[] {
    this.send(LEFT, { key, value, time, headers })
    return this.take()
  }

  right(key: Text, value: Text, time = 0, headers: Headers = []): Result[] {
    this.send(RIGHT, { key, value, time, headers })
    return this.take()
  }

  /** What came of one input. */
  step({ isLeft, key, value, time }: JoinInput): Result[] {
    return isLeft ? this.left(key, value, time) : this.right(key, value, time)
  }

  take(): Result[] {
    return this.#results.splice(0)
  }
}

/** Both sides in any interleaving, times going back and forth, keys and values missing now and then. */
export const joinInputs = (keys: number, timeMax: number): fc.Arbitrary<JoinInput[]> => {
  const input = fc.record({
    isLeft: fc.boolean(),
    key: fc.option(fc.nat(keys - 1).map(String), { freq: 12 }),
    isMissing: fc.nat(9).map((n) => n === 0),
    time: fc.nat(timeMax),
  })
  return fc
    .array(input, { maxLength: 60 })
    .map((all) =>
      all.map(({ isMissing, ...rest }, i) => ({ ...rest, value: isMissing ? null : `v${i}` })),
    )
}
