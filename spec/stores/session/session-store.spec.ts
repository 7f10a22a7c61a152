// The session store is a set of sessions that are dropped when they ended too long ago, whatever is
// cached, sealed, deleted or crashed at the moment.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { serde } from '#protocols/serdes/serdes'
import { memoryEngine } from '#stores/engine/memory'
import { SessionStoreImpl } from '#stores/session/session-store'
import type { SessionRow, SessionSpec } from '#stores/store'
import {
  isLifeStep,
  keyAt,
  type LifeStep,
  lifeStep,
  MEDIA,
  placeOf,
  proveOnFile,
  StoreLife,
} from '../cache/store-life.ts'

const RETENTION = 5_000

type Step =
  | LifeStep
  | { do: 'put'; key: number; start: number; length: number; value: string | null }
  | { do: 'remove' | 'fetchSession'; key: number; start: number; length: number }
  | { do: 'find'; key: number; earliestEnd: number; latestStart: number; reverse: boolean }
  | {
      do: 'findKeys'
      low: number | null
      high: number | null
      earliestEnd: number
      latestStart: number
      reverse: boolean
    }
  | { do: 'all'; reverse: boolean }

const time = fc.oneof(
  fc.nat(20_000),
  fc.nat(40).map((it) => it * 100),
)
const key = fc.nat(11)
const reverse = fc.boolean()
const length = fc.constantFrom(0, 1, 100, 200, 3_000)
const bound = fc.option(key, { nil: null })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('put' as const),
      key,
      start: time,
      length,
      value: fc.option(fc.string(), { nil: null, freq: 6 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('remove' as const, 'fetchSession' as const),
      key,
      start: time,
      length,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('find' as const),
      key,
      earliestEnd: time,
      latestStart: time,
      reverse,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('findKeys' as const),
      low: bound,
      high: bound,
      earliestEnd: time,
      latestStart: time,
      reverse,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('all' as const), reverse }) },
  { weight: 3, arbitrary: lifeStep },
)
const steps = fc.array(step, { maxLength: 250, size: 'max' })

for (const { name, medium, runs } of MEDIA) {
  test(`a session store in ${name} is a set of sessions after any crash`, () => {
    fc.assert(
      fc.property(steps, fc.constantFrom(0, 3, 100_000), (all, cacheEntriesMax) => {
        live(new StoreLife('session', specOf({ medium, cacheEntriesMax }), new Sessions()), all)
      }),
      { numRuns: runs },
    )
  })
}

test('a session store over a file is a set of sessions after any crash', () => {
  const spec = specOf({ cacheEntriesMax: 3 })
  return proveOnFile(spec.name, steps, (all, disk) => {
    live(new StoreLife('session', spec, new Sessions(), disk), all)
  })
})

test('sessions that end early enough or start late enough are left out, not those that contain', () => {
  const store = opened()
  for (const [start, end] of [
    [10, 10],
    [100, 900],
    [950, 1_000],
  ] as const) {
    store.put({ key: keyAt(5), start, end }, `${start}`)
  }
  const find = (earliestEnd: number, latestStart: number): unknown[] =>
    store.findSessions(keyAt(5), earliestEnd, latestStart).map(({ value }) => value)
  assert.equal(find(10, 950), ['10', '100', '950'])
  assert.equal(find(11, 949), ['100'])
  assert.equal(find(400, 500), ['100'])
  assert.equal(find(901, 949), [])
})

test('a session is read until the newest end is its retention ahead, and then refused and counted', () => {
  const store = opened()
  store.put({ key: keyAt(1), start: 0, end: 1_000 }, 'old')
  store.put({ key: keyAt(2), start: 0, end: 999 + RETENTION }, 'new')
  assert.is(store.fetchSession(keyAt(1), 0, 1_000), 'old')
  store.put({ key: keyAt(2), start: 0, end: 1_000 + RETENTION }, 'new')
  assert.is(store.fetchSession(keyAt(1), 0, 1_000), undefined)
  assert.equal(store.fetch(keyAt(1)), [])
  assert.is(store.put({ key: keyAt(1), start: 0, end: 1_000 }, 'late'), false)
  assert.is(store.expired, 1)
})

test('a key whose session grows with every record holds one session, not its past', () => {
  const store = opened()
  for (let end = 0; end < 2_000; end++) {
    for (const { start, end: before } of store.findSessions(keyAt(3), end - 10, end + 10)) {
      store.remove({ key: keyAt(3), start, end: before })
    }
    store.put({ key: keyAt(3), start: 0, end }, `${end}`)
  }
  assert.is(store.approximateCount(), 1)
  assert.is(store.fetch(keyAt(3)).length, 1)
})

