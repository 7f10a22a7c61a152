// A snapshot of stores of which some are in memory: whoever starts from it, whenever it was taken and
// wherever they keep their stores, has what a task has that never died.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { CommitRef } from '#protocols/broker/broker'
import { epoch, offset } from '#protocols/core/brands'
import { utf8 } from '#protocols/core/bytes'
import { BatchBuilder, readBatch } from '#protocols/records/batch'
import { serde } from '#protocols/serdes/serdes'
import { completeCopy, type MemoryRows, recallRows } from '#stores/changelog/memory-rows'
import { storeOf } from '#stores/changelog/open-store'
import { type LoggedCommit, TaskState } from '#stores/changelog/task-state'
import type { Engine } from '#stores/engine/engine'
import { MemoryData, memoryEngine } from '#stores/engine/memory'
import type { KeyValueSpec, StoreSpec } from '#stores/store'

type Medium = 'lmdb' | 'memory'

/** Two logged stores and one that starts empty everywhere. */
const specs = (one: Medium, other: Medium): readonly StoreSpec[] =>
  [
    { name: 'one', medium: one },
    { name: 'other', medium: other },
    { name: 'scratch', medium: 'lmdb' as const, logged: false },
  ].map((it) => ({
    ...it,
    kind: 'timestamped',
    // The state holds stores of every type alike.
    key: serde.string() as KeyValueSpec['key'],
    value: serde.string() as KeyValueSpec['value'],
  }))

/** Larger than a slice together. */
const LARGE = 'x'.repeat(100_000)

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      put: fc.constantFrom('one', 'other', 'scratch'),
      key: fc.nat(5),
      value: fc.option(fc.constantFrom('a', 'b', LARGE), { nil: null }),
    }),
  },
  { weight: 3, arbitrary: fc.constantFrom('commit' as const, 'seal' as const) },
  { weight: 1, arbitrary: fc.constantFrom('look' as const, 'copy' as const) },
)
const media = fc.constantFrom<Medium>('lmdb', 'memory')
const places = fc.tuple(media, media)

test('who starts from a snapshot taken at any moment has what a task has that never died', async () => {
  const property = fc.asyncProperty(
    fc.array(step, { maxLength: 40, size: 'max' }),
    ...[places, places, fc.option(fc.nat(3), { nil: null })],
    async (steps, before, after, cutAfter) => {
      const life = new Life(specs(...(before as [Medium, Medium])))
      for (const it of steps) {
        if (typeof it === 'object') life.put(it)
        else life[it]()
      }
      life.seal()
      life.copy()
      const copied = await life.complete()
      if (copied === null) return
      const wanted = specs(...(after as [Medium, Medium]))
      const data = cloneOf(copied)
      if (cutAfter !== null) await cutOff(data, wanted, cutAfter as number)
      const started = await open(wanted, data)
      const isTrue = started.checkpoint !== null
      assert.ok(isTrue || cutAfter !== null, 'a snapshot is true at a commit')
      assert.equal(rowsOf(started), life.committed(started.checkpoint?.next ?? 0))
      life.replayInto(started)
      assert.equal(rowsOf(started), life.committed())
      // One more life on the same disk: what was in memory is gone, and nothing is taken for it.
      const next = await open(wanted, data)
      life.replayInto(next)
      assert.equal(rowsOf(next), life.committed())
    },
  )
  await fc.assert(property, { numRuns: 60 })
})

test('a store that moves from memory to disk is rebuilt, not begun empty', async () => {
  const life = new Life(specs('memory', 'lmdb'))
  life.put({ put: 'one', key: 1, value: 'a' })
  life.put({ put: 'other', key: 1, value: 'b' })
  life.seal()
  const moved = await open(specs('lmdb', 'lmdb'), life.disk)
  assert.is(moved.checkpoint, null)
  life.replayInto(moved)
  assert.equal(rowsOf(moved), life.committed())
})

test('stores that are true at no commit begin empty: the log may no longer tell what was deleted', async () => {
  const life = new Life(specs('memory', 'lmdb'))
  life.put({ put: 'other', key: 1, value: 'a' })
  life.seal()
  life.put({ put: 'other', key: 1, value: null })
  life.put({ put: 'one', key: 2, value: 'b' })
  life.commit()
  const again = await open(specs('memory', 'lmdb'), life.disk)
  assert.equal(rowsOf(again), { one: [], other: [], scratch: [] })
})

