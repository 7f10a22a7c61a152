// Hosts that share nothing but a NATS server and count words, as journeys start and kill them.

import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import type { Broker } from '#protocols/broker/broker'
import { utf8 } from '#protocols/core/bytes'
import { hostsPrefix } from '#protocols/messages/membership'
import { brokerLocation } from '#runtime/process/broker-location'
import { connectBroker } from '#runtime/process/open-broker'
import { RecordWriter } from '#runtime/process/record-writer'
import { HostProcess, manifestIn, millrace } from '../kit/host-process.ts'
import type { NatsServer } from '../kit/nats-server.ts'
import { tempDir } from '../kit/temp-dir.ts'
import { within } from '../kit/within.ts'
import { WordLines } from '../kit/word-lines.ts'
import { WordUpdates } from '../kit/word-updates.ts'

export const PARTITIONS = 4
const LINES_A_ROUND = 2_500
const NEVER_MS = 120_000
const wordcount = fileURLToPath(new URL('../examples/wordcount/wordcount.ts', import.meta.url))

export class NatsWords {
  readonly lines: WordLines
  readonly updates: WordUpdates
  readonly broker: Broker
  readonly #facts: Readonly<Record<string, unknown>>
  readonly #writer: RecordWriter
  readonly #server: NatsServer
  readonly #hosts: HostProcess[] = []
  readonly #manifests = new Map<string, string>()

  static async open(
    server: NatsServer,
    {
      vocabulary = 300,
      ...facts
    }: Readonly<Record<string, unknown>> & { vocabulary?: number } = {},
  ): Promise<NatsWords> {
    const broker = await connectBroker(brokerLocation(server.url, tempDir()))
    for (const name of ['lines', 'word-counts']) {
      await broker.topics.ensure({ name, partitions: PARTITIONS })
    }
    return new NatsWords(server, broker, new WordLines(7, vocabulary), facts)
  }

  private constructor(
    server: NatsServer,
    broker: Broker,
    lines: WordLines,
    facts: Readonly<Record<string, unknown>>,
  ) {
    this.#server = server
    this.broker = broker
    this.lines = lines
    this.#facts = facts
    this.#writer = new RecordWriter(broker.producer(), 'lines', PARTITIONS)
    this.updates = new WordUpdates(broker, 'word-counts', PARTITIONS)
  }

  /**
   * A host on a machine of its own: a directory that no other host has.
   * @param address where it finds the server; default: where that is
   */
  host(id: string, address = this.#server.address): HostProcess {
    let manifest = this.#manifests.get(id)
    if (manifest === undefined) {
      manifest = manifestIn(tempDir(), {
        application: 'words',
        broker: `nats://${address}`,
        host: id,
        workers: 1,
        commitIntervalMs: 20,
        sealIntervalMs: 200,
        sessionTimeoutMs: 2_000,
        log: 'warn',
        actors: [{ topology: wordcount }],
        ...this.#facts,
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

  /** Until those hosts are the members, and no others. */
  async members(ids: readonly string[]): Promise<void> {
    const prefix = hostsPrefix('words')
    const wanted = ids.map((id) => prefix + id).sort()
    const look = async (): Promise<void> => {
      for (;;) {
        const found = [...(await this.broker.keys.list(prefix)).keys()].sort()
        if (found.join() === wanted.join()) return
        await new Promise((resolve) => {
          setTimeout(resolve, 50)
        })
      }
    }
    await within(NEVER_MS, `members: ${ids.join(', ')}`, look())
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
    const left = (await this.broker.topics.list()).map(({ name }) => name)
    assert.equal(
      left.filter((name) => name.startsWith('words.')),
      [],
    )
    assert.is((await this.broker.keys.list('words/')).size, 0)
  }

  async close(): Promise<void> {
    for (const host of this.#hosts) host.child.kill('SIGKILL')
    this.updates.close()
    await this.broker.close()
  }
}
