// The work of a task over a real broker and real stores, in memory: what is committed once stays done
// once, whatever happens in between.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { TaskSettings } from '#actors/task/settings'
import type { Reader } from '#protocols/broker/broker'
import { isMillraceError } from '#protocols/core/errors'
import type { TaskEngines } from '#stores/changelog/task-state'
import { openLmdb } from '#stores/engine/lmdb'
import { MemoryData, memoryEngine } from '#stores/engine/memory'
import { tempDir } from '../../kit/temp-dir.ts'
import { machineClock } from '../../stores/log/brokers.ts'
import { at, BUDGET_MS, CountWorld, counts } from './count-world.ts'
import { failure } from './fake-work.ts'

function law(
  title: string,
  body: (world: CountWorld) => Promise<void>,
  settings: Partial<TaskSettings> = {},
): void {
  test(title, async () => {
    const world = await new CountWorld(settings).begin()
    await body(world)
    await world.broker.close()
  })
}

const codeOf = (error: unknown): string => (isMillraceError(error) ? error.code : String(error))

law(
  'records in, counts kept, counts out: all of it after the commit, nothing before',
  async (world) => {
    await world.append('a=x', 'b=x', 'a=x')
    const work = await world.started()
    assert.is(work.work(BUDGET_MS), 'commit')
    assert.is(world.outputs(), '')
    await work.commit()
    assert.is(world.outputs(), 'a=1 b=1 a=2')
    assert.is(counts(work), 'a=2 b=1')
    assert.is(work.work(BUDGET_MS), 'drained')
  },
)

law('a commit carries the changes since the last one and no others', async (world) => {
  const work = await world.started()
  for (const record of ['a=x', 'b=x', 'a=x']) {
    await world.append(record)
    work.work(BUDGET_MS)
    await work.commit()
  }
  assert.equal(world.changes(), [0, 1, 1, 1])
})

law('slow records come one to a slice, quick ones fill it', async (world) => {
  let nowMs = 0
  let ms = 10
  let seen = 0
  world.clock = { ...machineClock, monotonic: () => nowMs }
  world.onValue = () => {
    seen++
    nowMs += ms
  }
  await world.append(...Array.from({ length: 3000 }, (_, i) => `a=${i}`))
  const work = await world.started()
  const slices = Array.from({ length: 20 }, () => {
    const before = seen
    work.work(5)
    return seen - before
  })
  assert.ok(
    slices.slice(1).every((count) => count === 1),
    slices.join(' '),
  )
  ms = 0.005
  work.work(5)
  const before = seen
  work.work(5)
  assert.ok(seen - before >= 1000 && seen - before < 1300, `${seen - before} records in 5 ms`)
})

law(
  'the first commit comes with the first slice, later ones with the interval',
  async (world) => {
    let nowMs = 0
    world.clock = { ...machineClock, monotonic: () => nowMs }
    world.onValue = () => {
      nowMs += 10
    }
    await world.append(...Array.from({ length: 100 }, (_, i) => `a=${i}`))
    const work = await world.started()
    const slices: string[] = []
    for (let slice = 0; slice < 22; slice++) {
      slices.push(work.work(5))
      if (slices.at(-1) === 'commit') await work.commit()
    }
    const more = Array.from({ length: 9 }, () => 'more')
    assert.equal(slices, ['commit', ...more, 'commit', ...more, 'commit', 'more'])
  },
  { commitIntervalMs: 100 },
)

law('what was not committed is done again, and its outputs are there once', async (world) => {
  await world.append('a=x')
  const first = await world.started()
  first.work(BUDGET_MS)
  await first.commit()
  await world.append('a=x')
  first.work(BUDGET_MS)
  await first.close(false)
  const second = await world.started()
  second.work(BUDGET_MS)
  await second.commit()
  assert.is(world.outputs(), 'a=1 a=2')
  assert.is(counts(second), 'a=2')
})

law(
  'state that outgrows what was set aside for it goes on with twice as much',
  async (world) => {
    const options = { directory: tempDir(), kind: 'store', durability: 'rebuildable' } as const
    const engines = async (): Promise<TaskEngines> => {
      return { disk: openLmdb({ ...options, bytesMax: 256 * 1024 }), memory: memoryEngine() }
    }
    const wide = 'x'.repeat(100)
    const rooms = new Set<number>()
    let work = await world.started('h1', { engines })
    for (let round = 0; round < 10; round++) {
      await world.append(...Array.from({ length: 1_000 }, (_, n) => `${wide}${round}.${n}=x`))
      for (let outcome = 'more'; outcome !== 'drained'; ) {
        rooms.add(work.state?.disk.usage().bytesMax ?? 0)
        try {
          outcome = work.work(BUDGET_MS)
          await work.commit()
        } catch (error) {
          assert.is(codeOf(error), 'STORE_FULL')
          await work.close(false)
          work = await world.started('h1', { engines })
        }
      }
    }
    assert.ok(rooms.size > 2, [...rooms].join(' '))
    assert.is(counts(work).split(' ').length, 10_000)
    await work.close(false)
  },
  { sealIntervalMs: 0 },
)

law('inputs are opened beside the restore, and closed though nothing started', async (world) => {
  await world.append('a=x')
  const open = inputsOpen(world)
  const work = world.work()
  await work.open()
  await work.claim()
  assert.is(open(), 0)
  const restored = work.restore()
  assert.is(open(), 1)
  await restored
  await work.close(false)
  assert.is(open(), 0)
})

