// Who is asked, of several doors that serve a subject: the contract of the bus is in spec/contracts.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fromUtf8, utf8 } from '#protocols/core/bytes'
import { seededRandom } from '#runtime/testkit/seeded-random'
import { SimulatedClock } from '#runtime/testkit/simulated-clock'
import { MemoryData, memoryEngine } from '#stores/engine/memory'
import { DoorbellHall } from '#stores/log/doorbell'
import { openLogBroker } from '#stores/log/log-broker'

/** Processes of one log; each has a name that it answers with. */
class World {
  readonly clock = new SimulatedClock()
  readonly #records = new MemoryData()
  readonly #hall = new DoorbellHall()
  readonly #random

  constructor(seed: number) {
    this.#random = seededRandom(seed)
  }

  open() {
    const clock = this.clock.process()
    const engine = memoryEngine(this.#records)
    const ports = { engine, clock, random: this.#random, doorbell: this.#hall.door() }
    return { broker: openLogBroker(ports), clock }
  }

  async serving(name: string) {
    const { broker, clock } = this.open()
    await this.#now(broker.bus.serve('host', async () => utf8(name)))
    return clock
  }

  async ask(): Promise<string> {
    return fromUtf8(await this.#now(this.open().broker.bus.request('host', utf8(''), 1000)))
  }

  async #now<T>(promise: Promise<T>): Promise<T> {
    promise.catch(() => {}) // told below
    await this.clock.advance(1000)
    return promise
  }
}

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8]

test('who was killed and is back is asked at the door it has now', async () => {
  for (const seed of SEEDS) {
    const world = new World(seed)
    const clock = await world.serving('before')
    clock.kill()
    await world.serving('now')
    assert.is(await world.ask(), 'now')
  }
})

test('a clock that is set back does not keep a dead door', async () => {
  for (const seed of SEEDS) {
    const world = new World(seed)
    const clock = await world.serving('before')
    clock.kill()
    world.clock.shift(-3_600_000)
    await world.serving('now')
    assert.is(await world.ask(), 'now')
    await world.clock.advance(60_000)
    assert.is(await world.ask(), 'now')
  }
})

test.run()
