// Tasks and standbys over directories of their own: when snapshots are taken, who starts from them, and
// what becomes of those that cannot be taken, trusted or used.

import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { TaskCopy } from '#actors/standby/copy'
import type { EngineFiles, SnapshotPorts, StatePorts } from '#actors/task/snapshots'
import type { TaskWork } from '#actors/task/work'
import type { Snapshot } from '#protocols/broker/broker'
import type { Logger } from '#protocols/core/log'
import { taskDirectories } from '#runtime/process/task-directories'
import { storeOf } from '#stores/changelog/open-store'
import type { StoreSpec } from '#stores/store'
import { MemorySnapshots } from '../../kit/memory-snapshots.ts'
import { tempDir } from '../../kit/temp-dir.ts'
import { CountWorld, counts } from './count-world.ts'

const KEYS = 500

class World extends CountWorld {
  readonly snapshots = new MemorySnapshots(this.broker)
  readonly log: string[] = []
  readonly #home = tempDir()
  #appended = 0
  /** Copies of engines under way, from before their directory is made until after it is gone. */
  #copies = 0

  constructor() {
    super({ sealIntervalMs: 0 })
  }

  ports(host: string, bytesMin = 1): StatePorts & { snapshots: SnapshotPorts } {
    const storage = taskDirectories(join(this.#home, host))
    const spec = { ...this.name, id: 't/0', count: 1 }
    const direct = storage.files?.(spec)
    if (direct === undefined) throw new Error('directories can be copied')
    const files = this.#counted(direct)
    const log: Logger = { log: (_level, code) => void this.log.push(code) }
    const snapshots = { snapshots: this.snapshots, files, log, bytesMin }
    return { engines: () => storage.open(spec), snapshots }
  }

  /** Whatever lies beside the directory of the host's task. */
  besides(host: string): string[] {
    const directory = join(this.#home, host, 't', this.name.subtopology, '0')
    return existsSync(dirname(directory)) ? readdirSync(dirname(directory)) : []
  }

  /** Counts every key once more, in a commit of its own, sealed. */
  async round(work: TaskWork): Promise<void> {
    this.#appended++
    await this.append(...Array.from({ length: KEYS }, (_, key) => `key${key}=x`))
    while (work.work(1_000) !== 'commit');
    await work.commit()
  }

  /** Rounds until there are so many snapshots, not counting any that were before. */
  async grow(work: TaskWork, snapshots: number): Promise<readonly Snapshot[]> {
    for (;;) {
      const found = await this.snapshots.list(this.name)
      if (found.length === snapshots) return found
      await this.round(work)
      await this.quiet()
    }
  }

  /** Lets the snapshot under way, if there is one, come to its end: then nothing lies beside the stores. */
  async quiet(): Promise<void> {
    // A copy begins in the turn after the look at the log, and is over a turn after it was removed.
    do await nextTurn()
    while (this.#copies > 0)
    await nextTurn()
  }

  /** From now on. */
  keepIn(medium: 'lmdb' | 'memory'): void {
    Object.assign(this.plan, { stores: this.plan.stores.map((store) => ({ ...store, medium })) })
  }

  get expected(): string {
    const keys = Array.from({ length: KEYS }, (_, key) => `key${key}`).sort()
    return keys.map((key) => `${key}=${this.#appended}`).join(' ')
  }

  copy(host: string, stores: readonly StoreSpec[] = this.plan.stores): TaskCopy {
    return new TaskCopy(this.name, stores, { broker: this.broker, ...this.ports(host) })
  }

  #counted(files: EngineFiles): EngineFiles {
    const over = (): void => void this.#copies--
    return {
      install: (bytes) => files.install(bytes),
      copy: async (disk) => {
        this.#copies++
        try {
          const copy = await files.copy(disk)
          return { ...copy, remove: () => copy.remove().finally(over) }
        } catch (error) {
          over()
          throw error
        }
      },
    }
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const begun = async (): Promise<World> => (await new World().begin()) as World // of that class

test('a task takes a snapshot when its log has grown, and says which commit it is of', async () => {
  const world = await begun()
  const work = await world.started('one', world.ports('one'))
  const [snapshot] = await world.grow(work, 1)
  assert.ok((snapshot?.covers.number ?? 0) > 1, 'the first commit is not enough')
  assert.equal(snapshot?.shape, ['lmdb 1', 'timestamped counts'])
  await work.close(true)
  assert.equal(world.besides('one'), ['0'])
  assert.ok(world.log.includes('SNAPSHOT_STORED'))
})

test('a log that has grown less than is asked for has no snapshot', async () => {
  const world = await begun()
  const work = await world.started('one', world.ports('one', 1 << 30))
  for (let n = 0; n < 10; n++) await world.round(work)
  await work.close(true)
  assert.equal(await world.snapshots.list(world.name), [])
})

test('a task without state starts from the newest snapshot, and replays what came after it', async () => {
  const world = await begun()
  const work = await world.started('one', world.ports('one'))
  const [newest] = await world.grow(work, 2)
  await world.round(work)
  await work.close(false)
  const next = await world.started('two', world.ports('two'))
  assert.is(next.facts().restoredFrom, newest?.covers.next)
  assert.is(counts(next), world.expected)
  await world.round(next)
  assert.is(counts(next), world.expected)
  await next.close(true)
  // What it has now is its own: no snapshot is put in its place.
  const again = await world.started('two', world.ports('two'))
  assert.ok(again.facts().restoredFrom > (newest?.covers.next ?? 0))
  assert.is(counts(again), world.expected)
  await again.close(false)
})

test('a snapshot that cannot be trusted is told, and the one before it is taken', async () => {
  const world = await begun()
  const work = await world.started('one', world.ports('one'))
  const [newest, older] = await world.grow(work, 2)
  await work.close(false)
  world.snapshots.damaged.add(newest?.id ?? '')
  const next = await world.started('two', world.ports('two'))
  assert.ok(world.log.includes('SNAPSHOT_DAMAGED'))
  assert.is(next.facts().restoredFrom, older?.covers.next)
  assert.is(counts(next), world.expected)
  await next.close(false)
  world.snapshots.damaged.add(older?.id ?? '')
  const last = await world.started('three', world.ports('three'))
  assert.is(last.facts().restoredFrom, 0)
  assert.is(counts(last), world.expected)
  await last.close(false)
})

test('a snapshot in which a store is of another kind is not used', async () => {
  const world = await begun()
  const work = await world.started('one', world.ports('one'))
  await world.grow(work, 1)
  await work.close(false)
  const [store] = world.plan.stores
  assert.is(store?.kind, 'timestamped')
  const changed = { ...store, kind: 'keyvalue' } as StoreSpec // the same but for its kind
  const renamed = { ...store, name: 'others' } as StoreSpec
  for (const [stores, isUsed] of [
    [[changed], false],
    [[renamed], true],
    [[store as StoreSpec, renamed], true],
  ] as const) {
    const copy = world.copy(`with ${stores.map(({ name, kind }) => name + kind)}`, stores)
    await copy.open(() => {})
    assert.is(copy.facts().from > 0, isUsed)
    await copy.close()
  }
})

test('a snapshot that cannot be stored is told, and tried again when the log has grown again', async () => {
  const world = await begun()
  world.snapshots.refusal = new Error('no room')
  const work = await world.started('one', world.ports('one'))
  while (!world.log.includes('SNAPSHOT_FAILED')) {
    await world.round(work)
    await world.quiet()
  }
  assert.equal(world.besides('one'), ['0'])
  world.snapshots.refusal = null
  await world.grow(work, 1)
  assert.is(world.log.filter((code) => code === 'SNAPSHOT_FAILED').length, 1)
  await work.close(true)
})

test('a standby starts from a snapshot, and takes one before its owner does', async () => {
  const world = await begun()
  const work = await world.started('one', world.ports('one'))
  await world.grow(work, 1)
  await work.close(true)
  const owner = await world.started('one', world.ports('one', 1 << 30))
  const copy = world.copy('two')
  await copy.open(() => {})
  assert.ok(copy.facts().from > 0)
  const [before] = await world.snapshots.list(world.name)
  for (let isNewer = false; !isNewer; ) {
    await world.round(owner)
    while (copy.step() === 'more') await new Promise((resolve) => setTimeout(resolve, 1))
    const [newest] = await world.snapshots.list(world.name)
    isNewer = newest?.id !== before?.id
  }
  const read = [...storeOf(copy.read(), 'counts', 'keyvalue').all()]
  assert.is(read.map(([key, count]) => `${key}=${count}`).join(' '), world.expected)
  await copy.close()
  await owner.close(false)
})

test('a task may close at any time while it takes one', async () => {
  const world = await begun()
  let work = await world.started('one', world.ports('one'))
  await world.grow(work, 1)
  for (let life = 0; life < 8; life++) {
    for (let n = 0; n < 4; n++) await world.round(work)
    for (let turn = 0; turn < life; turn++) await nextTurn()
    await work.close(life % 2 === 0)
    work = await world.started('one', world.ports('one'))
    assert.is(counts(work), world.expected)
  }
  await work.close(false)
  const next = await world.started('two', world.ports('two'))
  assert.is(counts(next), world.expected)
  await next.close(false)
})

test('a task with a store in memory takes them too, and starts from them wherever it comes to live', async () => {
  const world = await begun()
  world.keepIn('memory')
  const work = await world.started('one', world.ports('one'))
  const [newest] = await world.grow(work, 2)
  assert.equal(newest?.shape, ['lmdb 1', 'timestamped counts'])
  await world.round(work)
  await work.close(true)
  // Its own disk has no more than another one's: what was in memory is gone.
  for (const host of ['one', 'two', 'two']) {
    const next = await world.started(host, world.ports(host))
    assert.is(next.facts().restoredFrom, newest?.covers.next)
    assert.is(counts(next), world.expected)
    await next.close(true)
  }
})

test('a store may move between disk and memory: a snapshot has it for either', async () => {
  const world = await begun()
  const work = await world.started('one', world.ports('one'))
  const [onDisk] = await world.grow(work, 2)
  await work.close(false)
  world.keepIn('memory')
  const inMemory = await world.started('two', world.ports('two'))
  assert.is(inMemory.facts().restoredFrom, onDisk?.covers.next)
  assert.is(counts(inMemory), world.expected)
  for (let isNewer = false; !isNewer; ) {
    await world.round(inMemory)
    await world.quiet()
    const [newest] = await world.snapshots.list(world.name)
    isNewer = newest?.id !== onDisk?.id
  }
  await inMemory.close(true)
  const [newest] = await world.snapshots.list(world.name)
  world.keepIn('lmdb')
  for (const host of ['two', 'three']) {
    const back = await world.started(host, world.ports(host))
    assert.is(back.facts().restoredFrom, newest?.covers.next)
    assert.is(counts(back), world.expected)
    await back.close(false)
  }
})

test('a snapshot has what was in memory at its commit, whatever is sealed while the disk is copied', async () => {
  const world = await begun()
  world.keepIn('memory')
  const ports = world.ports('one')
  const { files } = ports.snapshots
  let sealedMeanwhile = 0
  const copy: typeof files.copy = async (disk) => {
    // Once before the copy begins and once after it: it is of the commit in between.
    await world.round(work)
    const copied = await files.copy(disk)
    await world.round(work)
    sealedMeanwhile++
    return copied
  }
  const snapshots = { ...ports.snapshots, files: { ...files, copy } }
  const work = await world.started('one', { ...ports, snapshots })
  await world.round(work)
  for (let turns = 0; (await world.snapshots.list(world.name)).length < 2; turns++) {
    assert.ok(turns < 10_000, world.log.join(' '))
    if (sealedMeanwhile < 2 && turns % 50 === 49) await world.round(work)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await work.close(false)
  const next = await world.started('two', world.ports('two'))
  const [newest] = await world.snapshots.list(world.name)
  assert.is(next.facts().restoredFrom, newest?.covers.next)
  assert.is(counts(next), world.expected)
  await next.close(false)
})

test('outputs count: they are on the log as long as the changes they were stored with', async () => {
  const rounds = async (bytesMin: number) => {
    const world = await begun()
    world.keepIn('memory')
    const work = await world.started('one', world.ports('one', bytesMin))
    for (let n = 0; n < 8; n++) await world.round(work)
    await world.quiet()
    const logged = work.state?.logged ?? 0
    await work.close(true)
    return { logged, snapshots: await world.snapshots.list(world.name) }
  }
  const { logged, snapshots } = await rounds(1 << 30)
  assert.equal(snapshots, [])
  // An owner waits for half as much again, so changes alone are not enough.
  assert.is((await rounds(logged)).snapshots.length, 1)
})

test.run()
