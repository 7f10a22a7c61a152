// Brokers for specs: over a directory or over memory, with the machine's clock and chance.

import { type WallTimeMs, wallTime } from '#protocols/core/brands'
import type { Cancel, Clock, Random } from '#protocols/core/clock'
import { SimulatedClock } from '#runtime/testkit/simulated-clock'
import { type Durability, openLmdb } from '#stores/engine/lmdb'
import { MemoryData, memoryEngine } from '#stores/engine/memory'
import { DoorbellHall } from '#stores/log/doorbell'
import { fileDoorbell } from '#stores/log/doorbell-file'
import { type LogBroker, openLogBroker } from '#stores/log/log-broker'
import { SnapshotFiles } from '#stores/log/snapshot-files'
import type { BrokerWorld } from '../../contracts/broker-kit.ts'

export const machineClock: Clock = {
  now: () => wallTime(Date.now()),
  monotonic: () => performance.now(),
  after: (delayMs, fire) => {
    const timer = setTimeout(fire, delayMs)
    return () => clearTimeout(timer)
  },
  defer: (run) => {
    setImmediate(run)
  },
}

export const chance: Random = { next: () => Math.random() }

/** Time is turned by hand; deferred work has its turn by itself, since disks answer in real time. */
export class TurnedClock implements Clock {
  readonly #turned = new SimulatedClock()

  now(): WallTimeMs {
    return this.#turned.now()
  }

  monotonic(): number {
    return this.#turned.monotonic()
  }

  after(delayMs: number, fire: () => void): Cancel {
    return this.#turned.after(delayMs, fire)
  }

  defer(run: () => void): void {
    setImmediate(run)
  }

  advance(ms: number): Promise<void> {
    return this.#turned.advance(ms)
  }
}

export interface DirectoryOptions {
  readonly durability?: Durability
  readonly clock?: Clock
  readonly bytesMax?: number
}

const EAGER = { dirtyBytesMin: 0, dirtyRatioMin: 0 }

/** A broker over a directory; several may share it. */
export function directoryBroker(directory: string, options: DirectoryOptions = {}): LogBroker {
  const { durability = 'os', clock = machineClock, bytesMax } = options
  return openLogBroker({
    engine: openLmdb({ directory, kind: 'log', durability, bytesMax }),
    clock,
    random: chance,
    doorbell: fileDoorbell(directory),
    compaction: EAGER,
    snapshots: new SnapshotFiles(directory, durability === 'fsync'),
  })
}

/** Brokers over one memory: each call of the function opens one more. */
export function memoryBrokers(clock: Clock = machineClock): () => LogBroker {
  const data = new MemoryData()
  const hall = new DoorbellHall()
  return () =>
    openLogBroker({
      engine: memoryEngine(data),
      clock,
      random: chance,
      doorbell: hall.door(),
      compaction: EAGER,
    })
}

/** A world for the contract. `open` makes one more broker on the same log. */
export function worldOf(clock: TurnedClock, open: () => LogBroker): BrokerWorld {
  const opened: LogBroker[] = []
  const another = (): LogBroker => {
    const broker = open()
    opened.push(broker)
    return broker
  }
  return {
    open: async () => another(),
    advance: (ms) => clock.advance(ms),
    maintain: async () => {
      await another().maintain()
    },
    close: async () => {
      for (const broker of opened) await broker.close()
    },
  }
}
