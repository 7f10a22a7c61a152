// The broker port: what Millrace needs of whatever carries its records. Small enough to fake, strong
// enough to prove; every implementation passes spec/contracts/broker.ts.
//
// What any broker promises:
//   1. Readers see committed data only, per partition in offset order, each record once.
//   2. A transaction is one call. It is stored whole or not at all, and `commit` never answers
//      "unknown": an adapter that loses an acknowledgement finds out what happened before it answers.
//   3. A claim fences: once a newer claim of a task is stored, every commit of the older session is
//      refused with TASK_FENCED, for ever.
//   4. Offsets are comparable within a partition. They need not be dense.
//   5. Coordination is a map with compare-and-set and revisions; leases are built above it.
// There are no consumer groups: the coordinator assigns, the log fences.

import type { Epoch, Offset, StreamTimeMs } from '../core/brands.ts'
import type { Batch, BatchBuilder } from '../records/batch.ts'
import type { TopicPartition } from '../records/record.ts'

export interface Broker {
  readonly topics: Topics
  readonly keys: Keys
  readonly bus: Bus
  /** Null where everything is in memory. */
  readonly snapshots: Snapshots | null
  /** For those outside tasks: the CLI, tests, connectors. */
  producer(): Producer
  /**
   * Reads one partition from `from`. `onData` is called, once, when a `take` that came back empty
   * would now find something; it is never called on the stack of a `take`.
   * @throws MillraceError TOPIC_UNKNOWN, here or at a `take` where the broker is on another machine
   */
  reader(at: TopicPartition, from: Offset | 'earliest' | 'latest', onData: () => void): Reader
  /**
   * Claims a task: fences every older session of it. A loss of power may forget a claim that no commit
   * followed.
   */
  claim(task: TaskClaim): Promise<TaskSession>
  /**
   * Follows a task's commits without owning it: standbys, checks, tools. Who begins at `earliest`
   * is given everything that makes the task's state, or refused.
   * @throws MillraceError LOG_TRIMMED, at a `take`, when only a snapshot reaches the beginning
   */
  commits(task: TaskName, from: Offset | 'earliest', onData: () => void): Reader
  /** Stops timers and watches, lets appends in flight settle, releases files. */
  close(): Promise<void>
}

// ---- topics -------------------------------------------------------------------------------------

/** `delete` drops old batches by time and bytes; `compact` keeps the newest record of each key. */
export type Cleanup = 'delete' | 'compact'

export interface TopicSpec {
  readonly name: string
  /** At least 1. */
  readonly partitions: number
  /** Default `delete`. */
  readonly cleanup?: Cleanup | undefined
  /** Keep at least this long, ms, by batch time; default for ever. `delete` topics only. */
  readonly retentionMs?: number | undefined
  /** Keep at least this many bytes per partition; default unlimited. `delete` topics only. */
  readonly retentionBytes?: number | undefined
  /** For whom it exists: `internal` topics belong to an application and go with it. Default `user`. */
  readonly owner?: 'user' | 'internal' | undefined
}

export interface PartitionBounds {
  readonly partition: number
  /** Offset of the oldest record kept, or `next` when empty. */
  readonly first: Offset
  /** Offset after the last record; the next one gets this or a greater one. */
  readonly next: Offset
  /** About, where the broker does not count them by partition. */
  readonly bytes: number
  /** Records, about, where offsets do not tell; else it is `next - first`. */
  readonly records?: number | undefined
}

export interface TopicDescription extends TopicSpec {
  readonly bounds: readonly PartitionBounds[]
}

export interface Topics {
  /**
   * Creates the topic, or finds it as asked.
   * @throws MillraceError TOPIC_MISMATCH when it exists with another partition count or cleanup;
   *   TOPIC_INVALID when the name or the counts are no good
   */
  ensure(spec: TopicSpec): Promise<'created' | 'present'>
  describe(name: string): Promise<TopicDescription | null>
  list(): Promise<readonly TopicDescription[]>
  /** @throws MillraceError TOPIC_UNKNOWN */
  drop(name: string): Promise<void>
  /**
   * Gives a topic more partitions; what is there stays where it is. Those who have it open know of them
   * when they open it again.
   * @throws MillraceError TOPIC_UNKNOWN; TOPIC_INVALID when that is fewer than it has, or too many
   */
  grow(name: string, partitions: number): Promise<void>
  /** First offset whose batch reaches `timeMs`, or `next`. */
  offsetAt(at: TopicPartition, timeMs: StreamTimeMs): Promise<Offset>
}

