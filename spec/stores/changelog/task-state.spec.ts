// A task's state is the fold of its commit log, wherever it crashed: before the commit, between commit
// and seal, inside the seal, between two parts of it, or in the middle of a replay.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { CommitRef } from '#protocols/broker/broker'
import { epoch, offset } from '#protocols/core/brands'
import { utf8 } from '#protocols/core/bytes'
import { isMillraceError } from '#protocols/core/errors'
import { BatchBuilder, readBatch } from '#protocols/records/batch'
import { serde } from '#protocols/serdes/serdes'
import { MemoryBudget, type MemoryShare, UNLIMITED } from '#stores/changelog/memory-budget'
import { storeOf } from '#stores/changelog/open-store'
import { type LoggedCommit, TaskState } from '#stores/changelog/task-state'
import type { Engine } from '#stores/engine/engine'
import { MemoryData, memoryEngine } from '#stores/engine/memory'
import type { KeyValueSpec, StoreSpec } from '#stores/store'

const spec = (name: string, options: Partial<KeyValueSpec> = {}): KeyValueSpec => ({
  name,
  kind: 'timestamped',
  // The state holds stores of every type alike.
  key: serde.string() as KeyValueSpec['key'],
  value: serde.int32() as KeyValueSpec['value'],
  ...options,
})

type Step =
  | {
      readonly do: 'put'
      readonly store: number
      readonly key: number
      readonly value: number | null
    }
  | { readonly do: 'commit' | 'seal' | 'crash' | 'stage and crash' }
  | { readonly do: 'crash in seal' | 'crash in replay'; readonly after: number }
  | { readonly do: 'seal some'; readonly rows: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('put' as const),
      store: fc.nat(1),
      key: fc.nat(5),
      value: fc.option(fc.nat(100), { nil: null }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('commit', 'seal', 'crash', 'stage and crash' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('crash in seal', 'crash in replay' as const),
      after: fc.nat(3),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('seal some' as const),
      rows: fc.integer({ min: 1, max: 4 }),
    }),
  },
)

test('a state is full when its values wait with 32 MiB, or earlier with its share, until it is sealed', () => {
  const waitingBytes = (share?: MemoryShare): number => {
    const engines = { disk: memoryEngine(), memory: memoryEngine(), share }
    const value = serde.bytes() as KeyValueSpec['value']
    const state = new TaskState([spec('a', { value }), spec('b', { value })], engines)
    let count = 0
    for (; !state.isFull; count++) {
      storeOf(state, count % 2 === 0 ? 'a' : 'b', 'keyvalue').put(
        `${count}`,
        new Uint8Array(1 << 16),
      )
      state.stage()?.clear()
    }
    state.seal(ref(1))
    assert.not(state.isFull)
    return count << 16
  }
  const whole = waitingBytes()
  assert.ok(whole <= 1 << 25 && whole > (1 << 25) - (1 << 17), `${whole}`)
  const { share } = new MemoryBudget(1 << 24).join()
  const part = waitingBytes(share)
  assert.ok(part <= 1 << 21 && part > (1 << 21) - (1 << 17), `${part}`)
})

test('a store says what its engine holds, and what waits for the next seal', () => {
  const engines = { disk: memoryEngine(), memory: memoryEngine() }
  const state = new TaskState([spec('a'), spec('b', { medium: 'memory' })], engines)
  storeOf(state, 'a', 'keyvalue').put('k', 1, 0)
  storeOf(state, 'b', 'keyvalue').put('k', 1, 0)
  storeOf(state, 'b', 'keyvalue').put('l', 1, 0)
  const before = ['a', 'b'].map((name) => state.usage(name))
  assert.equal(before, [
    { rows: 0, bytes: 0, pending: 1 },
    { rows: 0, bytes: 0, pending: 2 },
  ])
  state.stage()
  state.seal(ref(1))
  const [a, b] = ['a', 'b'].map((name) => state.usage(name))
  assert.equal([a?.rows, a?.pending, b?.rows, b?.pending], [1, 0, 2, 0])
  assert.is(b?.bytes, 2 * (a?.bytes ?? 0))
  assert.ok((a?.bytes ?? 0) > 0)
})

