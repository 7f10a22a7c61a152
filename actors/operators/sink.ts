// sink: encodes records into the task's transaction. Headers are those of the input record. A sink
// into a repartition topic drops records without a key: nothing downstream could place them.

import type { Serde } from '#protocols/serdes/serde'
import type { NodeContext, Receive } from '../topology/node.ts'

export const sink =
  <K, V>(topic: string, key: Serde<K>, value: Serde<V>) =>
  (context: NodeContext): Receive<K | null, V | null> => {
    const { record } = context
    const output = context.output(topic, key, value)
    return (k, v, time) => output.emit(k, v, time, record.headers())
  }

export const repartition =
  <K, V>(topic: string, key: Serde<K>, value: Serde<V>) =>
  (context: NodeContext): Receive<K | null, V | null> => {
    const { record } = context
    const output = context.output(topic, key, value)
    return (k, v, time) => {
      if (k === null) return context.drop('null-key')
      output.emit(k, v, time, record.headers())
    }
  }
