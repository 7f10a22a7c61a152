// A host that keeps snapshots on the embedded broker: one that comes without state begins from a file, not
// at the beginning of the log; a reset takes it.

import { existsSync, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { serde } from '#protocols/serdes/serdes'
import { topic } from '#runtime/dsl/topic'
import { topology } from '#runtime/dsl/topology'
import { brokerLocation } from '#runtime/process/broker-location'
import { host } from '#runtime/process/host'
import { isGone } from '#runtime/process/neighbours'
import { openBroker } from '#runtime/process/open-broker'
import type { Host } from '#runtime/process/process-host'
import { reset } from '#runtime/process/reset'
import { appendTo } from '../../contracts/broker-kit.ts'
import { tempDir } from '../../kit/temp-dir.ts'

const WORDS = 2_000
const text = serde.string()
const words = topology('flow', (t) => {
  t.stream(topic('words', { key: text, value: text, partitions: 1 }))
    .groupByKey({ key: text })
    .count({ store: 'counts' })
    .toStream()
    .to(topic('totals', { key: text, value: serde.int64(), partitions: 1 }))
})

class World {
  readonly directory = tempDir()
  readonly broker = openBroker(brokerLocation('file:.', this.directory))
  readonly said: string[] = []
  #rounds = 0

  /** One whose state lies in a directory of its own. */
  start(id: string, options: { snapshotBytes?: number } = {}): Promise<Host> {
    return host({
      ...{ application: 'app', id, broker: `file:${this.directory}`, state: tempDir() },
      ...{ actors: [words], commitIntervalMs: 5, sealIntervalMs: 5, partitions: 1, ...options },
      log: { log: (_level, code) => this.said.push(code) },
    })
  }

  /** Another time each word; resolves when they are counted. */
  async feed(running: Host): Promise<void> {
    const records = Array.from({ length: WORDS }, (_, n) => `word${n}=x`)
    await this.broker.producer().append([appendTo('words', 0, records)])
    this.#rounds++
    const counts = running.query<string, number>('counts')
    while ((await counts.get(`word${WORDS - 1}`)) !== this.#rounds) await turn()
    assert.is(await counts.get('word0'), this.#rounds)
  }

  get files(): readonly string[] {
    const place = join(this.directory, 'snapshots')
    return existsSync(place) ? readdirSync(place) : []
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5))

const test = suite('snapshots of a host')

test('a host without state begins from a snapshot that another one took, and a reset removes it', async () => {
  const world = new World()
  const one = await world.start('one', { snapshotBytes: 1 })
  for (let round = 0; !world.said.includes('SNAPSHOT_STORED'); round++) {
    assert.ok(round < 100, 'the log has grown by more than its stores take')
    await world.feed(one)
  }
  await one.close()
  const two = await world.start('two', { snapshotBytes: 0 })
  await world.feed(two)
  assert.ok(world.said.includes('SNAPSHOT_INSTALLED'), world.said.join(' '))
  await two.close()
  assert.is(world.files.length, 1)
  const { broker } = world
  const removeState = () => rm(join(world.directory, 'state'), { recursive: true, force: true })
  await reset({ broker, isGone, removeState }, { application: 'app' })
  assert.equal(world.files, [])
  await broker.close()
})

test.run()
