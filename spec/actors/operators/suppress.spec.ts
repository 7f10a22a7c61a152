// suppress: what is held, when it is released, and that what is downstream adds up.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Suppression, suppress } from '#actors/operators/suppress'
import { suppressedChange } from '#actors/operators/suppressed-change'
import type { Change } from '#actors/topology/node'
import { isMillraceError } from '#protocols/core/errors'
import { serde } from '#protocols/serdes/serdes'
import type { StoreSpec } from '#stores/store'
import { DriveOne } from '../../kit/drive.ts'

const STORE = {
  ...{ name: 'held', kind: 'buffer', keeps: 'newest', key: serde.json() },
  value: suppressedChange(serde.json()),
} as unknown as StoreSpec

const drive = (setup: Partial<Suppression>): DriveOne =>
  new DriveOne(
    suppress({
      ...{ store: 'held', from: 'record', waitMs: 10, whenFull: 'shut-down' },
      ...{ recordsMax: Number.POSITIVE_INFINITY, bytesMax: Number.POSITIVE_INFINITY },
      ...setup,
    }),
    [STORE],
  )

const to = (after: unknown, before: unknown = null) => ({ before, after })

/** Key, new value and time of what was released. */
const released = (of: DriveOne): unknown[] =>
  of.take().map(([key, change, time]) => [key, (change as Change<unknown>).after, time])

test('a key waits from its first change on, and goes with the newest value and time', () => {
  const it = drive({})
  it.send('a', to(1), 0)
  it.send('a', to(2, 1), 9)
  assert.equal(released(it), [])
  it.send('b', to(1), 10)
  assert.equal(released(it), [['a', 2, 9]])
})

test('keys go by the time they were held from, then by key', () => {
  const it = drive({})
  it.send('c', to(1), 3)
  it.send('b', to(1), 1)
  it.send('a', to(1), 1)
  it.send('z', to(1), 100)
  assert.equal(released(it), [
    ['a', 1, 1],
    ['b', 1, 1],
    ['c', 1, 3],
  ])
})

test('a wait of nothing passes everything on, deletions too', () => {
  const it = drive({ waitMs: 0 })
  it.send('a', to(1), 5)
  it.send('a', to(null, 1), 5)
  assert.equal(released(it), [
    ['a', 1, 5],
    ['a', null, 5],
  ])
})

test('final results go when their window is closed; those that were deleted never', () => {
  const it = drive({ from: 'window-end', waitMs: 5 })
  const window = (key: string, end: number) => ({ key, start: end - 10, end })
  it.send(window('a', 10), to(1), 3)
  it.send(window('b', 10), to(1), 3)
  it.send(window('b', 10), to(null, 1), 4)
  it.send(window('a', 30), to(1), 14)
  assert.equal(released(it), [])
  it.send(window('a', 30), to(2, 1), 15)
  assert.equal(released(it), [[window('a', 10), 1, 3]])
})

test('with too many records, those held longest go early, or the task fails', () => {
  const early = drive({ recordsMax: 1, whenFull: 'emit-early', waitMs: 1000 })
  early.send('a', to(1), 0)
  early.send('b', to(1), 1)
  early.send('c', to(1), 2)
  assert.equal(released(early), [
    ['a', 1, 0],
    ['b', 1, 1],
  ])
  const failing = drive({ recordsMax: 1, waitMs: 1000 })
  failing.send('a', to(1), 0)
  assert.throws(
    () => failing.send('b', to(1), 1),
    (error: unknown) => isMillraceError(error, 'SUPPRESS_BUFFER_FULL'),
  )
})

test('with too many bytes, those held longest go early', () => {
  const it = drive({ bytesMax: 150, whenFull: 'emit-early', waitMs: 1000 })
  it.send('a', to('x'.repeat(60)), 0)
  assert.equal(released(it), [])
  it.send('b', to('y'.repeat(60)), 1)
  assert.equal(released(it), [['a', 'x'.repeat(60), 0]])
})

test('what goes on adds up: each change begins where the last one of its key ended', () => {
  const updates = fc.array(
    fc.record({
      key: fc.constantFrom('a', 'b', 'c'),
      after: fc.option(fc.nat(5)),
      time: fc.nat(40),
    }),
  )
  fc.assert(
    fc.property(updates, fc.nat(15), fc.nat(2), (all, waitMs, bound) => {
      const it = drive({ waitMs, recordsMax: bound + 1, whenFull: 'emit-early' })
      const [rows, sent] = [new Map<string, unknown>(), new Map<unknown, unknown>()]
      const take = (): void => {
        for (const [key, change] of it.take()) {
          const { before, after } = change as Change<unknown>
          assert.is(sent.get(key) ?? null, before ?? null)
          sent.set(key, after)
        }
      }
      for (const { key, after, time } of all) {
        it.send(key, to(after, rows.get(key) ?? null), time)
        rows.set(key, after)
        take()
      }
      it.send('end', to(1), 1000)
      take()
      for (const [key, after] of rows) assert.is(sent.get(key), after)
    }),
  )
})

test.run()
