// Aggregations of a request: of grouped streams and tables, in windows or not, and of cogroups.

import type {
  CogroupedStream,
  GroupedStream,
  GroupedTable,
  SessionStream,
  WindowedStream,
} from 'millrace'
import type { Aggregating, Any, Built, BuiltNodes } from './built.ts'
import { table } from './built.ts'
import { called } from './functions.ts'
import { materialized, windowsOf } from './options.ts'
import type { Fn, Op, RequestConfig } from './request.ts'

const named = (op: Op, config: RequestConfig) => ({
  name: op.name,
  ...materialized(op.store, config),
})

export function fold(
  op: Op,
  it: GroupedStream<Any, Any> | WindowedStream<Any, Any>,
  config: RequestConfig,
): Built {
  const options = named(op, config)
  switch (op.op) {
    case 'count':
      return table(it.count(options))
    case 'reduce':
      return table(it.reduce(called(op.fn), options))
    case 'aggregate':
      return table(it.aggregate(called(op.init), folded(op.fn), options))
    default:
      throw new Error(`no '${op.op}' after a grouped stream`)
  }
}

export function foldSessions(op: Op, it: SessionStream<Any, Any>, config: RequestConfig): Built {
  const options = named(op, config)
  switch (op.op) {
    case 'count':
      return table(it.count(options))
    case 'reduce':
      return table(it.reduce(called(op.fn), options))
    case 'aggregate': {
      const merger = called(op.merger ?? NO_MERGER)
      return table(it.aggregate(called(op.init), folded(op.fn), merger, options))
    }
    default:
      throw new Error(`no '${op.op}' after sessions`)
  }
}

export function foldTable(op: Op, it: GroupedTable<Any, Any>, config: RequestConfig): Built {
  const options = named(op, config)
  switch (op.op) {
    case 'count':
      return table(it.count(options))
    case 'reduce':
      return table(it.reduce(called(op.fn), called(op.subtractor), options))
    case 'aggregate':
      return table(it.aggregate(called(op.init), folded(op.fn), folded(op.subtractor), options))
    default:
      throw new Error(`no '${op.op}' after a grouped table`)
  }
}

export function foldCogroup(op: Op, it: Aggregating, config: RequestConfig): Built {
  const merger = op.merger === undefined ? [] : [called(op.merger)]
  return table(it.aggregate(called(op.init), ...merger, named(op, config)))
}

export function windowedBy(op: Op, it: GroupedStream<Any, Any>): Built {
  const windows = windowsOf(op.window)
  const emit = op.emit === 'onWindowClose' ? 'on-close' : 'on-update'
  // The overloads tell windows apart; here they are not.
  const windowed: unknown = it.windowedBy(windows as never, { emit } as never)
  return windows.kind === 'session'
    ? { is: 'sessions', it: windowed as SessionStream<Any, Any> }
    : { is: 'windowed', it: windowed as WindowedStream<Any, Any> }
}

export function cogroup(op: Op, nodes: BuiltNodes): Built {
  const [first, ...others] = op.groups
  if (first === undefined) throw new Error('a cogroup of nothing')
  let cogrouped = nodes.of('grouped', first.from).cogroup(folded(first.fn))
  for (const { from, fn } of others) {
    cogrouped = cogrouped.cogroup(nodes.of('grouped', from), folded(fn))
  }
  // Any fold of a case may answer null.
  return { is: 'cogrouped', it: cogrouped as unknown as CogroupedStream<Any, Any, null> }
}

export function afterCogroup(
  op: Op,
  it: CogroupedStream<Any, Any, null>,
  config: RequestConfig,
): Built {
  // Both kinds of windows aggregate alike, but for the merger.
  const aggregating = (windowed: unknown) => windowed as Aggregating
  if (op.op !== 'windowedBy') return foldCogroup(op, aggregating(it), config)
  return { is: 'cogrouped-windows', it: aggregating(it.windowedBy(windowsOf(op.window))) }
}

/** Folds are given the key first and the aggregate last in requests. */
function folded(fn: Fn): (aggregate: Any, value: Any, key: Any) => Any {
  const call = called(fn)
  return (aggregate, value, key) => call(key, value, aggregate)
}

const NO_MERGER: Fn = { js: '() => null' }