// ---- reading and writing ------------------------------------------------------------------------

/** A record batch where the log keeps it, its checksum verified. */
export interface StoredBatch {
  /** Offset of the first record. */
  readonly base: Offset
  /** Offset after the last record. */
  readonly next: Offset
  readonly batch: Batch
}

export interface Reader {
  /** Offset of the next record `take` would give. */
  readonly position: Offset
  /**
   * Batches from the position on, at least one if one is at hand, then up to `bytesMax`; empty when
   * there is nothing yet. Synchronous: what comes from another machine is at hand once it arrived, and
   * then it rings. The bytes stay valid.
   * @throws MillraceError OFFSET_OUT_OF_RANGE when retention passed the position, or the end fell behind it; BATCH_CORRUPT, PREFIX_DAMAGED
   */
  take(bytesMax: number): readonly StoredBatch[]
  /** Offset after the last record known to be stored; whose end it must be asks `Topics.describe`. */
  end(): Offset
  /**
   * Records after `from`, which is at most the position, that are known to be stored, about; null while
   * that is not known.
   */
  behind(from: Offset): number | null
  seek(to: Offset): void
  close(): void
}

export interface Append {
  readonly to: TopicPartition
  /** An encoded record batch. */
  readonly batch: Uint8Array
  /** Refuse everything unless the partition's next offset is this. */
  readonly expectedNext?: Offset | undefined
}

export interface Producer {
  /**
   * Checks all batches, then appends all or none; a broker that cannot do so in one step may, when its
   * process dies in between, have stored some, and may when it refuses: what is given again, as the same
   * objects, is stored once all the same. Resolves when they are as durable as it promises.
   * @returns the base offset of each batch, in order
   * @throws MillraceError TOPIC_UNKNOWN, APPEND_CONFLICT, BATCH_CORRUPT, DISK_FULL, LOG_FULL
   */
  append(appends: readonly Append[]): Promise<readonly Offset[]>
}

// ---- tasks --------------------------------------------------------------------------------------

/** Names a task for good: the same name is the same commit log. */
export interface TaskName {
  readonly application: string
  readonly topology: string
  /** Name of the sub-topology, unique in the topology. */
  readonly subtopology: string
  readonly partition: number
}

export interface TaskClaim extends TaskName {
  readonly host: string
  /** Partitions of the sub-topology; sizes the commit log when it does not exist yet. */
  readonly partitions: number
}

/** `wordcount/count/3`: unique within an application. */
export const taskId = (task: TaskName): string =>
  `${task.topology}/${task.subtopology}/${task.partition}`

export interface Position {
  readonly at: TopicPartition
  /** The next record to read. */
  readonly next: Offset
}

/** Identifies one commit. `tag` tells apart two histories that share offsets (a log that lost its tail). */
export interface CommitRef {
  /** Offset after the commit in the task's commit log. */
  readonly next: Offset
  readonly epoch: Epoch
  /** Counts the commits of the task from 1; 0 before the first. */
  readonly number: number
  readonly tag: string
  /** The same in all commits of a log; another one once the log was dropped and begun anew. */
  readonly history: string
}

export interface Transaction {
  /** Input positions after this transaction; all of them, each time. */
  readonly positions: readonly Position[]
  /**
   * State changes, or null when none; the broker finishes the builder under its commit header, with
   * `keep`, so that a commit that was refused for want of room can be tried again.
   */
  readonly changes: BatchBuilder | null
  readonly outputs: readonly Append[]
  /** Whatever the task must find again with its positions: stream time, timers. */
  readonly meta: Uint8Array
}

export interface TaskSession {
  readonly epoch: Epoch
  /** The newest commit, the claim included. */
  readonly head: CommitRef
  /** As of the newest commit. */
  readonly positions: readonly Position[]
  readonly meta: Uint8Array
  /**
   * Stores outputs, changes and positions in one step, or nothing of them.
   * One at a time: a second call before the first settled is a broken belief.
   * @throws MillraceError TASK_FENCED (never to be retried), DISK_FULL, LOG_FULL (try later);
   *   GUARD_UNSUPPORTED for outputs with `expectedNext`, where outputs are stored after the commit
   */
  commit(transaction: Transaction): Promise<CommitRef>
  /** As `Broker.commits`, for restoring; see protocols/messages/commit-header.ts. */
  restore(from: Offset | 'earliest', onData: () => void): Reader
  close(): Promise<void>
}

