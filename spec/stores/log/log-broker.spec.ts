// The embedded broker keeps the promises of every broker: over memory, over a directory alone, and
// with each broker of a law on its own handle of one directory.

import { brokerContract } from '../../contracts/broker.ts'
import { tempDir } from '../../kit/temp-dir.ts'
import { directoryBroker, memoryBrokers, TurnedClock, worldOf } from './brokers.ts'

brokerContract('memory', async () => {
  const clock = new TurnedClock()
  return worldOf(clock, memoryBrokers(clock))
})

for (const durability of ['os', 'fsync'] as const) {
  brokerContract(`directory, ${durability}`, async () => {
    const clock = new TurnedClock()
    const directory = tempDir()
    return worldOf(clock, () => directoryBroker(directory, { durability, clock }))
  })
}
