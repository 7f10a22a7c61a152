// What every broker must do, as laws: the promises of protocols/broker/broker.ts. An implementation's
// spec calls `brokerContract` with a way to make a fresh world; where the port leaves a choice it says which
// one it made, and the laws of that choice are run.

import { suite, type Test } from 'uvu'
import { busLaws, keyLaws } from './broker-coordination.ts'
import type { BrokerWorld, Law } from './broker-kit.ts'
import { compactedLogLaws, maintenanceLaws, trimmedLogLaws } from './broker-maintenance.ts'
import { readLaws, topicLaws, writeLaws } from './broker-records.ts'
import { snapshotLaws, trimLaws } from './broker-snapshots.ts'
import { guardLaw, noGuardLaw, taskLaws } from './broker-tasks.ts'

/** What the port leaves to a broker. */
export interface BrokerTraits {
  /** How commit logs are kept from growing: the newest change of each key stays, or what no snapshot has. */
  readonly logs: 'compacted' | 'trimmed'
  /** Whether an output of a task may expect an end of its partition. */
  readonly guards: 'kept' | 'refused'
}

type Make = () => Promise<BrokerWorld>

/** Declares and runs the laws as one suite. */
export function brokerContract(name: string, make: Make, { logs, guards }: BrokerTraits): void {
  const test = suite(name)
  const declare = declareIn(test, make)
  topicLaws(declare)
  writeLaws(declare)
  readLaws(declare)
  taskLaws(declare)
  keyLaws(declare)
  busLaws(declare)
  maintenanceLaws(declare)
  if (logs === 'compacted') compactedLogLaws(declare)
  else trimmedLogLaws(declare)
  if (guards === 'kept') guardLaw(declare)
  else noGuardLaw(declare)
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
