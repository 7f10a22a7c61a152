// The machine under a cluster: the memory of its log, and what of it the disk has got. A write is there for
// everybody at once; it is on the disk when a flush came so far, which takes its time, and who wrote is
// answered then, unless a loss of power may forget it. When the power fails everything behind the newest
// flush is gone, records and claims, members and placements alike, however many have seen it.

import type { Broker } from '#protocols/broker/broker'
import type { Clock, Random } from '#protocols/core/clock'
import type { CommitOptions, Engine } from '#stores/engine/engine'
import { MemoryData, memoryEngine } from '#stores/engine/memory'
import { DoorbellHall } from '#stores/log/doorbell'
import { openLogBroker } from '#stores/log/log-broker'
import { pause } from './weather.ts'

export class Machine {
  /** The longest that a flush takes, ms. */
  flushMs = 0
  readonly #random: Random
  readonly #make: (engine: Engine) => Engine
  #memory = new MemoryData()
  #disk = new MemoryData()
  #hall = new DoorbellHall()
  #written = 0
  #flushed = 0

  /** @param make what the log has instead of an engine as it is */
  constructor(random: Random, make: (engine: Engine) => Engine = (engine) => engine) {
    this.#random = random
    this.#make = make
  }

  /** For a process of this machine. @param isSlow whether its flushes take their time */
  open(clock: Clock, isSlow: boolean): Broker {
    const engine = this.#make(this.#flushing(memoryEngine(this.#memory), clock, isSlow))
    return openLogBroker({ engine, clock, random: this.#random, doorbell: this.#hall.door() })
  }

  /** No process of it lives, and whoever opens the log now finds what the disk has got. */
  losePower(): void {
    this.#memory = copyOf(this.#disk)
    this.#hall = new DoorbellHall()
    this.#flushed = this.#written
  }

  #flushing(engine: Engine, clock: Clock, isSlow: boolean): Engine {
    const memory = this.#memory
    const commit = async <T>(body: () => T, options: CommitOptions<T> = {}): Promise<T> => {
      let seen = memory
      let number = 0
      const onVisible = (result: T): void => {
        options.onVisible?.(result)
        number = ++this.#written
        if (options.isTransient !== true) seen = copyOf(memory)
      }
      const result = await engine.commit(body, { ...options, onVisible })
      if (options.isTransient === true) return result
      await pause(clock, isSlow ? Math.floor(this.#random.next() * this.flushMs) : 0)
      // The power failed meanwhile: nobody is left to hear of it.
      if (memory !== this.#memory) return new Promise(() => {})
      if (number > this.#flushed) {
        this.#flushed = number
        this.#disk = seen
      }
      return result
    }
    return committingBy(engine, commit)
  }
}

/** An engine that commits in a way of its own. */
export const committingBy = (engine: Engine, commit: Engine['commit']): Engine => ({
  commit,
  table: (name) => engine.table(name),
  transact: (body) => engine.transact(body),
  usage: () => engine.usage(),
  copy: (directory) => engine.copy(directory),
  refresh: () => engine.refresh(),
  close: () => engine.close(),
})

/** Shares with the other what neither of them changes. */
function copyOf(data: MemoryData): MemoryData {
  const copy = new MemoryData()
  copy.usedBytes = data.usedBytes
  for (const [name, { tree, usedBytes }] of data.sheets) {
    copy.sheets.set(name, { tree: tree.clone(), usedBytes })
  }
  return copy
}
