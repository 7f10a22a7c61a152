// The front door: everything a program that uses Millrace imports.

export { isMillraceError, MillraceError } from '#protocols/core/errors'
export { type Serde, type SerdeType, serde } from '#protocols/serdes/serdes'
export type { GroupedStream, Materialized } from './dsl/grouped-stream.ts'
export type { GroupOptions, Named, Stream } from './dsl/stream.ts'
export type { Table } from './dsl/table.ts'
export { type OnInvalid, type Topic, type TopicOptions, topic } from './dsl/topic.ts'
export { type TopologyBuilder, type TopologyDefinition, topology } from './dsl/topology.ts'
export type { Manifest } from './manifest/manifest.ts'
export { type Host, type HostOptions, host } from './process/host.ts'
export type { Registered } from './process/running-host.ts'
export type { RangeOptions, StoreQuery } from './process/store-query.ts'
