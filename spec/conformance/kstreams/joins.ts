// Joins of a request, by kind and type.

import { type Built, type BuiltNodes, stream, table } from './built.ts'
import { called } from './functions.ts'
import { materialized } from './options.ts'
import type { Op, RequestConfig } from './request.ts'
import { serdeOf } from './serdes.ts'

type Joiner = (left: unknown, right: unknown, key: unknown) => object

export function join(nodes: BuiltNodes, op: Op, config: RequestConfig): Built {
  const joiner: Joiner = called(op.joiner)
  switch (op.kind) {
    case 'stream-stream':
      return stream(streams(nodes, op, joiner))
    case 'stream-table':
      return stream(streamTable(nodes, op, joiner))
    case 'stream-global':
      return stream(streamGlobal(nodes, op, joiner))
    case 'table-table':
      return tables(nodes, op, joiner, config)
    case 'foreign-key':
      return foreignKey(nodes, op, joiner, config)
    default:
      throw new Error(`no join of kind '${op.kind}'`)
  }
}

function streams(nodes: BuiltNodes, op: Op, joiner: Joiner): unknown {
  const left = nodes.stream(op.left)
  const right = nodes.stream(op.right)
  const { beforeMs = 0, afterMs = 0, graceMs = 0 } = op.window
  const options = {
    ...{ name: op.name, store: op.store?.name, logged: op.store?.logging },
    ...sides(op),
    within: { before: beforeMs, after: afterMs, grace: graceMs },
  }
  if (op.type === 'outer') return left.outerJoin(right, joiner, options)
  if (op.type === 'left') return left.leftJoin(right, joiner, options)
  return left.join(right, joiner, options)
}

function streamTable(nodes: BuiltNodes, op: Op, joiner: Joiner): unknown {
  const left = nodes.stream(op.left)
  const right = nodes.of('table', op.right)
  const { key, left: value } = sides(op)
  const options = { name: op.name, key, left: value, grace: op.graceMs }
  if (op.type === 'left') return left.leftJoin(right, joiner, options)
  return left.join(right, joiner, options)
}

function streamGlobal(nodes: BuiltNodes, op: Op, joiner: Joiner): unknown {
  const left = nodes.stream(op.left)
  const right = nodes.of('global', op.right)
  const keyOf = called(op.keySelector)
  if (op.type === 'left') return left.leftJoin(right, keyOf, joiner, { name: op.name })
  return left.join(right, keyOf, joiner, { name: op.name })
}

function tables(nodes: BuiltNodes, op: Op, joiner: Joiner, config: RequestConfig): Built {
  const left = nodes.of('table', op.left)
  const right = nodes.of('table', op.right)
  const options = { name: op.name, ...materialized(op.store, config) }
  if (op.type === 'outer') return table(left.outerJoin(right, joiner, options))
  if (op.type === 'left') return table(left.leftJoin(right, joiner, options))
  return table(left.join(right, joiner, options))
}

function foreignKey(nodes: BuiltNodes, op: Op, joiner: Joiner, config: RequestConfig): Built {
  const left = nodes.of('table', op.left)
  const right = nodes.of('table', op.right)
  const options = {
    name: op.name,
    ...materialized(op.store, config),
    foreignKey: op.fkSerde === undefined ? undefined : serdeOf(op.fkSerde),
  }
  const keyOf = called(op.foreignKey)
  if (op.type === 'left') return table(left.leftJoinByKey(right, keyOf, joiner, options))
  return table(left.joinByKey(right, keyOf, joiner, options))
}

const sides = ({ key, leftValue, rightValue }: Op) => ({
  key: key === undefined ? undefined : serdeOf(key),
  left: leftValue === undefined ? undefined : serdeOf(leftValue),
  right: rightValue === undefined ? undefined : serdeOf(rightValue),
})
