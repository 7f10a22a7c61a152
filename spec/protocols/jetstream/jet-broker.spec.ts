// NATS JetStream keeps the promises of every broker, but for those named here, with the reason.

import { brokerContract, type Exemption, snapshotContract } from '../../contracts/broker.ts'
import type { BrokerWorld } from '../../contracts/broker-kit.ts'
import { onEveryNats } from '../../kit/nats-programs.ts'
import { NatsServer } from '../../kit/nats-server.ts'
import { jetWorld } from './jet-world.ts'

const NO_COMPACTION = 'messages in NATS cannot be rewritten: snapshots stand in for compaction'

const exempt: readonly Exemption[] = [
  {
    law: 'an output that expects another end refuses the commit',
    reason: 'outputs are forwarded after the commit is stored, so no guard of theirs can undo it',
  },
  ...[
    'compaction keeps the newest record of each key, at its offset',
    'a reader between two takes misses nothing and sees nothing twice',
    'compaction leaves a task its head, positions and fence',
    'compactions at once, while others append, keep the newest of every key',
    'a tombstone stays for a day, then goes with what it deleted',
    'who follows a commit log and missed a tombstone is told to begin anew',
    'who was reading from the beginning when a tombstone went is told too',
  ].map((law) => ({ law, reason: NO_COMPACTION })),
]

await onEveryNats('jetstream', async ({ program }, ending) => {
  const server = await NatsServer.start({ program })
  const make = async (): Promise<BrokerWorld> => jetWorld(server)
  brokerContract(`jetstream${ending}`, make, { exempt })
  snapshotContract(`jetstream${ending}`, make, { trims: true })
})