test('of a state that never committed there is no snapshot', async () => {
  const life = new Life(specs('memory', 'lmdb'))
  life.copy()
  assert.is(await life.complete(), null)
})

async function open(of: readonly StoreSpec[], data: MemoryData): Promise<TaskState> {
  const engines = { disk: memoryEngine(data), memory: memoryEngine() }
  await recallRows(of, engines)
  return new TaskState(of, engines)
}

/** A process that dies when it has moved so many slices. */
async function cutOff(data: MemoryData, of: readonly StoreSpec[], slices: number): Promise<void> {
  let left = slices
  const disk = memoryEngine(data)
  const { commit } = disk
  const mortal: Engine = Object.assign(disk, {
    commit: async <T>(body: () => T): Promise<T> => {
      if (left-- === 0) throw new Error('it died')
      return commit.call(disk, body) as Promise<T> // what `body` answers
    },
  })
  await recallRows(of, { disk: mortal, memory: memoryEngine() }).catch(() => {})
}

function rowsOf(state: TaskState): Record<string, unknown> {
  return Object.fromEntries(
    state.names.map((name) => [name, [...storeOf(state, name, 'keyvalue').all()]]),
  )
}

function cloneOf(data: MemoryData): MemoryData {
  const clone = new MemoryData()
  const [from, to] = [memoryEngine(data), memoryEngine(clone)]
  for (const name of data.sheets.keys()) {
    const table = to.table(name)
    for (const { key, value } of from.table(name).range()) table.put(key, value)
  }
  return clone
}

/** A task that never dies, its log, and at most one copy of its disk, taken at any moment after a look. */
class Life {
  readonly disk = new MemoryData()
  readonly #specs: readonly StoreSpec[]
  readonly #state: TaskState
  readonly #log: LoggedCommit[] = []
  #rowsAt: Map<number, MemoryRows> | null = null
  #copy: MemoryData | null = null

  constructor(of: readonly StoreSpec[]) {
    this.#specs = of
    this.#state = new TaskState(of, { disk: memoryEngine(this.disk), memory: memoryEngine() })
  }

  put({ put, key, value }: { put: string; key: number; value: string | null }): void {
    storeOf(this.#state, put, 'keyvalue').put(`key ${key}`, value, 7)
  }

  commit(): void {
    const builder = this.#state.stage() ?? new BatchBuilder()
    const batch = readBatch(Uint8Array.from(builder.finish({ commit: utf8('commit') })))
    builder.clear()
    this.#log.push({ ref: ref(this.#log.length + 1), batch })
  }

  seal(): void {
    this.commit()
    this.#state.seal(ref(this.#log.length))
    this.#note()
  }

  /** A snapshot is begun. */
  look(): void {
    if (this.#copy !== null) return
    this.#rowsAt ??= new Map()
    this.#note()
  }

  /** The disk is copied, some time after. */
  copy(): void {
    this.look()
    this.#copy ??= cloneOf(this.disk)
  }

  async complete(): Promise<MemoryData | null> {
    assert.ok(this.#copy !== null && this.#rowsAt !== null)
    const copy = this.#copy ?? new MemoryData()
    const rowsAt = this.#rowsAt ?? new Map()
    const whole = await completeCopy(memoryEngine(copy), this.#specs, rowsAt)
    return whole === null ? null : copy
  }

  replayInto(state: TaskState): void {
    const from = state.checkpoint?.next ?? 0
    state.apply(this.#log.filter(({ ref }) => ref.next > from))
  }

  /** What the log comes to, up to an offset. */
  committed(until = Number.POSITIVE_INFINITY): Record<string, unknown> {
    const fold = new TaskState(this.#specs, { disk: memoryEngine(), memory: memoryEngine() })
    fold.apply(this.#log.filter(({ ref }) => ref.next <= until))
    return rowsOf(fold)
  }

  #note(): void {
    const { checkpoint } = this.#state
    if (checkpoint !== null) this.#rowsAt?.set(checkpoint.next, this.#state.memoryRows())
  }
}

const ref = (next: number): CommitRef => ({
  ...{ next: offset(next), epoch: epoch(1), number: next },
  ...{ tag: 'tag', history: '' },
})

test.run()
