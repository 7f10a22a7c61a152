// The logical graph: names that are unique and structural, nodes parents first.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { topic } from '#runtime/dsl/topic'
import { Graph, type NodeBody } from '#runtime/plan/graph'

const source: NodeBody = { kind: 'source', topics: [topic('in') as never] } // any topic will do
const operator: NodeBody = { kind: 'operator', make: () => () => {} }

test('a name is the one given, or parent and verb, numbered where siblings are alike', () => {
  const graph = new Graph('app')
  const root = graph.add('stream', 'in', [], source)
  const add = (given?: string): string => {
    const name = graph.nameFor('map', [root], given)
    graph.add('map', name, [root], operator)
    return name
  }
  assert.equal([add(), add(), add('mine'), add()], ['in.map', 'in.map-2', 'mine', 'in.map-3'])
})

test('a name is never given twice', () => {
  const graph = new Graph('app')
  graph.add('stream', 'in', [], source)
  for (const again of [
    () => graph.nameFor('map', [0], 'in'),
    () => graph.add('map', 'in', [0], operator),
  ]) {
    assert.throws(again, (error: unknown) => isMillraceError(error, 'NAME_TAKEN'))
  }
})

test('nodes are numbered as they are added', () => {
  const graph = new Graph('app')
  const first = graph.add('stream', 'in', [], source)
  const second = graph.add('map', 'in.map', [first], operator)
  assert.equal(graph.node(second).parents, [first])
  assert.equal(
    graph.nodes.map(({ id }) => id),
    [0, 1],
  )
})

test.run()
