// A copy of a real task's stores, over an embedded broker in memory: it follows what the task commits,
// can be read while it does, and leaves stores behind that the task itself goes on with.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { TaskCopy } from '#actors/standby/copy'
import type { TaskWork } from '#actors/task/work'
import { utf8 } from '#protocols/core/bytes'
import { storeOf } from '#stores/changelog/open-store'
import type { TaskEngines } from '#stores/changelog/task-state'
import { MemoryData, memoryEngine } from '#stores/engine/memory'
import { codeOf } from '../host/host-world.ts'
import { CountWorld, counts } from '../task/count-world.ts'

class World extends CountWorld {
  /** What the copy keeps between two lives. */
  copied = new MemoryData()
  openEngines = 0

  copy(): TaskCopy {
    const engines = async (): Promise<TaskEngines> => ({
      disk: this.#counted(this.copied),
      memory: this.#counted(new MemoryData()),
    })
    return new TaskCopy(this.name, this.plan.stores, { broker: this.broker, engines })
  }

  async opened(): Promise<TaskCopy> {
    const copy = this.copy()
    await copy.open(() => {})
    return copy
  }

  /** A task that counted these, and is still open. */
  async counted(...records: string[]): Promise<TaskWork> {
    await this.append(...records)
    const work = await this.started()
    await commit(work)
    return work
  }

  #counted(data: MemoryData) {
    this.openEngines++
    const engine = memoryEngine(data)
    const close = engine.close.bind(engine)
    engine.close = () => {
      this.openEngines--
      return close()
    }
    return engine
  }
}

async function commit(work: TaskWork): Promise<void> {
  assert.is(work.work(1000), 'commit')
  await work.commit()
}

function follow(copy: TaskCopy): void {
  while (copy.step() === 'more');
}

function read(copy: TaskCopy): string {
  const rows = storeOf(copy.read(), 'counts', 'keyvalue').all()
  return [...rows].map(([key, count]) => `${key}=${count}`).join(' ')
}

const begun = (): Promise<World> => new World().begin()

test('it follows every commit, and a task that opens its stores replays nothing but its claim', async () => {
  const world = await begun()
  const work = await world.counted('a=1', 'b=1')
  const copy = await world.opened()
  follow(copy)
  assert.is(read(copy), 'a=1 b=1')
  await world.append('a=2')
  await commit(work)
  follow(copy)
  assert.is(read(copy), 'a=2 b=1')
  assert.is(copy.facts().lag, 0)
  await work.close(true)
  await copy.close()
  world.disk = world.copied
  const next = await world.started('h2')
  const { restoredFrom, restored } = next.facts()
  assert.is(restored - restoredFrom, 1)
  assert.is(counts(next), 'a=2 b=1')
  await next.close(false)
})

test('it is rung when there is more, and says how far behind it is', async () => {
  const world = await begun()
  const work = await world.counted('a=1')
  let rings = 0
  const copy = world.copy()
  await copy.open(() => rings++)
  follow(copy)
  await world.append('a=2', 'b=2')
  await commit(work)
  await new Promise((resolve) => setImmediate(resolve))
  assert.is(rings, 1)
  assert.is(copy.facts().lag, 2)
  follow(copy)
  assert.is(copy.facts().lag, 0)
  await work.close(false)
  await copy.close()
})

test('a new life goes on from the checkpoint of the last one', async () => {
  const world = await begun()
  const work = await world.counted('a=1', 'b=1', 'c=1')
  const first = await world.opened()
  follow(first)
  const { position } = first.facts()
  await first.close()
  const second = await world.opened()
  assert.equal(second.facts(), { position, from: position, lag: 0 })
  assert.is(read(second), 'a=1 b=1 c=1')
  await second.close()
  await work.close(false)
})

test('what a reader left in a cache is never older than the stores', async () => {
  const world = await begun()
  const work = await world.counted('a=1')
  const copy = await world.opened()
  follow(copy)
  const get = (key: string) => storeOf(copy.read(), 'counts', 'keyvalue').get(key)
  assert.equal([get('a'), get('b')], [1, undefined])
  await world.append('a=2', 'b=2')
  await commit(work)
  follow(copy)
  assert.equal([get('a'), get('b')], [2, 1])
  await copy.close()
  await work.close(false)
})

test('stores that are ahead of the log, or of another history, are not trusted', async () => {
  const world = await begun()
  const work = await world.counted('a=1')
  const before = await world.opened()
  follow(before)
  const { position } = before.facts()
  await before.close()
  await work.close(false)
  const strangers = {
    ...{ ahead: { next: position + 5 }, other: { tag: 'x' }, older: { number: 0 } },
    'with later rows': { reached: { next: position + 5 } },
  }
  for (const [what, change] of Object.entries(strangers)) {
    world.copied = new MemoryData()
    const copy = await world.opened()
    follow(copy)
    const state = copy.read()
    assert.ok(state.checkpoint)
    await copy.close()
    const disk = memoryEngine(world.copied)
    const forged = { ...state.checkpoint, ...change }
    const facts = disk.table('millrace.facts')
    disk.transact(() => facts.put(utf8('checkpoint'), utf8(JSON.stringify(forged))))
    await disk.close()
    const reopened = world.copy()
    assert.is(await codeOf(reopened.open(() => {})), 'STORE_UNTRUSTED', what)
    await reopened.close()
  }
})

test('a task that was never claimed has no log to follow', async () => {
  const world = await begun()
  const copy = world.copy()
  assert.is(await codeOf(copy.open(() => {})), 'TOPIC_UNKNOWN')
  await copy.close()
  assert.is(world.openEngines, 0)
})

test('whatever it had opened is closed, also when it is closed before it was open', async () => {
  const world = await begun()
  const work = await world.counted('a=1')
  const copy = world.copy()
  const opening = copy.open(() => {})
  await copy.close()
  await opening
  await copy.close()
  assert.is(world.openEngines, 0)
  assert.throws(() => copy.step(), /was opened/)
  await work.close(false)
})

test.run()
