// What a topology may become without losing or misreading what it kept: plans made by the DSL, compared
// by their shapes.

import { serde, type TopologyBuilder, topic, topology } from 'millrace'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import type { PlanShape } from '#protocols/messages/plan-shape'
import { checkChanges, compareShapes, shapeOf } from '#runtime/plan/plan-shape'

const words = topic('words', { key: serde.string(), value: serde.string() })
const lengths = topic('lengths', { key: serde.string(), value: serde.int32() })

function shape(build: (t: TopologyBuilder) => void, tasks = 4): PlanShape {
  const plan = topology('app', build).plan('test')
  return shapeOf(plan, new Map(plan.subtopologies.map(({ name }) => [name, tasks])))
}

const counting = (t: TopologyBuilder): void => {
  t.stream(words).groupByKey().count({ store: 'counts' })
}

const kinds = (before: PlanShape, after: PlanShape): string[] =>
  compareShapes(before, after).map(({ kind, what }) => `${kind}: ${what}`)

test('the same program has the same shape, also through JSON', () => {
  const before = JSON.parse(JSON.stringify(shape(counting)))
  assert.equal(compareShapes(before, shape(counting)), [])
})

test('stateless changes and new stores are safe', () => {
  const after = shape((t) => {
    const stream = t.stream(words).filter(() => true)
    stream.groupByKey().count({ store: 'counts' })
    stream.groupByKey().reduce((a) => a, { store: 'last' })
  })
  assert.equal(kinds(shape(counting), after), ["safe: store 'last' is new"])
  checkChanges('app', compareShapes(shape(counting), after), false)
})

test('a store that is gone loses what it held, and that can be accepted', () => {
  const after = shape((t) => {
    t.stream(words).groupByKey().count({ store: 'totals' })
  })
  const changes = compareShapes(shape(counting), after)
  assert.equal(
    changes.map(({ kind }) => kind),
    ['loses', 'safe'],
  )
  assert.throws(
    () => checkChanges('app', changes, false),
    (error: Error) =>
      isMillraceError(error, 'PLAN_INCOMPATIBLE') && /- store 'counts'/.test(error.message),
  )
  checkChanges('app', changes, true)
})

test('a store of another type would be misread, and nobody can accept that', () => {
  const after = shape((t) => {
    t.stream(words)
      .groupByKey()
      .aggregate(
        () => 0.5,
        (sum) => sum,
        { store: 'counts', value: serde.double() },
      )
  })
  const changes = compareShapes(shape(counting), after)
  assert.equal(kinds(shape(counting), after), [
    "breaks: store 'counts' was timestamped string int64 and is now timestamped string double",
  ])
  assert.throws(() => checkChanges('app', changes, true), /a new name, to begin it empty/)
})

test('a store over another number of tasks would be misread', () => {
  assert.equal(kinds(shape(counting, 4), shape(counting, 8)), [
    "breaks: store 'counts' is spread over 8 tasks, but was over 4",
  ])
})

test('an internal topic whose records are of another type would be misread', () => {
  const regrouped = (value: 'string' | 'json') => (t: TopologyBuilder) => {
    t.stream(words)
      .groupBy((_key, word) => word, {
        key: serde.string(),
        value: value === 'json' ? serde.json<string>() : serde.string(),
      })
      .reduce((a) => a, { store: 'last', value: serde.string() })
  }
  const [change] = compareShapes(shape(regrouped('string')), shape(regrouped('json')))
  assert.is(change?.kind, 'breaks')
  assert.match(change?.what ?? '', 'holds string string and would be read as string json')
})

test('what is read and never kept does not matter', () => {
  const before = shape((t) => t.stream(words).to(words))
  const after = shape((t) => t.stream(lengths).to(lengths))
  assert.equal(kinds(before, after), [])
})

test.run()