// ---- snapshots ----------------------------------------------------------------------------------

/** What a snapshot is a snapshot of. */
export interface SnapshotFacts {
  /** The commit that its stores are true at. */
  readonly covers: CommitRef
  /** Bytes of changes from the log's beginning to that commit, about. */
  readonly logged: number
  /** The stores in it, a word each; who keeps others under those names has no use for it. */
  readonly shape: readonly string[]
}

export interface Snapshot extends SnapshotFacts {
  readonly id: string
  readonly bytes: number
}

/** The bytes of a snapshot. */
export interface SnapshotBytes extends AsyncIterable<Uint8Array> {
  /** The same as a file of this machine: to be linked or copied instead, which is cheaper. */
  readonly file?: SnapshotFile | undefined
}

export interface SnapshotFile {
  /** What lies there is never changed. */
  readonly path: string
  /** @throws MillraceError SNAPSHOT_DAMAGED unless a copy has the bytes that were stored */
  prove(copy: string): Promise<void>
}

/**
 * Copies of tasks' stores, beside their commit logs. Where logs are trimmed the newest two of a task are
 * kept, and its log reaches back to the older one at least; where they are compacted the newest is. One
 * that cannot be read costs a longer replay, no state.
 */
export interface Snapshots {
  /** Those of a task that are whole and that its log goes on from, newest first. */
  list(task: TaskName): Promise<readonly Snapshot[]>
  /**
   * Stores the bytes, and then, in one step, that they are a snapshot. Bytes of which that was never
   * said are nobody's, and collected in time.
   * @returns null when the commit is not on the log, or no newer than the newest snapshot's
   * @throws MillraceError TOPIC_UNKNOWN, LOG_FULL, DISK_FULL
   */
  put(task: TaskName, facts: SnapshotFacts, bytes: SnapshotBytes): Promise<Snapshot | null>
  /**
   * Its bytes, each piece proved before it is handed out.
   * @throws MillraceError SNAPSHOT_DAMAGED, which names the piece
   */
  read(task: TaskName, snapshot: Snapshot): SnapshotBytes
}

// ---- coordination -------------------------------------------------------------------------------

export interface KeyEntry {
  readonly value: Uint8Array
  /** Grows with every write of any key. */
  readonly revision: number
}

export interface Keys {
  get(key: string): Promise<KeyEntry | null>
  /**
   * @param expect the revision that must be there now, `absent`, or `any` (default)
   * @param ttlMs forget the key this long after the write; default never
   * @param isTransient it says what is so only while hosts live: resolve when everybody sees it, though a
   *   machine that loses power may forget it; default false
   * @returns the new revision
   * @throws MillraceError KEY_CONFLICT
   */
  put(key: string, value: Uint8Array, options?: PutOptions): Promise<number>
  /** @throws MillraceError KEY_CONFLICT */
  remove(key: string, expect?: number): Promise<void>
  list(prefix: string): Promise<ReadonlyMap<string, KeyEntry>>
  /** Calls `onChange` after keys under the prefix changed or expired; changes may be folded into one. */
  watch(prefix: string, onChange: () => void): () => void
}

export interface PutOptions {
  readonly expect?: number | 'absent' | 'any' | undefined
  readonly ttlMs?: number | undefined
  readonly isTransient?: boolean | undefined
}

export interface Bus {
  /**
   * Asks whoever serves the subject.
   * @throws MillraceError NO_RESPONDER at once when nobody does; REQUEST_TIMEOUT; whatever the
   *   responder threw, as REQUEST_FAILED
   */
  request(subject: string, body: Uint8Array, timeoutMs: number): Promise<Uint8Array>
  /** Answers requests until the returned function is called. */
  serve(subject: string, answer: (body: Uint8Array) => Promise<Uint8Array>): Promise<() => void>
  /** Subjects being served now, under the prefix. */
  subjects(prefix: string): Promise<readonly string[]>
}