test('a seal is as many transactions as rows allow, and the checkpoint is in the last', () => {
  const rows = 5000
  for (const [transactionRows, transactions] of [
    [Number.POSITIVE_INFINITY, 3],
    [100, 50],
  ] as const) {
    const share = { ...UNLIMITED, transactionRows }
    const disk = memoryEngine()
    const state = new TaskState([spec('a')], { disk, memory: memoryEngine(), share })
    const seen: (number | undefined)[] = []
    const { transact } = disk
    Object.assign(disk, {
      transact: <T>(body: () => T): T => {
        seen.push(state.checkpoint?.number)
        return transact.call(disk, body) as T // what `body` answers
      },
    })
    const store = storeOf(state, 'a', 'keyvalue')
    for (let n = 0; n < rows; n++) store.put(`${n}`, n)
    state.stage()?.clear()
    state.seal(ref(1))
    assert.equal(seen, Array(transactions).fill(undefined))
    assert.equal([state.usage('a').rows, state.pending, state.checkpoint?.number], [rows, 0, 1])
  }
})

for (const medium of ['lmdb', 'memory'] as const) {
  test(`the state is the fold of the log after any crash, with a store in ${medium}`, () => {
    const property = fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const life = new Life([spec('a'), spec('b', { medium })])
      for (const it of steps) life.take(it)
      life.crash()
      life.check()
    })
    fc.assert(property, { numRuns: 150 })
  })
}

test('a commit of another application of the same log leaves changes nobody knows, and they are counted', () => {
  const life = new Life([spec('a'), spec('b')])
  life.take({ do: 'put', store: 0, key: 1, value: 1 })
  life.take({ do: 'put', store: 1, key: 1, value: 1 })
  life.take({ do: 'commit' })
  const state = new TaskState([spec('a')], { disk: memoryEngine(), memory: memoryEngine() })
  assert.is(state.apply(life.log), 1)
  assert.equal([...storeOf(state, 'a', 'keyvalue').all()], [['key 1', 1]])
})

test('a state directory of another format is refused', () => {
  const disk = memoryEngine()
  new TaskState([], { disk, memory: memoryEngine() })
  disk.table('millrace.facts').put(utf8('format'), utf8('0'))
  assert.throws(
    () => new TaskState([], { disk, memory: memoryEngine() }),
    (error: unknown) => isMillraceError(error, 'STORE_FORMAT'),
  )
})

test('a checkpoint never moves backwards', () => {
  const state = new TaskState([spec('a')], { disk: memoryEngine(), memory: memoryEngine() })
  state.seal(ref(5))
  assert.throws(() => state.seal(ref(4)), /never moves backwards/)
  assert.equal(state.checkpoint, ref(5))
})

test('of a first seal that came to no end nothing is left: a full replay begins with nothing', () => {
  const engines = { disk: memoryEngine(), memory: memoryEngine() }
  const state = new TaskState([spec('a')], engines)
  for (const key of ['one', 'two']) storeOf(state, 'a', 'keyvalue').put(key, 1)
  state.stage()
  assert.is(state.sealSome(ref(1), 1), false)
  assert.is(engines.disk.table('store.a').count(), 1)
  const again = new TaskState([spec('a')], engines)
  assert.equal([again.checkpoint, again.reached], [null, null])
  assert.equal([...storeOf(again, 'a', 'keyvalue').all()], [])
})

test('a state with a store in memory has no checkpoint when it opens: only a full replay makes it whole', () => {
  const engines = { disk: memoryEngine(), memory: memoryEngine() }
  new TaskState([spec('a')], engines).seal(ref(5))
  assert.equal(new TaskState([spec('a')], engines).checkpoint, ref(5))
  assert.is(new TaskState([spec('a', { medium: 'memory' })], engines).checkpoint, null)
})

