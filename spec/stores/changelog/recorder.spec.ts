// Mutations become records of the changelog, and such records become mutations again.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { utf8 } from '#protocols/core/bytes'
import { readBatch, recordsOf } from '#protocols/records/batch'
import { ChangelogRecorder, replay, storeId } from '#stores/changelog/recorder'
import type { StoreLifecycle } from '#stores/store'

function recorded(changes: readonly (readonly [string, string, string | null])[]): Uint8Array {
  const recorder = new ChangelogRecorder()
  for (const [store, key, value] of changes) {
    recorder.record(store, utf8(key), value === null ? null : utf8(value), 5)
  }
  const builder = recorder.take()
  assert.ok(builder !== null)
  return builder.finish()
}

test('a change is the id of its store and its key, with its value or none', () => {
  const [put, deletion] = recordsOf(
    recorded([
      ['counts', 'a', '1'],
      ['counts', 'b', null],
    ]),
  )
  assert.is(Buffer.from(put?.key ?? []).readUInt32BE(0), storeId('counts'))
  assert.is(Buffer.from(put?.key ?? []).toString('utf8', 4), 'a')
  assert.is(put?.value && String(put.value), '1')
  assert.is(put?.time, 5)
  assert.is(deletion?.value, null)
})

test('an empty value is a value, not a deletion', () => {
  const seen: (Uint8Array | null)[] = []
  const store = { restore: (_key: Uint8Array, value: Uint8Array | null) => seen.push(value) }
  const stores = new Map([[storeId('s'), store as unknown as StoreLifecycle]]) // nothing else is called
  replay(
    readBatch(
      recorded([
        ['s', 'a', ''],
        ['s', 'b', null],
      ]),
    ),
    stores,
  )
  assert.equal(
    seen.map((value) => value?.length),
    [0, undefined],
  )
})

test('nothing recorded is null, not an empty batch', () => {
  const recorder = new ChangelogRecorder()
  assert.is(recorder.take(), null)
  recorder.record('s', utf8('a'), null, 0)
  recorder.take()?.finish()
  assert.is(recorder.take(), null)
})

test('a replay gives each store its own changes, in order, and counts the rest', () => {
  const seen: string[] = []
  const store = (name: string): StoreLifecycle =>
    ({
      restore: (key: Uint8Array, value: Uint8Array | null) =>
        seen.push(`${name} ${Buffer.from(key)}=${value && Buffer.from(value)}`),
    }) as unknown as StoreLifecycle // a replay calls nothing else
  const batch = readBatch(
    recorded([
      ['one', 'a', '1'],
      ['two', 'a', '2'],
      ['gone', 'a', '3'],
      ['one', 'a', null],
    ]),
  )
  const stores = new Map([
    [storeId('one'), store('one')],
    [storeId('two'), store('two')],
  ])
  assert.is(replay(batch, stores), 1)
  assert.equal(seen, ['one a=1', 'two a=2', 'one a=null'])
})

test('a store id depends on the name alone', () => {
  assert.is(storeId('counts'), storeId('counts'))
  assert.is.not(storeId('counts'), storeId('count'))
})

test.run()
