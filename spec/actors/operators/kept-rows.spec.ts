// Rows kept by a table operator, and changes held until the commit.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tableSource } from '#actors/operators/table'
import { utf8 } from '#protocols/core/bytes'
import { serde } from '#protocols/serdes/serdes'
import type { StoreSpec } from '#stores/store'
import { DriveOne } from '../../kit/drive.ts'

const ROWS: StoreSpec = {
  ...{ name: 'rows', kind: 'timestamped' },
  ...{ key: serde.json(), value: serde.json() },
}

const table = (isHeld: boolean): DriveOne => {
  const kept = { store: 'rows', isVersioned: false, isHeld }
  return new DriveOne(
    tableSource(() => ({ kept, sendsBefore: true })),
    [ROWS],
  )
}

test('held, only the last change of each key goes on, from what there was at the last commit', () => {
  const it = table(true)
  it.send('a', 1, 1)
  it.send('b', 1, 2)
  it.send('a', 2, 9)
  assert.equal(it.take(), [])
  it.topology.flush()
  assert.equal(it.take(), [
    ['b', { before: null, after: 1 }, 2],
    ['a', { before: null, after: 2 }, 9],
  ])
  it.send('a', 3, 4)
  it.topology.flush()
  assert.equal(it.take(), [['a', { before: 2, after: 3 }, 4]])
  it.topology.flush()
  assert.equal(it.take(), [])
})

test('what appears and vanishes between two commits is never heard of', () => {
  const it = table(true)
  it.send('a', 1)
  it.send('a', null)
  it.topology.flush()
  assert.equal(it.take(), [])
})

test('a held change goes on with the headers of the record that made it last', () => {
  const seen: string[] = []
  const kept = { store: 'rows', isVersioned: false, isHeld: true }
  const source = tableSource(() => ({ kept, sendsBefore: true }))
  const it = new DriveOne(
    (context: Parameters<typeof source>[0]) =>
      source({
        ...context,
        forward: () => seen.push(...context.record.headers().map(([name]) => name)),
      }),
    [ROWS],
  )
  it.send('a', 1, 0, [['first', utf8('')]])
  it.send('a', 2, 0, [['second', utf8('')]])
  it.send('b', 1, 0, [['third', utf8('')]])
  it.topology.flush()
  assert.equal(seen, ['second', 'third'])
})

test('held or not, the last change of each key is the same, and so are the rows', () => {
  const step = fc.oneof(
    fc.record({ key: fc.constantFrom('a', 'b'), value: fc.option(fc.nat(9)), time: fc.nat(9) }),
    fc.constant('commit' as const),
  )
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const [plain, held] = [table(false), table(true)]
      for (const one of steps) {
        if (one === 'commit') held.topology.flush()
        else for (const it of [plain, held]) it.send(one.key, one.value, one.time)
      }
      held.topology.flush()
      const last = (it: DriveOne) => {
        const after = it.take().map(([key, change]) => [key, (change as { after: unknown }).after])
        return [...new Map(after as [string, unknown][])]
          .filter(([, value]) => value !== null)
          .sort()
      }
      assert.equal(last(held), last(plain))
      assert.equal([...held.store('rows').all()], [...plain.store('rows').all()])
    }),
  )
})

test.run()
