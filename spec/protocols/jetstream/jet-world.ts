// Brokers over a NATS server, for specs: worlds for the contract, and brokers with the machine's clock.

import { connect, type StreamAPI } from 'nats'
import type { Logger } from '#protocols/core/log'
import type { CompactionSettings } from '#protocols/jetstream/compaction'
import {
  type JetBroker,
  type JetStreamSettings,
  openJetStream,
} from '#protocols/jetstream/jet-broker'
import type { OnPoint } from '#protocols/jetstream/points'
import type { BrokerTraits } from '../../contracts/broker.ts'
import type { BrokerWorld } from '../../contracts/broker-kit.ts'
import type { NatsServer } from '../../kit/nats-server.ts'
import { chance, machineClock, TurnedClock } from '../../stores/log/brokers.ts'

export interface JetOptions extends Partial<JetStreamSettings> {
  readonly log?: Logger
  readonly onPoint?: OnPoint
  readonly compaction?: Partial<CompactionSettings>
}

/** One more broker on the server, by the machine's clock. */
export function jetBroker(server: NatsServer, options: JetOptions = {}): Promise<JetBroker> {
  const { log, onPoint, compaction, ...settings } = options
  return openJetStream({
    settings: { servers: [server.address], ...settings },
    clock: machineClock,
    random: chance,
    log,
    onPoint,
    compaction,
  })
}

/** As one who knows NATS alone. */
export async function withStreams(
  { address }: NatsServer,
  use: (streams: StreamAPI) => Promise<void>,
): Promise<void> {
  const connection = await connect({ servers: address })
  try {
    await use((await connection.jetstreamManager()).streams)
  } finally {
    await connection.close()
  }
}

export const JET_TRAITS: BrokerTraits = { logs: 'trimmed', guards: 'refused' }

/** With no patience for dirt. */
export const EAGER = { dirtyBytesMin: 0, dirtyRatioMin: 0, settledMs: 0 }

/** A namespace nobody else has. */
export const freshNamespace = (): string => `n${++worlds}`

let worlds = 0

export interface JetWorld extends BrokerWorld {
  readonly namespace: string
  /** What its brokers told. */
  readonly codes: readonly string[]
  /** @param onPoint where this broker may die */
  open(onPoint?: OnPoint): Promise<JetBroker>
}

/** A world of its own on these servers: nothing of another world is in its namespace. */
export function jetWorld(
  settings: JetStreamSettings,
  compaction: Partial<CompactionSettings> = EAGER,
): JetWorld {
  const clock = new TurnedClock()
  const namespace = `w${++worlds}`
  const opened: JetBroker[] = []
  const codes: string[] = []
  const open = async (onPoint?: OnPoint): Promise<JetBroker> => {
    const broker = await openJetStream({
      settings: { ...settings, namespace },
      clock,
      wire: machineClock,
      random: chance,
      log: { log: (_level, code) => void codes.push(code) },
      compaction,
      onPoint,
      isClockShared: true,
    })
    opened.push(broker)
    return broker
  }
  return {
    namespace,
    codes,
    open,
    advance: (ms) => clock.advance(ms),
    maintain: async () => {
      await (await open()).maintain()
    },
    close: async () => {
      for (const broker of opened) await broker.close()
    },
  }
}
