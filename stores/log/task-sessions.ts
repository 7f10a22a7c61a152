// Claims and commits of tasks. The task's commit log is the fence: a claim appends to it, and a commit
// is refused unless the log ends where this session left it. So a newer claim, from whatever process,
// makes every later commit of the older session fail.
//
//   claim    one body: the log's last header, epoch + 1, positions and meta carried over
//   commit   one body: the fence, the outputs, then one batch with the changes under a header
//
// The header of the newest batch says everything about the task; there is no second place to keep
// true. Compaction keeps it.

import {
  type CommitRef,
  type Position,
  type Reader,
  type TaskClaim,
  type TaskSession,
  type Transaction,
  taskId,
} from '#protocols/broker/broker'
import { batchCorrupt, taskFenced, topicInvalid } from '#protocols/broker/errors'
import { assert } from '#protocols/core/assert'
import { type Epoch, type Offset, offset } from '#protocols/core/brands'
import type { Random } from '#protocols/core/clock'
import {
  type CommitHeader,
  claimHeader,
  commitHeader,
  commitLog,
  commitRefOf,
  decodeCommitHeader,
  encodeCommitHeader,
} from '#protocols/messages/commit-header'
import { BatchBuilder, readBatch } from '#protocols/records/batch'
import type { TopicPartition } from '#protocols/records/record'
import { LogReader, placeName, type ReaderPorts } from './log-reader.ts'
import { appendAll, checkAppends } from './log-writer.ts'
import { type Place, readStored } from './partitions.ts'
import { randomTag } from './random-tag.ts'

/** @throws MillraceError TOPIC_MISMATCH, TOPIC_INVALID, BATCH_CORRUPT, DISK_FULL, LOG_FULL */
export async function claimTask(
  ports: ReaderPorts,
  random: Random,
  claim: TaskClaim,
): Promise<TaskSession> {
  const at = commitLog(claim)
  const { partition, partitions: count } = claim
  if (partition < 0 || partition >= count) {
    throw topicInvalid(at.topic, `partition ${partition} is not one of ${count}`)
  }
  const spec = { name: at.topic, partitions: count, cleanup: 'compact', owner: 'internal' } as const
  const tag = randomTag(random)
  const append = (): { place: Place; header: CommitHeader; next: Offset } => {
    const { topic } = ports.catalog.ensure(spec)
    const place = { topicId: topic.id, partition }
    const header = claimHeader(lastHeader(ports, place, at), { tag, host: claim.host })
    const bytes = new BatchBuilder().finish({ commit: encodeCommitHeader(header) })
    const base = ports.partitions.append(place, bytes, readBatch(bytes))
    return { place, header, next: offset(base + 1) }
  }
  // No wait for the disk: power that fails takes every session with it, and the first commit's flush
  // is the claim's too.
  const claimed = await ports.engine.commit(append, { isTransient: true })
  ports.arrivals.announce([placeName(claimed.place)])
  return new LogTaskSession(ports, claim, claimed.place, claimed.header, claimed.next)
}

class LogTaskSession implements TaskSession {
  readonly #ports: ReaderPorts
  readonly #claim: TaskClaim
  readonly #place: Place
  #header: CommitHeader
  #head: CommitRef
  #isCommitting = false
  #isClosed = false

  constructor(
    ports: ReaderPorts,
    claim: TaskClaim,
    place: Place,
    header: CommitHeader,
    next: Offset,
  ) {
    this.#ports = ports
    this.#claim = claim
    this.#place = place
    this.#header = header
    this.#head = commitRefOf(header, next)
  }

  get epoch(): Epoch {
    return this.#header.epoch
  }

  get head(): CommitRef {
    return this.#head
  }

  get positions(): readonly Position[] {
    return this.#header.positions
  }

  get meta(): Uint8Array {
    return this.#header.meta
  }

  /** As the port says. After a failure that may pass, the same transaction may be given again. */
  async commit(transaction: Transaction): Promise<CommitRef> {
    assert(!this.#isClosed, 'a closed session commits no more')
    assert(!this.#isCommitting, 'commits of a session come one at a time')
    this.#isCommitting = true
    try {
      return await this.#commit(transaction)
    } finally {
      this.#isCommitting = false
    }
  }

  restore(from: Offset | 'earliest', onData: () => void): Reader {
    return new LogReader(this.#ports, {
      at: commitLog(this.#claim),
      from,
      onData,
      isCommitLog: true,
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
  }

  async #commit(transaction: Transaction): Promise<CommitRef> {
    const { engine, catalog, partitions, arrivals } = this.#ports
    const outputs = checkAppends(transaction.outputs)
    const { header, bytes } = this.#encode(transaction)
    const batch = readBatch(bytes)
    const commit = (): { next: Offset; places: Iterable<string> } => {
      this.#checkFence()
      const { places } = appendAll(catalog, partitions, outputs)
      const base = partitions.append(this.#place, bytes, batch)
      return { next: offset(base + batch.span), places }
    }
    const { next } = await engine.commit(commit, {
      onVisible: ({ places }) => arrivals.announce([...places, placeName(this.#place)]),
    })
    this.#header = header
    this.#head = commitRefOf(header, next)
    return this.#head
  }

  #encode(transaction: Transaction): { header: CommitHeader; bytes: Uint8Array } {
    const header = commitHeader(this.#header, transaction)
    const builder = transaction.changes ?? new BatchBuilder()
    return { header, bytes: builder.finish({ commit: encodeCommitHeader(header), keep: true }) }
  }

  #checkFence(): void {
    const { catalog, partitions } = this.#ports
    const at = commitLog(this.#claim)
    const task = taskId(this.#claim)
    if (catalog.find(at.topic)?.id !== this.#place.topicId) {
      throw taskFenced(task, 'nobody: its commit log was dropped')
    }
    if (partitions.head(this.#place).next === this.#head.next) return
    const host = lastHeader(this.#ports, this.#place, at)?.host ?? ''
    throw taskFenced(task, host === '' ? 'a newer owner' : `host '${host}'`)
  }
}

/** The header of the newest batch of a commit log; undefined when it is empty. */
function lastHeader(
  ports: ReaderPorts,
  place: Place,
  at: TopicPartition,
): CommitHeader | undefined {
  return batchWith(ports, place, at, ports.partitions.head(place).next)?.header
}

/** The commit whose batch holds an offset: that one, or the last of those that compaction merged with it. */
export function commitAt(
  ports: ReaderPorts,
  place: Place,
  at: TopicPartition,
  of: number,
): CommitRef | undefined {
  const found = batchWith(ports, place, at, of)
  if (found === undefined || found.next <= of) return undefined
  return commitRefOf(found.header, offset(found.next))
}

/** The last batch that begins at or before an offset. */
function batchWith(
  { partitions }: ReaderPorts,
  place: Place,
  at: TopicPartition,
  of: number,
): { readonly header: CommitHeader; readonly next: number } | undefined {
  const span = partitions.spanAt(place, of)
  if (span === undefined) return undefined
  const bytes = partitions.bytesAt(place, span.base)
  assert(bytes !== undefined, 'every span has its batch')
  const { commit } = readStored(at, span.base, bytes)
  if (commit === undefined) throw batchCorrupt(at, offset(span.base), 'it has no commit header')
  return { header: decodeCommitHeader(commit), next: span.next }
}
