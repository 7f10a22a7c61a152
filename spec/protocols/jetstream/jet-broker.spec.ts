// NATS JetStream keeps the promises of every broker.

import { brokerContract, snapshotContract } from '../../contracts/broker.ts'
import type { BrokerWorld } from '../../contracts/broker-kit.ts'
import { onEveryNats } from '../../kit/nats-programs.ts'
import { NatsServer } from '../../kit/nats-server.ts'
import { JET_TRAITS, jetWorld } from './jet-world.ts'

await onEveryNats('jetstream', async ({ program }, ending) => {
  const server = await NatsServer.start({ program })
  const make = async (): Promise<BrokerWorld> => jetWorld({ servers: [server.address] })
  brokerContract(`jetstream${ending}`, make, JET_TRAITS)
  snapshotContract(`jetstream${ending}`, make, { trims: true, keeps: 2 })
})
