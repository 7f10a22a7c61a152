// map, mapValues, flatMap, flatMapValues, selectKey: one record in; one, or several, out. Event time
// is kept. `map`, `flatMap` and `selectKey` may change the key, which the planner answers with a
// repartition topic where something downstream depends on keys; the others never do.

import { guarded } from '../topology/guard.ts'
import type { NodeContext, Receive } from '../topology/node.ts'

export const map =
  <K, V, K2, V2>(mapper: (key: K, value: V) => readonly [K2, V2]) =>
  (context: NodeContext): Receive<K, V> => {
    const { forward, node } = context
    const mapped = guarded(node, mapper)
    return (key, value, time) => {
      const pair = mapped(key, value, undefined)
      forward(pair[0], pair[1], time)
    }
  }

export const mapValues =
  <K, V, R>(mapper: (value: V, key: K) => R) =>
  (context: NodeContext): Receive<K, V> => {
    const { forward, node } = context
    const mapped = guarded(node, mapper)
    return (key, value, time) => forward(key, mapped(value, key, undefined), time)
  }

export const flatMapValues =
  <K, V, R>(mapper: (value: V, key: K) => Iterable<R>) =>
  (context: NodeContext): Receive<K, V> => {
    const { forward, node } = context
    const mapped = guarded(node, mapper)
    return (key, value, time) => {
      const results = mapped(value, key, undefined)
      if (Array.isArray(results)) {
        for (let i = 0; i < results.length; i++) forward(key, results[i], time)
      } else for (const result of results) forward(key, result, time)
    }
  }

export const flatMap =
  <K, V, K2, V2>(mapper: (key: K, value: V) => Iterable<readonly [K2, V2]>) =>
  (context: NodeContext): Receive<K, V> => {
    const { forward, node } = context
    const mapped = guarded(node, mapper)
    return (key, value, time) => {
      for (const [key2, value2] of mapped(key, value, undefined)) forward(key2, value2, time)
    }
  }

export const selectKey =
  <K, V, K2>(selector: (key: K, value: V) => K2) =>
  (context: NodeContext): Receive<K, V> => {
    const { forward, node } = context
    const selected = guarded(node, selector)
    return (key, value, time) => forward(selected(key, value, undefined), value, time)
  }
