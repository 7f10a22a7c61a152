// Marks stand for shapes: equal for equal shapes, different for any difference that state or topics would
// feel, and blind to what one side never said.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { utf8 } from '#protocols/core/bytes'
import { isMillraceError } from '#protocols/core/errors'
import {
  areSameMarks,
  decodePlanShape,
  encodePlanShape,
  isSameMark,
  marksOf,
  type PlanShape,
  type SubtopologyShape,
  wholeMark,
} from '#protocols/messages/plan-shape'

const COUNTS: SubtopologyShape = {
  ...{ tasks: 4, sources: ['app.t.words'], sinks: ['app.t.sums'] },
  stores: { counts: 'keyvalue string int64', sums: 'keyvalue string double' },
}
const shapeOf = (change: Partial<SubtopologyShape> = {}): PlanShape => ({
  ...{ topology: 't', topics: { 'app.t.words': 'string string' } },
  subtopologies: { counts: { ...COUNTS, ...change } },
})
const markOf = (change: Partial<SubtopologyShape> = {}) => marksOf(shapeOf(change))['counts']

test('a mark is that of the shape, in whatever order stores are named, and whatever the program is called', () => {
  const { counts = '', sums = '' } = COUNTS.stores
  assert.is(markOf({ stores: { sums, counts } }), markOf())
  assert.equal(marksOf({ ...shapeOf(), version: '2' }), marksOf(shapeOf()))
})

test('whatever state or topics depend on changes the mark', () => {
  const changes: Partial<SubtopologyShape>[] = [
    { tasks: 5 },
    { sources: [] },
    { stores: {} },
    { stores: { ...COUNTS.stores, counts: 'keyvalue string int32' } },
    { stores: { ...COUNTS.stores, more: 'keyvalue string int32' } },
    { sinks: [] },
    { sinks: ['app.t.others'] },
  ]
  const marks = changes.map((change) => markOf(change))
  assert.is(new Set([markOf(), ...marks]).size, changes.length + 1)
  for (const mark of marks) assert.not(isSameMark(mark, markOf()))
})

test('what one side does not say is passed over, and what is not there is like nothing', () => {
  const silent = markOf({ sinks: undefined })
  assert.ok(isSameMark(silent, markOf()) && isSameMark(markOf(), silent))
  assert.not(isSameMark(silent, markOf({ tasks: 5 })))
  assert.not(isSameMark(undefined, markOf()))
  assert.not(isSameMark(undefined, undefined))
})

test('topologies are the same when all their parts are', () => {
  assert.ok(areSameMarks({ a: '1', b: '2' }, { b: '2', a: '1' }))
  assert.not(areSameMarks({ a: '1', b: '2' }, { a: '1' }))
  assert.not(areSameMarks({ a: '1' }, { a: '1', b: '2' }))
  assert.not(areSameMarks({ a: '1', b: '2' }, { a: '1', c: '2' }))
  assert.is(wholeMark({ a: '1', b: '2' }), wholeMark({ b: '2', a: '1' }))
  assert.is.not(wholeMark({ a: '1', b: '2' }), wholeMark({ a: '2', b: '1' }))
})

test('a shape reads back as it was kept, one of an older version too; another document is refused', () => {
  for (const shape of [shapeOf(), { ...shapeOf(), version: '1' }]) {
    assert.equal(decodePlanShape(encodePlanShape(shape)), shape)
  }
  const { sinks: _, ...older } = COUNTS
  const old = { ...shapeOf(), subtopologies: { counts: older } }
  assert.equal(decodePlanShape(encodePlanShape(old)), old)
  for (const text of ['{', '{}', '{"topology":"t","subtopologies":{"a":5},"topics":{}}']) {
    try {
      decodePlanShape(utf8(text))
      assert.unreachable(text)
    } catch (thrown) {
      assert.ok(isMillraceError(thrown, 'DOCUMENT_UNREADABLE'), text)
    }
  }
})

test.run()
