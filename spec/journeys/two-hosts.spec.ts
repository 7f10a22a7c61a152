// Two host processes on one directory: they share partitions, one takes over from the other, and a
// stopped one that wakes up after it was replaced cannot commit.

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Broker } from '#protocols/broker/broker'
import { utf8 } from '#protocols/core/bytes'
import {
  assignmentKey,
  decodeMember,
  decodePlacement,
  hostsPrefix,
} from '#protocols/messages/membership'
import { brokerLocation } from '#runtime/process/broker-location'
import { openBroker } from '#runtime/process/open-broker'
import { RecordWriter } from '#runtime/process/record-writer'
import { HostProcess, manifestIn, millrace } from '../kit/host-process.ts'
import { tempDir } from '../kit/temp-dir.ts'
import { within } from '../kit/within.ts'
import { WordLines } from '../kit/word-lines.ts'
import { WordUpdates } from '../kit/word-updates.ts'

const PARTITIONS = 4
const NEVER_MS = 120_000
const APPLICATION = 'words'
const wordcount = fileURLToPath(new URL('../examples/wordcount/wordcount.ts', import.meta.url))

class World {
  readonly directory = tempDir()
  readonly manifest: string
  readonly broker: Broker
  readonly lines = new WordLines(5, 300)
  readonly writer: RecordWriter
  readonly updates: WordUpdates

  private constructor(directory: string, manifest: string, broker: Broker) {
    this.directory = directory
    this.manifest = manifest
    this.broker = broker
    this.writer = new RecordWriter(broker.producer(), 'lines', PARTITIONS)
    this.updates = new WordUpdates(broker, 'word-counts', PARTITIONS)
  }

  static async start(first: string): Promise<{ world: World; host: HostProcess }> {
    const directory = tempDir()
    const manifest = manifestIn(directory, {
      application: APPLICATION,
      workers: 1,
      sessionTimeoutMs: 2000,
      log: 'info',
      actors: [{ topology: wordcount }],
    })
    const host = new HostProcess(manifest, ['--id', first])
    await host.ready()
    return {
      world: new World(directory, manifest, openBroker(brokerLocation('file:data', directory))),
      host,
    }
  }

  get data(): string {
    return `file:${join(this.directory, 'data')}`
  }

  async feed(count: number): Promise<void> {
    for (const line of this.lines.next(count)) {
      this.writer.add({ key: null, value: utf8(line), time: 0, headers: [] })
    }
    await this.writer.flush()
  }

  /** Until every task is placed as `holds` wants, and the hosts really hold them so. */
  async until(what: string, holds: (tasks: ReadonlyMap<string, string>) => boolean): Promise<void> {
    const { keys } = this.broker
    const look = async (): Promise<boolean> => {
      const held = new Map<string, string>()
      for (const { value } of (await keys.list(hostsPrefix(APPLICATION))).values()) {
        const member = decodeMember(value)
        for (const task of member.held) held.set(task, member.id)
      }
      const placed = await keys.get(assignmentKey(APPLICATION))
      const granted = placed === null ? {} : decodePlacement(placed.value).granted
      const isSettled = Object.entries(granted).every(([task, host]) => held.get(task) === host)
      return isSettled && holds(new Map(Object.entries(granted)))
    }
    await within(NEVER_MS, what, this.#watched(look))
  }

  async close(): Promise<void> {
    this.updates.close()
    await this.broker.close()
  }

  async #watched(look: () => Promise<boolean>): Promise<void> {
    for (;;) {
      let unwatch = (): void => {}
      const changed = new Promise<void>((resolve) => {
        unwatch = this.broker.keys.watch(`${APPLICATION}/`, resolve)
      })
      const isDone = await look()
      if (!isDone) await changed
      unwatch()
      if (isDone) return
    }
  }
}

const on = (tasks: ReadonlyMap<string, string>, host: string, part = ''): number =>
  [...tasks].filter(([task, owner]) => owner === host && task.includes(part)).length

test('two hosts share four partitions, and the one that stays takes over from the one that goes', async () => {
  const { world, host: one } = await World.start('one')
  try {
    await world.feed(2000)
    const two = new HostProcess(world.manifest, ['--id', 'two'])
    await two.ready()
    await world.until('both have half', (tasks) =>
      ['one', 'two'].every(
        (id) => on(tasks, id, '/lines/') === 2 && on(tasks, id, '/counts/') === 2,
      ),
    )
    await world.feed(2000)
    const status = JSON.parse(
      (await millrace(['status', '--json', '--app', APPLICATION, '--broker', world.data])).stdout,
    )
    assert.equal(
      status.hosts.map(({ id, tasks }: { id: string; tasks: number }) => [id, tasks]),
      [
        ['one', 4],
        ['two', 4],
      ],
    )
    // Whoever is asked, the owner answers.
    await within(NEVER_MS, 'all is counted', world.updates.until(world.lines.words))
    for (const id of ['one', 'two']) {
      const args = [
        'query',
        'counts',
        '--limit',
        '1000',
        '--json',
        '--host',
        id,
        '--broker',
        world.data,
      ]
      const { rows } = JSON.parse((await millrace(args)).stdout)
      const counts = new Map(
        rows.map(({ key, value }: { key: string; value: number }) => [key, value]),
      )
      assert.equal(counts, new Map([...world.lines.totals].sort()))
    }
    await two.signal('SIGKILL')
    await world.until('one has all', (tasks) => on(tasks, 'one') === 8)
    await world.feed(2000)
    await within(NEVER_MS, 'all is counted', world.updates.until(world.lines.words))
    await one.signal('SIGTERM')
    assert.is(await one.exit, 0)
    assert.equal(world.updates.wrong, [])
    assert.equal(world.updates.totals, world.lines.totals)
  } finally {
    await world.close()
  }
})

test('a host that was stopped and replaced cannot commit when it wakes up', async () => {
  const { world, host: zombie } = await World.start('zombie')
  try {
    await world.feed(5000)
    await within(NEVER_MS, 'it is at work', world.updates.until(1000))
    await stopOutsideLock(zombie, world)
    const heir = new HostProcess(world.manifest, ['--id', 'heir'])
    await heir.ready()
    await world.until('the heir has all', (tasks) => on(tasks, 'heir') === 8)
    await world.feed(2000)
    await within(NEVER_MS, 'the heir counts', world.updates.until(world.lines.words))
    await zombie.signal('SIGCONT')
    await world.until(
      'both have half',
      (tasks) => on(tasks, 'heir') === 4 && on(tasks, 'zombie') === 4,
    )
    await world.feed(2000)
    await within(NEVER_MS, 'both count', world.updates.until(world.lines.words))
    assert.ok(
      zombie.log.some((line) => line.includes('HOST_EVICTED') || line.includes('TASK_FENCED')),
      'it noticed',
    )
    await zombie.signal('SIGTERM')
    await heir.signal('SIGTERM')
    assert.equal(world.updates.wrong, [])
    assert.equal(world.updates.totals, world.lines.totals)
  } finally {
    await world.close()
  }
})

/**
 * Stops a process where it does not hold the log's write lock: one stopped inside a transaction would
 * keep everybody from writing until it goes on, and nobody could replace it.
 */
async function stopOutsideLock(host: HostProcess, world: World): Promise<void> {
  for (;;) {
    await host.signal('SIGSTOP')
    const written = world.feed(1).then(() => true)
    const isFree = await Promise.race([written, pause(3000).then(() => false)])
    if (isFree) return
    await host.signal('SIGCONT')
    await written
  }
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms)
  })

test.run()
