// The plan a task can run: sub-topologies of nodes with their operators, the topics between them and
// the stores beside them. Made by runtime/plan from what a user wrote; a task instantiates one
// sub-topology for one partition. Names in a plan are stable: they name commit logs, internal topics
// and state on disk.

import type { TopicSpec } from '#protocols/broker/broker'
import type { Headers } from '#protocols/records/record'
import type { Serde } from '#protocols/serdes/serde'
import type { StoreSpec } from '#stores/store'
import type { NodeContext, Receive } from './node.ts'
import type { RecordPolicy } from './record-policy.ts'

export interface TopologyPlan {
  readonly name: string
  readonly subtopologies: readonly SubtopologyPlan[]
  /** Every topic that is read or written, in the order of the flow. */
  readonly topics: readonly PlannedTopic[]
  /** Every global table, whether its nodes look rows up in it or only queries do. */
  readonly globals?: readonly GlobalPlan[] | undefined
}

export interface SubtopologyPlan {
  /** Unique in the topology. */
  readonly name: string
  readonly sources: readonly SourcePlan[]
  /** Parents before children. */
  readonly nodes: readonly NodePlan[]
  readonly stores: readonly StoreSpec[]
  /** Read nothing for so long, its stream time goes on with the wall clock, ms. Default: never. */
  readonly idleAfterMs?: number | undefined
  /** Of what fails in its nodes; default `fail`. */
  readonly onFailure?: RecordPolicy | undefined
  /** Topics its nodes look up in full. */
  readonly globals?: readonly GlobalPlan[] | undefined
}

/** A topic that every worker with a use for it keeps a full copy of. */
export interface GlobalPlan {
  /** Holds the newest value of each key; never logged: its topic is its log. */
  readonly store: StoreSpec
  /** Full topic name. */
  readonly topic: string
  readonly onInvalid: RecordPolicy
}

export interface SourcePlan {
  readonly name: string
  /** Full topic name. */
  readonly topic: string
  readonly key: Serde<unknown>
  readonly value: Serde<unknown>
  /** Of records whose key or value cannot be read as declared. */
  readonly onInvalid: RecordPolicy
  /** The event time of a record, where it is not the time it was written with. */
  readonly timestamp?: TimestampOf | undefined
  /** Indices into `nodes`. */
  readonly children: readonly number[]
}

/** @param partitionTime the newest time seen in the record's partition; -1 before the first record */
export type TimestampOf = (record: TimedRecord, partitionTime: number) => number

export interface TimedRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly key: unknown
  readonly value: unknown
  /** The time it was written with. */
  readonly time: number
  readonly headers: Headers
}

export interface NodePlan {
  /** Unique in the topology; structural unless the user named it. */
  readonly name: string
  /** The verb, for people: `mapValues`, `count`, `sink`. */
  readonly kind: string
  readonly make: (context: NodeContext) => Receive
  /** Names of the stores it uses. */
  readonly stores: readonly string[]
  /** Sinks only: the full topic name. */
  readonly topic?: string | undefined
  /** Sinks that write one topic: how, for people who look into it. */
  readonly serdes?: { readonly key: Serde<unknown>; readonly value: Serde<unknown> } | undefined
  /** Indices into `nodes`. */
  readonly children: readonly number[]
}

export interface PlannedTopic {
  /** Full name, with the application in front when internal. */
  readonly name: string
  readonly owner: 'user' | 'internal'
  readonly use: 'source' | 'sink' | 'repartition' | 'dlq'
  /** What the topology says of it; undefined fields are decided when it is created. */
  readonly declared: Omit<TopicSpec, 'name' | 'partitions'> & {
    readonly partitions?: number | undefined
  }
  /** It belongs to somebody else: missing, it is an error. */
  readonly mustExist?: boolean | undefined
  /** The sub-topology that writes it, when it is a repartition topic. */
  readonly writtenBy?: string | undefined
  /** It follows the width of those who read it, and has no say in it. */
  readonly isReadersWidth?: boolean | undefined
}
