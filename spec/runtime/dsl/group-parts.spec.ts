// Where the records of a group come from: the stream itself, or a repartition topic.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { serde } from '#protocols/serdes/serdes'
import { groupParent } from '#runtime/dsl/group-parts'
import { topic } from '#runtime/dsl/topic'
import { Graph } from '#runtime/plan/graph'

const source = { kind: 'source', topics: [topic('in') as never] } as const
const facts = { key: serde.string() as never, value: null, isRekeyed: true, name: undefined }

function parts(more: object) {
  const graph = new Graph('app')
  const node = graph.add('stream', 'in', [], source)
  return { graph, node, facts: { ...facts, ...more } }
}

test('records whose key is the one they came with are where they have to be', () => {
  const group = parts({ isRekeyed: false })
  assert.is(groupParent(group, 'counts', false), group.node)
})

test('a new key takes a topic named after the group, else after the store', () => {
  for (const [name, expected] of [
    [undefined, 'counts'],
    ['mine', 'mine'],
  ] as const) {
    const group = parts({ name })
    const node = group.graph.node(groupParent(group, 'counts', false))
    assert.is(node.name, `${expected}.repartition`)
    assert.is(node.body.kind, 'repartition')
  }
})

test('values travel unless nobody reads them, and do so again when somebody does', () => {
  const group = parts({})
  const topicNode = groupParent(group, 'counts', true)
  const isUnread = (): unknown => {
    const { body } = group.graph.node(topicNode)
    return body.kind === 'repartition' && body.isValueUnread
  }
  assert.is(isUnread(), true)
  group.graph.readValues(topicNode)
  assert.is(isUnread(), false)
})

test.run()
