// Two host processes that share nothing but a NATS server count words, and are killed, they and the
// server, in the middle of it. In the end every word has its exact count and each update is there once.

import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import { utf8 } from '#protocols/core/bytes'
import { BatchBuilder } from '#protocols/records/batch'
import type { Header } from '#protocols/records/record'
import { brokerLocation } from '#runtime/process/broker-location'
import { connectBroker } from '#runtime/process/open-broker'
import { RecordWriter } from '#runtime/process/record-writer'
import { HostProcess, manifestIn, millrace } from '../kit/host-process.ts'
import { type NatsServer, natsSuite } from '../kit/nats-server.ts'
import { tempDir } from '../kit/temp-dir.ts'
import { within } from '../kit/within.ts'
import { WordLines } from '../kit/word-lines.ts'
import { WordUpdates } from '../kit/word-updates.ts'

const PARTITIONS = 4
const LINES_A_ROUND = 2_500
const NEVER_MS = 120_000
const wordcount = fileURLToPath(new URL('../examples/wordcount/wordcount.ts', import.meta.url))

await natsSuite('nats', {}, (test, server) => {
  test('killed hosts and a killed server leave a word count exact', async () => {
    const world = await World.open(server)
    const { lines, updates } = world
    try {
      let [one, two] = [world.host('one'), world.host('two')]
      await Promise.all([one.ready(), two.ready()])
      for (let round = 0; round < 6; round++) {
        const from = updates.count
        await world.feed(round)
        // Somewhere on the way: what is written so far decides, not the clock.
        await world.reach(from + Math.floor(((lines.words - from) * (round + 1)) / 8))
        if (round % 3 === 0) {
          await one.signal('SIGKILL')
          one = world.host('one')
          await one.ready()
        } else if (round % 3 === 1) {
          await server.stop()
          await server.start()
        } else {
          await two.signal('SIGKILL')
          two = world.host('two')
        }
      }
      await two.ready()
      await world.reach(lines.words)
      const asked = await millrace(['query', 'counts', 'w0', '--broker', server.url])
      assert.is(asked.stdout.trim(), String(lines.totals.get('w0')), asked.stderr)
      await Promise.all([one.signal('SIGTERM'), two.signal('SIGTERM')])
      assert.equal([await one.exit, await two.exit], [0, 0])
      assert.is(updates.count, lines.words)
      assert.equal(updates.wrong, [])
      assert.equal(updates.totals, lines.totals)
      await world.beginAnew()
    } finally {
      await world.close()
    }
  })

  test('commands speak to NATS as to a directory', async () => {
    const run = async (args: readonly string[], stdin = ''): Promise<string> => {
      const { code, stdout, stderr } = await millrace([...args, '--broker', server.url], stdin)
      assert.is(code, 0, stderr)
      return stdout
    }
    await run(['topics', 'create', 'plain', '--partitions', '2'])
    await run(['produce', 'plain'], 'one\ntwo\nthree\n')
    const shown = await run(['consume', 'plain', '--from-beginning', '--until-end'])
    assert.equal(shown.match(/one|two|three/g)?.sort(), ['one', 'three', 'two'])
    assert.match(await run(['topics', 'list']), 'plain')
    await run(['topics', 'drop', 'plain', '--yes'])
    const broker = await connectBroker(brokerLocation(server.url, tempDir()))
    await broker.topics.ensure({ name: 'letters', partitions: 1 })
    const facts = { code: 'RECORD_UNREADABLE', message: 'no', topic: 'in', partition: 0, offset: 0 }
    const letter = new BatchBuilder()
    for (const key of ['k1', 'k2']) {
      const headers: Header[] = Object.entries(facts).map(([name, value]) => [
        `millrace.error.${name}`,
        utf8(String(value)),
      ])
      letter.add(utf8(key), utf8('v'), 1, headers)
    }
    const to = { topic: 'letters', partition: 0 }
    await broker.producer().append([{ to, batch: letter.finish() }])
    await broker.close()
    assert.match(await run(['dlq', 'ls']), /letters .*2/)
    assert.match(await run(['dlq', 'show', 'letters']), 'k2')
  })
})

class World {
  readonly lines = new WordLines(7, 300)
  readonly updates: WordUpdates
  readonly #broker: Awaited<ReturnType<typeof connectBroker>>
  readonly #writer: RecordWriter
  readonly #server: NatsServer
  readonly #hosts: HostProcess[] = []
  readonly #manifests = new Map<string, string>()

  static async open(server: NatsServer): Promise<World> {
    const broker = await connectBroker(brokerLocation(server.url, tempDir()))
    for (const name of ['lines', 'word-counts']) {
      await broker.topics.ensure({ name, partitions: PARTITIONS })
    }
    return new World(server, broker)
  }

  private constructor(server: NatsServer, broker: Awaited<ReturnType<typeof connectBroker>>) {
    this.#server = server
    this.#broker = broker
    this.#writer = new RecordWriter(broker.producer(), 'lines', PARTITIONS)
    this.updates = new WordUpdates(broker, 'word-counts', PARTITIONS)
  }

  /** A host on a machine of its own: a directory that no other host has. */
  host(id: string): HostProcess {
    let manifest = this.#manifests.get(id)
    if (manifest === undefined) {
      manifest = manifestIn(tempDir(), {
        application: 'words',
        broker: this.#server.url,
        host: id,
        workers: 1,
        commitIntervalMs: 20,
        sealIntervalMs: 200,
        sessionTimeoutMs: 2_000,
        log: 'warn',
        actors: [{ topology: wordcount }],
      })
      this.#manifests.set(id, manifest)
    }
    const host = new HostProcess(manifest)
    this.#hosts.push(host)
    return host
  }

  async feed(round: number): Promise<void> {
    for (const line of this.lines.next(LINES_A_ROUND)) {
      this.#writer.add({ key: null, value: utf8(line), time: round, headers: [] })
    }
    await this.#writer.flush()
  }

  async reach(count: number): Promise<void> {
    const log = (): string => this.#hosts.flatMap((host) => host.log.slice(-20)).join('\n')
    await within(NEVER_MS, `${count} updates`, this.updates.until(count)).catch((error) => {
      throw new Error(`${String(error)}, ${this.updates.count} seen\n${log()}`)
    })
  }

  /** `millrace reset`, asked from another directory: what the manifest's host kept here goes as well. */
  async beginAnew(): Promise<void> {
    const manifest = this.#manifests.get('one') ?? ''
    const state = join(dirname(manifest), 'data', 'state', 'words')
    assert.ok(existsSync(state), 'state lies beside the manifest')
    const { code, stderr } = await millrace(['reset', 'words', '--yes', '--manifest', manifest])
    assert.is(code, 0, stderr)
    assert.not(existsSync(state))
    const left = (await this.#broker.topics.list()).map(({ name }) => name)
    assert.equal(
      left.filter((name) => name.startsWith('words.')),
      [],
    )
    assert.is((await this.#broker.keys.list('words/')).size, 0)
  }

  async close(): Promise<void> {
    for (const host of this.#hosts) host.child.kill('SIGKILL')
    this.updates.close()
    await this.#broker.close()
  }
}
