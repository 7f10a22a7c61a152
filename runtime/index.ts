// The front door: everything a program that uses Millrace imports.

export { isMillraceError, MillraceError } from '#protocols/core/errors'
export { type Serde, type SerdeType, serde } from '#protocols/serdes/serdes'
export { type OnInvalid, type Topic, type TopicOptions, topic } from './dsl/topic.ts'
export { type TopologyBuilder, type TopologyDefinition, topology } from './dsl/topology.ts'
export type { GroupedStream, Materialized } from './dsl/grouped-stream.ts'
export type { GroupOptions, Named, Stream } from './dsl/stream.ts'
export type { Table } from './dsl/table.ts'
