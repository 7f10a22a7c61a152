// The promises of every broker, kept by a cluster of three servers with three copies of each stream.

import { brokerContract } from '../../contracts/broker.ts'
import type { BrokerWorld } from '../../contracts/broker-kit.ts'
import { NatsCluster } from '../../kit/nats-cluster.ts'
import { onEveryClustered } from '../../kit/nats-programs.ts'
import { JET_TRAITS, jetWorld } from './jet-world.ts'

await onEveryClustered('jetstream, three copies', async ({ program }, ending) => {
  const cluster = await NatsCluster.start(3, program)
  const settings = { servers: cluster.addresses, replicas: 3 }
  const make = async (): Promise<BrokerWorld> => jetWorld(settings)
  brokerContract(`jetstream, three copies${ending}`, make, JET_TRAITS)
})
