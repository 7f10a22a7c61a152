// Runs an entry of the catalogue in a testkit, and says what came out as its laws compare it.

import { type ReadRecord, type Testkit, type TestkitOptions, testkit } from 'millrace/testkit'
import type { Claim, Place, Result, Text, Wave } from './claim.ts'
import { isFlush } from './waves.ts'

/** What befalls the host before a wave is worked off. */
export type Mishap =
  /** Killed after so many steps; then it comes back. */
  | { readonly kill: number }
  /** Stopped and started before the wave is sent. */
  | { readonly restart: true }
  /** The next wave is sent as well, before anything happens. */
  | { readonly rush: true }

export interface RunOptions {
  readonly mishaps?: readonly (Mishap | null)[]
  readonly options?: TestkitOptions
}

export type Came = readonly ReadRecord<Text, Text>[]

const HOST = 'host-1'
/** Past every time-out by which tasks are at work again, here or on another host. */
const RETURN_MS = 20_000

export async function run(
  claim: Claim,
  place: Place,
  waves: readonly Wave[],
  { mishaps = [], options = {} }: RunOptions = {},
): Promise<Came> {
  const { partitions } = place
  await using t = await testkit(claim.define(place), { ...options, partitions })
  const isShared = (options.hosts ?? 1) > 1
  if (isShared) await t.advance(RETURN_MS)
  for (const [at, wave] of waves.entries()) {
    const mishap = mishaps[at] ?? null
    if (mishap !== null && 'restart' in mishap) await restart(t)
    claim.send(t, wave)
    if (mishap !== null && 'kill' in mishap) await crash(t, mishap.kill, isShared)
    else if (mishap === null || !('rush' in mishap)) await t.settle()
  }
  await t.settle()
  const came = t.topic(claim.output).take()
  return came.filter(({ key }) => !isFlush(key))
}

async function restart(t: Testkit): Promise<void> {
  await t.stop(HOST)
  await t.start(HOST)
  await t.advance(RETURN_MS)
}

/** @param isShared another host takes over meanwhile */
async function crash(t: Testkit, steps: number, isShared: boolean): Promise<void> {
  for (let step = 0; step < steps; step++) {
    t.clock.runOne()
    await Promise.resolve()
  }
  t.kill(HOST)
  if (isShared) await t.advance(RETURN_MS)
  await t.start(HOST)
  await t.advance(RETURN_MS)
}

/** What two runs over one place must have in common, to the time of each result. */
export const exactly = (claim: Claim, came: Came): unknown =>
  claim.isRacing ? resultOf(claim, came) : comparable('list', came, true)

/** What all runs must have in common. */
export const resultOf = (claim: Claim, came: Came): unknown => comparable(claim.result, came, false)

function comparable(result: Result, came: Came, isTimed: boolean): unknown {
  const shown = ({ value, time }: Came[number]): unknown => (isTimed ? [value, time] : value)
  const byKey = new Map<Text, unknown[]>()
  for (const record of came) {
    const all = byKey.get(record.key) ?? []
    byKey.set(record.key, all)
    all.push(shown(record))
  }
  const keys = [...byKey].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))
  if (result === 'rows') {
    return keys.map(([key, all]) => [key, all.at(-1)]).filter(([, last]) => last !== null)
  }
  // Records without a key come from every partition: no order is theirs.
  const isLoose = (key: Text): boolean => result === 'bag' || key === 'null'
  return keys.map(([key, all]) => [key, isLoose(key) ? inAnyOrder(all) : all])
}

const inAnyOrder = (all: readonly unknown[]): unknown => all.map((it) => JSON.stringify(it)).sort()
