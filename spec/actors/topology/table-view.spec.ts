// Views: rows as they are kept, and as tables computed from them hold them.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { filterView, mapValuesView, transformValuesView } from '#actors/operators/table'
import type { NodeContext, TableView } from '#actors/topology/node'
import { storeView, versionedView } from '#actors/topology/table-view'
import { serde } from '#protocols/serdes/serdes'
import type { StoreSpec } from '#stores/store'
import { DriveOne } from '../../kit/drive.ts'

const serdes = { key: serde.json(), value: serde.json() }
const ROWS: StoreSpec = { name: 'rows', kind: 'timestamped', ...serdes }
const VERSIONS: StoreSpec = { name: 'rows', kind: 'versioned', historyRetentionMs: 100, ...serdes }

/** A view, and a way to fill the store below it. */
function viewed<V>(
  make: (context: NodeContext) => TableView<unknown, V>,
  spec: StoreSpec,
): { view: TableView<unknown, V>; put(key: unknown, value: unknown, time: number): void } {
  let view: TableView<unknown, V> = { get: () => undefined }
  const it = new DriveOne(
    (context: NodeContext) => {
      view = make(context)
      const put =
        spec.kind === 'versioned'
          ? context.storeOf<unknown, unknown, 'versioned'>('rows', 'versioned')
          : context.store<unknown, unknown>('rows')
      return (key: unknown, value: unknown, time: number) => void put.put(key, value, time)
    },
    [spec],
  )
  return { view, put: (key, value, time) => it.send(key, value, time) }
}

test('rows are seen as they are kept, with their times', () => {
  const { view, put } = viewed(storeView('rows'), ROWS)
  put('a', 1, 5)
  assert.equal(view.get('a'), { value: 1, time: 5 })
  assert.is(view.get('b'), undefined)
  assert.is(view.getAsOf, undefined)
})

test('versions are seen as of a time', () => {
  const { view, put } = viewed(versionedView('rows'), VERSIONS)
  put('a', 1, 5)
  put('a', 2, 9)
  assert.is(view.get('a')?.value, 2)
  assert.is(view.getAsOf?.('a', 7)?.value, 1)
  assert.is(view.getAsOf?.('a', 4), undefined)
})

test('a filtered or mapped table is seen through its function, now and as of a time', () => {
  const even = filterView<unknown, number>(versionedView('rows'), (_key, value) => value % 2 === 0)
  const { view, put } = viewed(
    mapValuesView(even, (value) => `<${value}>`),
    VERSIONS,
  )
  put('a', 2, 5)
  put('a', 3, 9)
  assert.is(view.get('a'), undefined)
  assert.equal(view.getAsOf?.('a', 7)?.value, '<2>')
})

test('a transformed table is asked about rows that are not there as well', () => {
  const transformer = { make: () => (_key: unknown, value: unknown) => `<${value}>`, stores: [] }
  const { view } = viewed(transformValuesView(storeView('rows'), transformer), ROWS)
  assert.equal(view.get('a'), { value: '<null>', time: 0 })
})

test.run()