test('a store that is not logged starts empty, also where its engine outlived it', () => {
  const engines = { disk: memoryEngine(), memory: memoryEngine() }
  const scratch = spec('scratch', { logged: false })
  const state = new TaskState([scratch], engines)
  storeOf(state, 'scratch', 'keyvalue').put('a', 1)
  assert.is(state.stage(), null)
  state.seal(ref(1))
  assert.equal([...storeOf(new TaskState([scratch], engines), 'scratch', 'keyvalue').all()], [])
})

test('numbers of stores are handed out by name and set again before stores are used', () => {
  const window = (name: string, logged?: boolean): StoreSpec => ({
    ...{ ...spec(name), kind: 'window', windowSizeMs: 10, retentionMs: 100, logged },
  })
  const specs = [window('a'), window('b'), window('scratch', false)]
  const open = (): TaskState =>
    new TaskState(specs, { disk: memoryEngine(), memory: memoryEngine() })
  const state = open()
  storeOf(state, 'a', 'window').put('k', 1, 500)
  assert.equal(state.cells, { 'a.tie': -1, 'a.time': 500, 'b.tie': -1, 'b.time': -1 })
  const again = open()
  again.resume({ ...state.cells, 'gone.time': 7 })
  assert.equal(again.cells, state.cells)
  assert.is(storeOf(again, 'a', 'window').put('k', 1, 400), false)
  assert.is(storeOf(again, 'b', 'window').put('k', 1, 400), true)
})

test('two stores whose names have the same id are a broken belief', () => {
  const state = (): TaskState =>
    new TaskState([spec('a'), spec('a')], { disk: memoryEngine(), memory: memoryEngine() })
  assert.throws(state, /rename 'a'/)
})

const ref = (next: number): CommitRef => ({
  next: offset(next),
  epoch: epoch(1),
  number: next,
  tag: 'tag',
  history: '',
})

/** A task, its log at the broker, and what must be true of both. */
class Life {
  readonly log: LoggedCommit[] = []
  readonly #specs: readonly StoreSpec[]
  readonly #data = new MemoryData()
  /** Transactions until it goes. */
  #powerFor = Number.POSITIVE_INFINITY
  #state: TaskState
  /** As the task sees it, and as of the newest commit; `store/key` to value. */
  #live = new Map<string, number>()
  /** After which commit the seal began that is under way in parts. */
  #began: CommitRef | null = null
  #committed = new Map<string, number>()

  constructor(specs: readonly StoreSpec[]) {
    this.#specs = specs
    this.#state = this.#open()
  }

  take(it: Step): void {
    if (it.do === 'put') this.#put(it.store, it.key, it.value)
    else if (it.do === 'commit') this.#commit()
    else if (it.do === 'seal') this.#seal()
    else if (it.do === 'seal some') this.#sealSome(it.rows)
    else if (it.do === 'crash') this.crash()
    else if (it.do === 'stage and crash') {
      this.#state.stage()
      this.crash()
    } else if (it.do === 'crash in replay') {
      this.#state = this.#open()
      this.#began = null
      this.#replay(it.after)
      this.crash()
    } else if (it.do === 'crash in seal') this.#crashInSeal(it.after)
  }

  /** Loses everything but the log and what was sealed, and recovers. */
  crash(): void {
    this.#live = new Map(this.#committed)
    this.#began = null
    this.#state = this.#open()
    this.#replay(Number.POSITIVE_INFINITY)
    this.check()
  }

