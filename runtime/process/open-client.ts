// A client over the broker that it opened.

import { type BrokerLocation, refuseMissing } from './broker-location.ts'
import { connectBroker } from './open-broker.ts'
import { systemClock } from './system-ports.ts'
import { TopicPost, type Topics } from './topic-post.ts'

export interface Client extends Topics, AsyncDisposable {
  /** Ends loops that read, lets what was sent settle, releases the broker. */
  close(): Promise<void>
}

/** @throws MillraceError BROKER_MISSING, and what opening a broker throws */
export async function openClient(location: BrokerLocation): Promise<Client> {
  refuseMissing(location)
  const broker = await connectBroker(location)
  const topics = new TopicPost(broker, systemClock)
  let closing: Promise<void> | null = null
  const close = (): Promise<void> => {
    topics.close()
    closing ??= broker.close()
    return closing
  }
  return {
    send: (topic, ...records) => topics.send(topic, ...records),
    read: (topic, options) => topics.read(topic, options),
    close,
    [Symbol.asyncDispose]: close,
  }
}
