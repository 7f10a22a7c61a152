// An address as a question to a store.

import { serde } from 'millrace'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { storeDocument } from '#runtime/admin/store-document'
import type { StoreQuery } from '#runtime/process/store-query'
import { codeOf } from '../../actors/host/host-world.ts'

const fresh = { lag: 2, ageMs: 5, positions: [{ topic: 'in', partition: 1, offset: 7 }] }

/** A store that answers everything with one row, and what it was asked. */
function store(windowKeySerde?: string) {
  const asked: unknown[] = []
  const many = async (options: unknown) => {
    asked.push(options)
    return { rows: [{ key: 'a', value: 1 }], ...fresh }
  }
  const query = {
    ...{ keySerde: serde.string().name, windowKeySerde, scan: many },
    read: async (key: unknown, options: unknown) => {
      asked.push(key, options)
      return { value: key === 'none' ? undefined : 1, ...fresh }
    },
    fetch: (key: unknown, options: unknown) => {
      asked.push(key)
      return many(options)
    },
  } as unknown as StoreQuery<unknown, unknown> // all that a document needs of one
  const ask = (address: string) => {
    const given = new URLSearchParams(address)
    const all = { atLeast: given.getAll('atLeast') }
    return storeDocument('counts', () => query, Object.fromEntries(given), all)
  }
  return { ask, asked }
}

const unbound = { maxLag: undefined, maxAge: undefined, timeout: undefined, atLeast: [] }

test('a key, a range and the windows of a key are told apart, and the answer says how fresh it is', async () => {
  const { ask, asked } = store('int64')
  const found = { store: 'counts', ...fresh, rows: [{ key: 'a', value: 1 }] }
  assert.equal(await ask('key=a'), found)
  assert.equal(await ask('key=none'), { ...found, rows: [] })
  assert.equal(await ask('from=a&limit=7'), found)
  assert.equal(await ask('windowsOf=12&earliest=5&latest=9'), found)
  assert.equal(asked, [
    ...['a', unbound, 'none', unbound],
    { ...unbound, limit: 7, from: 'a' },
    ...[12, { ...unbound, limit: 100, earliest: 5, latest: 9 }],
  ])
})

test('every bound reaches the store, and atLeast as often as it was said', async () => {
  const { ask, asked } = store()
  await ask('key=a&maxLag=3&maxAge=500&timeout=2s&atLeast=in/1/7&atLeast=in.more/0/12')
  const atLeast = [
    { topic: 'in', partition: 1, offset: 7 },
    { topic: 'in.more', partition: 0, offset: 12 },
  ]
  assert.equal(asked, ['a', { maxLag: 3, maxAge: 500, timeout: '2s', atLeast }])
})

test('what is no number and no place is refused before anybody is asked', async () => {
  const { ask, asked } = store()
  for (const wrong of [
    'maxLag=-1',
    'limit=x',
    'atLeast=in',
    'atLeast=in/1',
    'atLeast=in/1/x',
    'atLeast=in/1/2/3',
  ]) {
    assert.is(await codeOf(ask(`key=a&${wrong}`)), 'OPTION_INVALID', wrong)
  }
  assert.equal(asked, [])
})

test.run()
