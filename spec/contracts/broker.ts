// What every broker must do, as laws: the promises of protocols/broker/broker.ts. An implementation's
// spec calls `brokerContract` with a way to make a fresh world; what an implementation cannot keep it
// names, with the reason, and the run shows it as skipped.

import { suite } from 'uvu'
import { busLaws, keyLaws } from './broker-coordination.ts'
import type { BrokerWorld, Law } from './broker-kit.ts'
import { maintenanceLaws } from './broker-maintenance.ts'
import { readLaws, topicLaws, writeLaws } from './broker-records.ts'
import { taskLaws } from './broker-tasks.ts'

export interface Exemption {
  readonly law: string
  readonly reason: string
}

/** Declares and runs the laws as one suite. */
export function brokerContract(
  name: string,
  make: () => Promise<BrokerWorld>,
  { exempt = [] }: { exempt?: readonly Exemption[] } = {},
): void {
  const test = suite(name)
  const declare = (title: string, body: Law): void => {
    const exemption = exempt.find(({ law }) => law === title)
    if (exemption !== undefined) {
      test.skip(`${title} (${exemption.reason})`, async () => {})
      return
    }
    test(title, async () => {
      const world = await make()
      try {
        await body(world)
      } finally {
        await world.close()
      }
    })
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