test('a session that ends before it starts is a broken belief', () => {
  assert.throws(() => opened().put({ key: keyAt(1), start: 2, end: 1 }, 'v'), /starts before/)
})

function specOf(options: Partial<SessionSpec>): SessionSpec {
  // The state holds stores of every type alike.
  const key = serde.bytes() as SessionSpec['key']
  const value = serde.string() as SessionSpec['value']
  return { name: 's', kind: 'session', retentionMs: RETENTION, key, value, ...options }
}

const opened = (): SessionStoreImpl<unknown, unknown> =>
  new SessionStoreImpl(specOf({}), {
    table: memoryEngine().table('s'),
    cell: () => ({ value: -1 }),
  })

interface Kept {
  readonly key: number
  readonly start: number
  readonly end: number
  readonly value: string
}

/** A session store as simply as it can be written. */
class Sessions {
  rows: readonly Kept[] = []
  observed = -1

  copy(): Sessions {
    const copy = new Sessions()
    copy.rows = this.rows
    copy.observed = this.observed
    return copy
  }

  put({ key, start, end }: Omit<Kept, 'value'>, value: string | null): boolean {
    this.observed = Math.max(this.observed, end)
    if (!this.isLive(end)) return false
    this.remove({ key, start, end })
    if (value !== null) this.rows = [...this.rows, { key, start, end, value }]
    return true
  }

  remove({ key, start, end }: Omit<Kept, 'value'>): void {
    if (!this.isLive(end)) return
    this.rows = this.rows.filter((it) => it.key !== key || it.start !== start || it.end !== end)
  }

  isLive(end: number): boolean {
    return end >= this.observed - RETENTION + 1
  }

  find(isWanted: (it: Kept) => boolean, reverse: boolean): Kept[] {
    const found = this.rows
      .filter((it) => this.isLive(it.end) && isWanted(it))
      .sort((a, b) => a.end - b.end || a.key - b.key || a.start - b.start)
    return reverse ? found.reverse() : found
  }
}

type Life = StoreLife<'session', Sessions>

function live(life: Life, all: readonly Step[]): void {
  for (const it of all) take(life, it)
  life.crash()
  take(life, { do: 'all', reverse: false })
}

function take(life: Life, it: Step): void {
  const { store, model } = life
  if (isLifeStep(it)) life.take(it)
  else if (it.do === 'put' || it.do === 'remove' || it.do === 'fetchSession') one(life, it)
  else if (it.do === 'find') {
    const { earliestEnd, latestStart, reverse } = it
    const found = store.findSessions(keyAt(it.key), earliestEnd, latestStart, { reverse })
    const isWanted = ({ key, start, end }: Kept): boolean =>
      key === it.key && end >= earliestEnd && start <= latestStart
    assert.equal(found.map(rowText), model.find(isWanted, reverse).map(keptText))
  } else if (it.do === 'findKeys') {
    const { earliestEnd, latestStart, reverse } = it
    const [from, to] = [it.low, it.high].map((at) => (at === null ? undefined : keyAt(at)))
    const found = store.findSessionsOfKeys({ from, to }, earliestEnd, latestStart, { reverse })
    const isWanted = ({ key, start, end }: Kept): boolean =>
      key >= (it.low ?? 0) && key <= (it.high ?? 99) && end >= earliestEnd && start <= latestStart
    assert.equal([...found].map(rowText), model.find(isWanted, reverse).map(keptText))
  } else if (it.do === 'all') {
    const expected = model.find(() => true, it.reverse)
    assert.equal([...store.all({ reverse: it.reverse })].map(rowText), expected.map(keptText))
  }
}

function one({ store, model }: Life, it: Step & { do: 'put' | 'remove' | 'fetchSession' }): void {
  const place = { key: it.key, start: it.start, end: it.start + it.length }
  const session = { ...place, key: keyAt(it.key) }
  if (it.do === 'put') assert.is(store.put(session, it.value), model.put(place, it.value))
  else if (it.do === 'remove') {
    store.remove(session)
    model.remove(place)
  } else {
    const isWanted = ({ key, start, end }: Kept): boolean =>
      key === place.key && start === place.start && end === place.end
    const [found] = model.find(isWanted, false)
    assert.is(store.fetchSession(session.key, session.start, session.end), found?.value)
  }
}

const rowText = ({ key, start, end, value }: SessionRow<unknown, unknown>): string =>
  `${placeOf(key)} ${start}-${end} ${value}`

const keptText = ({ key, start, end, value }: Kept): string => `${key} ${start}-${end} ${value}`

test.run()
