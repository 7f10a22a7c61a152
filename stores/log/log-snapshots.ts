// Snapshots of the embedded broker: files beside the log (snapshot-files.ts), and a row in the log for each
// task that says which of them is whole, and is written last. A log is compacted, not trimmed: it has the
// state by itself, so the newest snapshot of a task is enough.
//
//   row        log.snapshots  id(4) partition(2) -> JSON { id, covers, logged, shape, bytes, checks }
//   file       snapshots/<topic id>.<partition>.<begun, ms>.<word>, which is the snapshot's id
//
// Invariants: (1) a row is written after the commit it covers, into the same file: a log that lost its end,
// or came from a backup, lost the row before the commit; (2) what compaction took since does not matter
// until it takes tombstones: a snapshot of before that is none; (3) files that no row names go an hour
// after they were begun, at once when their topic is gone, and nothing that took half of that is named.

import type {
  CommitRef,
  Snapshot,
  SnapshotBytes,
  SnapshotFacts,
  Snapshots,
  TaskName,
} from '#protocols/broker/broker'
import { snapshotDamaged, topicUnknown } from '#protocols/broker/errors'
import { fromUtf8, utf8 } from '#protocols/core/bytes'
import type { Random } from '#protocols/core/clock'
import { comesBefore, commitLog, isSameCommit } from '#protocols/messages/commit-header'
import type { TopicPartition } from '#protocols/records/record'
import { isMissing } from '../engine/lmdb-errors.ts'
import { type LogTables, partitionKey } from './layout.ts'
import type { ReaderPorts } from './log-reader.ts'
import type { Place } from './partitions.ts'
import { randomTag } from './random-tag.ts'
import { FileDamaged, type FileFacts, type SnapshotFiles } from './snapshot-files.ts'
import { commitAt } from './task-sessions.ts'

/** What a row says of a snapshot. */
export interface KeptSnapshot extends Snapshot, FileFacts {}

/** Where a task's snapshots belong to. */
interface Home {
  readonly at: TopicPartition
  readonly place: Place
  readonly key: Uint8Array
}

const GRACE_MS = 3_600_000

export class LogSnapshots implements Snapshots {
  readonly #ports: ReaderPorts
  readonly #tables: LogTables
  readonly #random: Random
  readonly #files: SnapshotFiles

  constructor(ports: ReaderPorts, tables: LogTables, random: Random, files: SnapshotFiles) {
    this.#ports = ports
    this.#tables = tables
    this.#random = random
    this.#files = files
  }

  async list(task: TaskName): Promise<readonly Snapshot[]> {
    const kept = this.#standing(this.#homeOf(task))
    return kept === null ? [] : [shown(kept)]
  }

