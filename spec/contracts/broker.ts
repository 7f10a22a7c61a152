// What every broker must do, as laws: the promises of protocols/broker/broker.ts. An implementation's
// spec calls `brokerContract` with a way to make a fresh world; what an implementation cannot keep it
// names, with the reason, and the run shows it as skipped.

import { suite, type Test } from 'uvu'
import { busLaws, keyLaws } from './broker-coordination.ts'
import type { BrokerWorld, Law } from './broker-kit.ts'
import { maintenanceLaws } from './broker-maintenance.ts'
import { readLaws, topicLaws, writeLaws } from './broker-records.ts'
import { snapshotLaws, trimLaws } from './broker-snapshots.ts'
import { taskLaws } from './broker-tasks.ts'

export interface Exemption {
  readonly law: string
  readonly reason: string
}

type Make = () => Promise<BrokerWorld>

/** Declares and runs the laws as one suite. */
export function brokerContract(
  name: string,
  make: Make,
  { exempt = [] }: { exempt?: readonly Exemption[] } = {},
): void {
  const test = suite(name)
  const declare = (title: string, body: Law): void => {
    const exemption = exempt.find(({ law }) => law === title)
    if (exemption === undefined) return declareIn(test, make)(title, body)
    test.skip(`${title} (${exemption.reason})`, async () => {})
  }
  topicLaws(declare)
  writeLaws(declare)
  readLaws(declare)
  taskLaws(declare)
  keyLaws(declare)
  busLaws(declare)
  maintenanceLaws(declare)
  test.run()
}

export interface SnapshotTraits {
  /** Whether it takes from commit logs what they cover. */
  readonly trims: boolean
  /** How many of a task. */
  readonly keeps: 1 | 2
}

/** The laws of a broker's snapshots. */
export function snapshotContract(name: string, make: Make, { trims, keeps }: SnapshotTraits): void {
  const test = suite(`${name}, snapshots`)
  const declare = declareIn(test, make)
  snapshotLaws(declare, keeps)
  if (trims) trimLaws(declare)
  test.run()
}

const declareIn =
  (test: Test, make: Make) =>
  (title: string, body: Law): void => {
    test(title, async () => {
      const world = await make()
      try {
        await body(world)
      } finally {
        await world.close()
      }
    })
  }