law('state that is lost with its disk comes back from the log', async (world) => {
  await world.append('a=x', 'b=x')
  const first = await world.started()
  first.work(BUDGET_MS)
  await first.commit()
  await first.close(true)
  world.disk = new MemoryData()
  assert.is(counts(await world.started()), 'a=1 b=1')
})

law(
  'a clean close leaves nothing to replay, a dirty one everything since the last seal',
  async (world) => {
    const replayed: number[] = []
    for (const isClean of [true, false]) {
      await world.append('a=x')
      const first = await world.started()
      first.work(BUDGET_MS)
      await first.commit()
      const { restoreEnd } = first.facts()
      await first.close(isClean)
      const second = world.work()
      await second.open()
      replayed.push(restoreEnd - (second.facts().checkpoint ?? 0))
      await second.close(false)
    }
    assert.equal(replayed, [0, 1])
  },
)

for (const guarantee of ['exactly-once', 'at-least-once'] as const) {
  const title = `${guarantee}: a commit refused for want of room is tried again and loses nothing`
  const body = async (world: CountWorld): Promise<void> => {
    await world.append('a=x', 'b=x')
    const work = await world.started()
    work.work(BUDGET_MS)
    world.refusals.push(failure('DISK_FULL', 'later'), failure('LOG_FULL', 'later'))
    assert.is(await work.commit().catch(codeOf), 'DISK_FULL')
    assert.ok(work.isKept)
    assert.throws(() => work.work(BUDGET_MS), /nothing waits/)
    assert.is(await work.commit().catch(codeOf), 'LOG_FULL')
    await work.commit()
    assert.is(world.outputs(), 'a=1 b=1')
    await work.close(false)
    world.disk = new MemoryData()
    assert.is(counts(await world.started()), 'a=1 b=1')
  }
  law(title, body, { guarantee })
}

law('a newer claim fences: the older work may compute, it cannot commit', async (world) => {
  await world.append('a=x')
  const [older, newer] = [await world.started('h1'), await world.started('h2')]
  for (const work of [older, newer]) work.work(BUDGET_MS)
  assert.is(await older.commit().catch(codeOf), 'TASK_FENCED')
  await newer.commit()
  assert.is(world.outputs(), 'a=1')
})

law(
  'a record that cannot be processed is named; told to skip it, the next work counts it',
  async (world) => {
    world.onValue = (value) => {
      if (value === 'bad') throw new Error('bad is poison')
    }
    await world.append('a=x', 'a=bad', 'a=x')
    const first = await world.started()
    assert.throws(() => first.work(BUDGET_MS), /bad is poison/)
    assert.equal(first.poison, at(1))
    await first.close(false)
    const second = await world.started()
    second.skip(at(1))
    second.work(BUDGET_MS)
    await second.commit()
    assert.is(world.outputs(), 'a=1 a=2')
    assert.is(second.facts().dropped['skipped'], 1)
  },
)

test('a work closed at any moment leaves nothing open, and begins nothing more', async () => {
  const steps = ['open', 'claim', 'restore', 'commit'] as const
  for (const last of steps) {
    const world = await new CountWorld().begin()
    await world.append('a=x')
    const work = world.work()
    for (const step of steps) {
      const doing = work[step]()
      if (step === last) {
        await work.close(false)
        await doing
        break
      }
      await doing
      if (step !== 'restore') continue
      work.start(() => {})
      work.work(BUDGET_MS)
    }
    await work.close(false)
    assert.is(world.open, 0, `closed while ${last}`)
    assert.throws(() => work.open(), /closed work/)
    await world.broker.close()
  }
})

test('whatever fails and whoever takes over, every record counts once', async () => {
  const action = fc.constantFrom(
    'append',
    'work',
    'commit',
    'refuse',
    'crash',
    'close',
    'lose',
    'take',
  )
  const run = async (actions: readonly string[]): Promise<void> => {
    const world = await new CountWorld().begin()
    let work = await world.started()
    let appended = 0
    const again = async (isClean: boolean): Promise<void> => {
      await work.close(isClean)
      work = await world.started()
    }
    for (const what of [...actions, 'work', 'commit']) {
      if (what === 'append') await world.append(`k=${appended++}`)
      if (what === 'work' && !work.isKept) work.work(BUDGET_MS)
      if (what === 'commit') await work.commit()
      if (what === 'refuse') {
        world.refusals.push(failure('LOG_FULL', 'later'))
        await work.commit().catch(() => {})
        world.refusals.length = 0
      }
      if (what === 'crash') await again(false)
      if (what === 'close') {
        await work.commit()
        await again(true)
      }
      if (what === 'lose') {
        world.disk = new MemoryData()
        await again(false)
      }
      if (what === 'take') {
        const older = work
        work = await world.started('h2')
        await older.close(false)
      }
    }
    while (work.work(BUDGET_MS) !== 'drained') await work.commit()
    const expected = Array.from({ length: appended }, (_, i) => `k=${i + 1}`).join(' ')
    assert.is(world.outputs(), expected)
    await work.close(true)
    assert.is(world.open, 0)
    await world.broker.close()
  }
  await fc.assert(fc.asyncProperty(fc.array(action, { maxLength: 25 }), run), { numRuns: 60 })
})

/** Counts the readers of inputs that were opened since and not closed. */
function inputsOpen({ broker }: CountWorld): () => number {
  const open = new Set<Reader>()
  const reader = broker.reader.bind(broker)
  broker.reader = (...start) => {
    const opened = reader(...start)
    const close = opened.close.bind(opened)
    open.add(opened)
    opened.close = () => {
      open.delete(opened)
      close()
    }
    return opened
  }
  return () => open.size
}

test.run()