  check(): void {
    for (const { name } of this.#specs) {
      const expected = [...this.#live]
        .filter(([place]) => place.startsWith(`${name}/`))
        .map(([place, value]) => [place.slice(name.length + 1), value])
        .sort()
      assert.equal([...storeOf(this.#state, name, 'keyvalue').all()], expected)
    }
  }

  #put(store: number, key: number, value: number | null): void {
    const name = this.#specs[store]?.name ?? ''
    const place = `${name}/key ${key}`
    storeOf(this.#state, name, 'keyvalue').put(`key ${key}`, value, 7)
    if (value === null) this.#live.delete(place)
    else this.#live.set(place, value)
  }

  #commit(): void {
    const builder = this.#state.stage() ?? new BatchBuilder()
    const batch = readBatch(builder.finish({ commit: utf8('commit') }))
    this.log.push({ ref: ref(this.log.length + 1), batch })
    this.#committed = new Map(this.#live)
  }

  /** A seal follows a commit: nothing is staged in between. */
  #seal(): void {
    this.#commit()
    this.#state.seal(ref(this.log.length))
    this.#began = null
    this.check()
  }

  /** The checkpoint moves with the last part, and no row is of a later commit than it says. */
  #sealSome(rows: number): void {
    this.#commit()
    const state = this.#state
    const [newest, before] = [ref(this.log.length), state.checkpoint]
    this.#began ??= newest
    const isOver = state.sealSome(newest, rows)
    assert.equal([state.isSealing, state.reached?.next ?? newest.next], [!isOver, newest.next])
    assert.equal(state.checkpoint, isOver ? this.#began : before)
    if (isOver) this.#began = null
    this.check()
  }

  /** A seal is several transactions; of one that is over sooner nothing is lost. */
  #crashInSeal(transactions: number): void {
    this.#commit()
    this.#powerFor = transactions
    try {
      this.#state.seal(ref(this.log.length))
    } catch (error) {
      assert.match(String(error), /the power went/)
    }
    this.#powerFor = Number.POSITIVE_INFINITY
    this.crash()
  }

  #replay(commitsMax: number): void {
    const from = this.#state.checkpoint?.next ?? 0
    const rest = this.log.filter((commit) => commit.ref.next > from).slice(0, commitsMax)
    for (let i = 0; i < rest.length; i += 2) this.#state.apply(rest.slice(i, i + 2))
  }

  #open(): TaskState {
    const disk = memoryEngine(this.#data)
    const { transact } = disk
    const failing: Engine = Object.assign(disk, {
      transact: <T>(body: () => T): T =>
        transact.call(disk, () => {
          const result = body()
          if (this.#powerFor-- <= 0) throw new Error('the power went')
          return result
        }) as T, // what `body` answers
    })
    const share = { ...UNLIMITED, transactionRows: 2 }
    return new TaskState(this.#specs, { disk: failing, memory: memoryEngine(), share })
  }
}

test('bytes of changes are counted with the checkpoint, by owners and by those who replay', () => {
  const specs = [spec('one')]
  const data = new MemoryData()
  const open = (of: MemoryData): TaskState =>
    new TaskState(specs, { disk: memoryEngine(of), memory: memoryEngine() })
  const state = open(data)
  const commits: LoggedCommit[] = []
  for (let n = 1; n <= 3; n++) {
    storeOf(state, 'one', 'keyvalue').put(`key ${n}`, n, 7)
    const builder = state.stage() ?? new BatchBuilder()
    const batch = readBatch(Uint8Array.from(builder.finish({ commit: utf8('commit') })))
    builder.clear()
    commits.push({ ref: ref(n), batch })
    // Not every commit is sealed.
    if (n !== 2) state.seal(ref(n))
  }
  assert.ok(state.logged > 0)
  const copy = open(new MemoryData())
  for (const commit of commits) copy.apply([commit])
  assert.is(copy.logged, state.logged)
  assert.equal([open(data).logged, open(data).checkpoint], [state.logged, ref(3)])
  storeOf(state, 'one', 'keyvalue').put('key 1', 9, 7)
  state.stage()
  assert.is(state.logged, copy.logged, 'what is not sealed is not of the checkpoint')
})

test('a snapshot can stand for the log of a task that has a logged store, wherever it is kept', () => {
  const isLogged = (...specs: StoreSpec[]): boolean =>
    new TaskState(specs, { disk: memoryEngine(), memory: memoryEngine() }).isLogged
  assert.is(isLogged(spec('one'), spec('two')), true)
  assert.is(isLogged(spec('two', { medium: 'memory' }), spec('one', { logged: false })), true)
  assert.is(isLogged(spec('one', { logged: false })), false)
  assert.is(isLogged(), false)
})

test.run()
