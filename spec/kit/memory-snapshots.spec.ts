// What stands in for the snapshots of a broker keeps their promises.

import { snapshotContract } from '../contracts/broker.ts'
import { memoryBrokers, TurnedClock, worldOf } from '../stores/log/brokers.ts'
import { MemorySnapshots } from './memory-snapshots.ts'

const inMemory = async () => {
  const clock = new TurnedClock()
  const open = memoryBrokers(clock)
  const snapshots = new MemorySnapshots(open())
  return worldOf(clock, () => Object.assign(open(), { snapshots }))
}

snapshotContract('memory', inMemory, { trims: false, keeps: 2 })
