// The embedded broker keeps the promises of every broker: over memory, over a directory alone, and
// with each broker of a law on its own handle of one directory.

import { type BrokerTraits, brokerContract } from '../../contracts/broker.ts'
import type { BrokerWorld } from '../../contracts/broker-kit.ts'
import { tempDir } from '../../kit/temp-dir.ts'
import { directoryBroker, memoryBrokers, TurnedClock, worldOf } from './brokers.ts'

const TRAITS: BrokerTraits = { logs: 'compacted', guards: 'kept' }

const memory = async (): Promise<BrokerWorld> => {
  const clock = new TurnedClock()
  return worldOf(clock, memoryBrokers(clock))
}
brokerContract('memory', memory, TRAITS)

for (const durability of ['os', 'fsync'] as const) {
  const make = async (): Promise<BrokerWorld> => {
    const clock = new TurnedClock()
    const directory = tempDir()
    return worldOf(clock, () => directoryBroker(directory, { durability, clock }))
  }
  brokerContract(`directory, ${durability}`, make, TRAITS)
}