  async put(task: TaskName, facts: SnapshotFacts, bytes: SnapshotBytes): Promise<Snapshot | null> {
    const { engine, clock } = this.#ports
    const home = this.#homeOf(task)
    if (!this.#isWanted(home, facts.covers)) return null
    const begunMs = clock.now()
    const id = fileOf(home.place, begunMs, randomTag(this.#random))
    let over: string | undefined = id
    try {
      const kept = { ...facts, id, ...(await this.#files.store(id, bytes)) }
      const keep = (): KeptSnapshot | null | 'unwanted' => {
        if (!this.#isCurrent(home)) throw topicUnknown(home.at.topic)
        if (clock.now() - begunMs > GRACE_MS / 2) return 'unwanted'
        if (!this.#isWanted(home, kept.covers)) return 'unwanted'
        const before = readSnapshot(this.#tables, home.key)
        this.#tables.snapshots.put(home.key, utf8(JSON.stringify(kept)))
        return before
      }
      // What it takes is bounded: it may run where the log is as large as it may be.
      const before = await engine.commit(keep, { passesLimit: true })
      if (before === 'unwanted') return null
      over = before?.id
      return shown(kept)
    } catch (error) {
      // Who drops a topic takes the files that are being written too, and nobody else does.
      throw isMissing(error) ? topicUnknown(home.at.topic) : error
    } finally {
      if (over !== undefined) await this.#files.remove(over)
    }
  }

  /** @throws MillraceError TOPIC_UNKNOWN */
  read(task: TaskName, { id }: Snapshot): SnapshotBytes {
    const home = this.#homeOf(task)
    const kept = readSnapshot(this.#tables, home.key)
    const found = kept?.id === id ? kept : null
    const prove = async (copy: string): Promise<void> => {
      for await (const _ of this.#proving(home, id, found && this.#files.prove(copy, found)));
    }
    const bytes = (): AsyncGenerator<Uint8Array> =>
      this.#proving(home, id, found && this.#files.read(id, found))
    return { file: { path: this.#files.path(id), prove }, [Symbol.asyncIterator]: bytes }
  }

  /** Removes rows that are of no use any more, and files that no row names. Answers how many files. */
  async collect(): Promise<number> {
    const { engine, catalog, clock } = this.#ports
    // Before the rows: what is begun or named from here on is not among them.
    const names = await this.#files.names()
    engine.refresh()
    const topics = catalog.all()
    const named = new Set<string>()
    for (const { id: topicId, spec } of topics) {
      for (let partition = 0; partition < spec.partitions; partition++) {
        const key = partitionKey(topicId, partition)
        const kept = readSnapshot(this.#tables, key)
        if (kept === null) continue
        if (this.#reaches({ topicId, partition }, kept)) named.add(kept.id)
        else await this.#forget(key, kept.id)
      }
    }
    let removed = 0
    for (const name of names) {
      const [topicId, , begunMs] = name.split('.').map(Number)
      const isDropped = topics.every(({ id }) => id !== topicId)
      const isYoung = clock.now() < (begunMs ?? 0) + GRACE_MS
      if (named.has(name) || (isYoung && !isDropped)) continue
      await this.#files.remove(name)
      removed++
    }
    return removed
  }

  /** Removes the files of a topic that is gone. */
  async drop(topicId: number): Promise<void> {
    for (const name of await this.#files.names()) {
      if (name.startsWith(`${topicId}.`)) await this.#files.remove(name)
    }
  }

  #homeOf(task: TaskName): Home {
    const { engine, catalog } = this.#ports
    engine.refresh()
    const at = commitLog(task)
    const place = { topicId: catalog.get(at.topic, at.partition).id, partition: at.partition }
    return { at, place, key: partitionKey(place.topicId, place.partition) }
  }

  #isCurrent({ at, place }: Home): boolean {
    return this.#ports.catalog.find(at.topic)?.id === place.topicId
  }

  /** The one that can be started from. */
  #standing({ place, key }: Home): KeptSnapshot | null {
    const kept = readSnapshot(this.#tables, key)
    if (kept === null || !this.#reaches(place, kept)) return null
    return this.#files.sizeOf(kept.id) === kept.bytes ? kept : null
  }

  /** Whether the log has everything after it, deletions too. */
  #reaches(place: Place, { covers }: Snapshot): boolean {
    const { floor, next } = this.#ports.partitions.head(place)
    return covers.next >= floor && covers.next <= next
  }

  #isWanted(home: Home, covers: CommitRef): boolean {
    const newest = this.#standing(home)
    if (newest !== null && newest.covers.next >= covers.next) return false
    const found = commitAt(this.#ports, home.place, home.at, covers.next - 1)
    return found !== undefined && (isSameCommit(covers, found) || comesBefore(covers, found))
  }

  /** Bytes as they are proved; the row is removed when they are not what it says. */
  async *#proving(
    { at, key }: Home,
    id: string,
    bytes: AsyncIterable<Uint8Array> | null,
  ): AsyncGenerator<Uint8Array> {
    if (bytes === null) throw snapshotDamaged(at, id, 'another one replaced it')
    try {
      yield* bytes
    } catch (error) {
      if (!(error instanceof FileDamaged)) throw error
      await this.#forget(key, id)
      throw snapshotDamaged(at, id, error.message)
    }
  }

  async #forget(key: Uint8Array, id: string): Promise<void> {
    const { snapshots } = this.#tables
    await this.#ports.engine.commit(
      () => {
        if (readSnapshot(this.#tables, key)?.id === id) snapshots.delete(key)
      },
      { passesLimit: true },
    )
    await this.#files.remove(id)
  }
}

const fileOf = ({ topicId, partition }: Place, begunMs: number, word: string): string =>
  `${topicId}.${partition}.${begunMs}.${word}`

const shown = ({ checks: _, ...snapshot }: KeptSnapshot): Snapshot => snapshot

/** Null also for a row that cannot be read: the log has the state without it. */
export function readSnapshot({ snapshots }: LogTables, key: Uint8Array): KeptSnapshot | null {
  const row = snapshots.get(key)
  try {
    // Written by `put`, in this shape.
    return row === undefined ? null : (JSON.parse(fromUtf8(row)) as KeptSnapshot)
  } catch {
    return null
  }
}
