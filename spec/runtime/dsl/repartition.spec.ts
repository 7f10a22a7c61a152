// Repartition topics by name: the same one for who asks for it again, and nobody else's.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { serde } from '#protocols/serdes/serdes'
import { repartitioned } from '#runtime/dsl/repartition'
import { Graph } from '#runtime/plan/graph'

const serdes = { key: serde.json(), value: serde.json() }

function graphOf(parents: number): Graph {
  const graph = new Graph('t')
  for (let n = 0; n < parents; n++) {
    graph.add('source', `s${n}`, [], { kind: 'source', topics: [] })
  }
  return graph
}

test('the same name below the same operator is the same topic', () => {
  const graph = graphOf(1)
  const first = repartitioned(graph, 0, { name: 'x', ...serdes })
  assert.is(repartitioned(graph, 0, { name: 'x', ...serdes }), first)
  assert.is(graph.node(first).name, 'x.repartition')
})

test('a name below another operator is refused', () => {
  const graph = graphOf(2)
  repartitioned(graph, 0, { name: 'x', ...serdes })
  assert.throws(
    () => repartitioned(graph, 1, { name: 'x', ...serdes }),
    (error: unknown) => isMillraceError(error, 'NAME_TAKEN'),
  )
})

test('values travel as soon as one of those who share a topic reads them', () => {
  const graph = graphOf(1)
  const node = repartitioned(graph, 0, { name: 'x', ...serdes, isValueUnread: true })
  const unread = (): unknown => {
    const { body } = graph.node(node)
    return body.kind === 'repartition' && body.isValueUnread
  }
  assert.is(unread(), true)
  repartitioned(graph, 0, { name: 'x', ...serdes })
  assert.is(unread(), false)
})

test.run()
