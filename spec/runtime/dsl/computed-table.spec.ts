// Which tables are kept, and where: those that are named, and those whose rows somebody looks up.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { serde } from '#protocols/serdes/serdes'
import { Table } from '#runtime/dsl/table'
import { topic } from '#runtime/dsl/topic'
import type { TopologyBuilder } from '#runtime/dsl/topology'
import { DrivePlan } from '../../kit/drive-plan.ts'

const text = serde.string()
const input = topic('in', { key: text, value: text })
const output = topic('out', { key: text, value: serde.nullable(text) })
const long = (_key: string, value: string): boolean => value.length > 1

const stores = (build: (t: TopologyBuilder) => void): string[] =>
  new DrivePlan(build).plan.subtopologies.flatMap((part) => part.stores.map(({ name }) => name))

test('a table is not kept unless it is named', () => {
  assert.equal(
    stores((t) => t.table(input).toStream().to(output)),
    [],
  )
  assert.equal(
    stores((t) => t.table(input, { store: 'rows' }).toStream().to(output)),
    ['rows'],
  )
})

test('a look-up, or a wish for the value before, gives the source a store, and only the source', () => {
  for (const wish of ['requestView', 'requestBefore'] as const) {
    const found = stores((t) => {
      const filtered = t
        .table(input)
        .filter(long)
        .mapValues((value) => value.length)
      Table.factsOf(filtered)[wish]()
    })
    assert.equal(found, ['in.table'])
  }
})

test('a named table in between answers from its own store', () => {
  const found = stores((t) => {
    const named = t
      .table(input)
      .filter(long, { store: 'longs' })
      .mapValues((value) => value.length)
    assert.equal(Table.factsOf(named).requestView().stores, ['longs'])
  })
  assert.equal(found, ['longs'])
})

test('an unforced wish costs no store', () => {
  assert.equal(
    stores((t) => assert.not(Table.factsOf(t.table(input).filter(long)).requestBefore(false))),
    [],
  )
  stores((t) => {
    const filtered = t.table(input, { store: 'rows' }).filter(long)
    assert.ok(Table.factsOf(filtered).requestBefore(false))
  })
})

test('a filter over a table that is kept does not delete what was never there', () => {
  const send = (store: string | undefined): unknown => {
    const drive = new DrivePlan((t) => t.table(input, { store }).filter(long).toStream().to(output))
    for (const value of ['a', 'bb', 'c']) drive.send(input, { key: 'k', value })
    return drive.pairs('out').map(([, value]) => value)
  }
  assert.equal(send(undefined), [null, 'bb', null])
  assert.equal(send('rows'), ['bb', null])
})

test('a stream becomes a table behind a repartition where its keys changed', () => {
  const drive = new DrivePlan((t) => {
    t.stream(input)
      .selectKey((_key, value) => value.charAt(0))
      .toTable({ store: 'newest', key: text, value: text })
      .toStream()
      .to(output)
  })
  for (const value of ['a1', 'b1', 'a2']) drive.send(input, { key: 'k', value })
  assert.is(drive.plan.subtopologies.length, 2)
  assert.equal(drive.rows('newest'), [
    ['a', 'a2'],
    ['b', 'b1'],
  ])
})

test.run()
