// The front door: everything a program that uses Millrace imports.

export { isMillraceError, MillraceError } from '#protocols/core/errors'
export type { Headers } from '#protocols/records/record'
export type { Windowed } from '#protocols/records/windowed'
export { type Serde, type SerdeType, serde } from '#protocols/serdes/serdes'
export type {
  BufferStore,
  KeyValueStore,
  SessionStore,
  VersionedStore,
  WindowStore,
} from '#stores/store'
export {
  type ActorDefinition,
  type ActorOptions,
  type ActorSelf,
  actor,
  type BecomingOptions,
  type FailurePolicy,
  type MachineAnswer,
  type MachineOptions,
  type TimerClock,
} from './dsl/actor.ts'
export type { CogroupedStream } from './dsl/cogrouped-stream.ts'
export type { Duration } from './dsl/duration.ts'
export type { GlobalTable } from './dsl/global-table.ts'
export type { GroupedStream } from './dsl/grouped-stream.ts'
export type { GroupedTable } from './dsl/grouped-table.ts'
export type {
  ForeignKeyJoinOptions,
  JoinWithin,
  StreamJoinOptions,
  StreamTableJoinOptions,
} from './dsl/join-options.ts'
export type { AsyncMapper, AsyncRetry, Attempt, MapAsyncOptions } from './dsl/map-async.ts'
export type { Materialized, Versioned } from './dsl/materialized.ts'
export type { OnFailure, RecordFailure } from './dsl/on-failure.ts'
export type {
  Process,
  ProcessedRecord,
  ProcessingContext,
  Processor,
  ProcessorContext,
  ProcessValues,
  StoreDefinition,
  ValueProcessorContext,
} from './dsl/processor.ts'
export type { GroupOptions, Named, Stream } from './dsl/stream.ts'
export type { SuppressOptions } from './dsl/suppress.ts'
export type { Table } from './dsl/table.ts'
export { type Topic, type TopicOptions, topic } from './dsl/topic.ts'
export {
  type TopologyBuilder,
  type TopologyDefinition,
  type TopologyOptions,
  topology,
} from './dsl/topology.ts'
export type { SessionStream, WindowedStream, WindowOptions } from './dsl/windowed-stream.ts'
export type { WindowedMaterialized } from './dsl/windowed-table.ts'
export { hopping, session, sliding, tumbling, unlimited } from './dsl/windows.ts'
export type { Manifest } from './manifest/manifest.ts'
export { type ClientOptions, client } from './process/client.ts'
export { host } from './process/host.ts'
export type { HostOptions } from './process/host-options.ts'
export type { Client } from './process/open-client.ts'
export type { Host } from './process/process-host.ts'
export type { Registered } from './process/running-host.ts'
export type {
  FetchOptions,
  Freshness,
  QueriedRow,
  RangeOptions,
  Read,
  ReadOptions,
  RecordPlace,
  Scan,
  StoreQuery,
} from './process/store-query.ts'
export type { ReadTopicOptions, ReceivedRecord, SentRecord, Topics } from './process/topic-post.ts'
