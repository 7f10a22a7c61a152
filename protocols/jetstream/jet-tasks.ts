// Claims and commits of tasks: exactly once over a broker that stores one message at a time.
//
//   claim    one message, guarded by the log's last one: every earlier session is fenced for good
//   repair   outputs of the last commit that its owner did not get to forward, forwarded now
//   commit   one message with changes, positions and outputs, guarded by the session's last one:
//            storing it is the commit, whatever happens afterwards
//   forward  the outputs, to a subject per partition and task, each guarded by the one before it
//
// Invariants: (1) a commit whose answer did not come is resolved by reading the log's last message,
// which can be the one before, this one, or a stranger's; (2) a commit is forwarded before the next one
// is stored, so that at most one waits to be repaired, and each claim says which until it was; (3) a
// forward is stored once (forward.ts). So only committed data is ever published: readers need no filter.

import {
  type CommitRef,
  type Position,
  type Reader,
  type StoredBatch,
  type TaskClaim,
  type TaskSession,
  type Transaction,
  taskId,
} from '../broker/broker.ts'
import { taskFenced, topicInvalid } from '../broker/errors.ts'
import { assert } from '../core/assert.ts'
import { type Epoch, type Offset, offset } from '../core/brands.ts'
import type { Random } from '../core/clock.ts'
import { MillraceError } from '../core/errors.ts'
import type { Logger } from '../core/log.ts'
import {
  type CommitHeader,
  claimHeader,
  commitHeader,
  commitLog,
  commitRefOf,
  encodeCommitHeader,
} from '../messages/commit-header.ts'
import { BatchBuilder, readBatch } from '../records/batch.ts'
import { partitionName } from '../records/record.ts'
import { ClaimReader } from './claim-reader.ts'
import { CommitLog, type CommitLogPorts } from './commit-log.ts'
import { encodeCommitMessage, type Output } from './commit-message.ts'
import { Forward } from './forward.ts'
import { type JetProducerPorts, piecesOf } from './jet-producer.ts'
import { JetReader, type JetReaderPorts } from './jet-reader.ts'
import type { KeyMap } from './key-map.ts'
import { baseOf, nextOf } from './names.ts'

export interface JetTaskPorts extends JetProducerPorts, JetReaderPorts, CommitLogPorts {
  readonly map: KeyMap
  readonly random: Random
  readonly log: Logger
}

/** @throws MillraceError TOPIC_MISMATCH, TOPIC_INVALID, BATCH_CORRUPT, LOG_FULL */
export async function claimTask(ports: JetTaskPorts, claim: TaskClaim): Promise<TaskSession> {
  const { catalog, link } = ports
  const at = commitLog(claim)
  const { partition, partitions } = claim
  if (partition < 0 || partition >= partitions) {
    throw topicInvalid(at.topic, `partition ${partition} is not one of ${partitions}`)
  }
  const spec = { name: at.topic, partitions, cleanup: 'compact', owner: 'internal' } as const
  // Most often the topic is as it is known here: its log is read while that is found out.
  const known = catalog.find(at.topic)
  const early = known === null ? null : new CommitLog(ports, catalog.place(known, partition))
  const [ensured, read] = await Promise.allSettled([catalog.ensure(spec), early?.last() ?? null])
  if (ensured.status === 'rejected') throw ensured.reason
  const { topic } = ensured.value
  const log = new CommitLog(ports, catalog.place(topic, partition))
  const isRead = known?.id === topic.id && read.status === 'fulfilled'
  const tag = link.word()
  for (let last = isRead ? read.value : await log.last(); ; last = await log.last()) {
    const header = claimHeader(last?.header, { tag, host: claim.host })
    const batch = new BatchBuilder().finish({ commit: encodeCommitHeader(header) })
    const { unforwarded = 0, outputs = [] } = last ?? {}
    const content = encodeCommitMessage({ batch, outputs: [], unforwarded })
    const forward = new Forward(ports, claim, log.place)
    const [message] = await Promise.all([
      log.append(content, { span: 1, maxTime: 0 }, last?.message ?? 0, header),
      forward.foresee(outputs),
    ])
    if (typeof message !== 'number') continue
    await ports.onPoint?.('claim-stored')
    // What an earlier owner stored and did not get to forward.
    const missing = unforwarded === last?.message ? outputs : await outputsOf(log, unforwarded)
    await forward.all(unforwarded, missing)
    const claimed = claimedBatch(batch, message)
    const before = last?.next ?? offset(0)
    return new JetTaskSession(ports, claim, { log, forward, message, header, claimed, before })
  }
}

const claimedBatch = (batch: Uint8Array, message: number): StoredBatch => ({
  base: baseOf(message),
  next: nextOf(message, 1),
  batch: readBatch(batch),
})

const outputsOf = async (log: CommitLog, commit: number): Promise<readonly Output[]> =>
  commit === 0 ? [] : ((await log.commitAt(commit))?.outputs ?? [])

/** With what a session begins. */
interface Claimed {
  readonly log: CommitLog
  readonly forward: Forward
  readonly message: number
  readonly header: CommitHeader
  /** The message as the log has it. */
  readonly claimed: StoredBatch
  /** Offset after the message before it. */
  readonly before: Offset
}

class JetTaskSession implements TaskSession {
  readonly #ports: JetTaskPorts
  readonly #claim: TaskClaim
  readonly #log: CommitLog
  readonly #forward: Forward
  readonly #claimed: StoredBatch
  readonly #before: Offset
  #header: CommitHeader
  #message: number
  #head: CommitRef
  #isCommitting = false
  #isClosed = false

  constructor(ports: JetTaskPorts, claim: TaskClaim, claimed: Claimed) {
    const { log, forward, message, header } = claimed
    this.#ports = ports
    this.#claim = claim
    this.#log = log
    this.#forward = forward
    this.#claimed = claimed.claimed
    this.#before = claimed.before
    this.#header = header
    this.#message = message
    this.#head = commitRefOf(header, nextOf(message, 1))
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

  /**
   * As the port says; resolves when the outputs are forwarded too. Outputs that expect an end are
   * refused: no guard holds between storing the commit and forwarding.
   */
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
    const { at } = this.#log.place
    const follow = (start: Offset | 'earliest'): Reader =>
      new JetReader(this.#ports, { at, from: start, onData, isCommitLog: true })
    const { base } = this.#claimed
    const isOnlyClaim = from !== 'earliest' && from >= this.#before && from <= base
    return isOnlyClaim && from > 0 ? new ClaimReader(this.#claimed, from, follow) : follow(from)
  }

  async close(): Promise<void> {
    this.#isClosed = true
  }

  async #commit(transaction: Transaction): Promise<CommitRef> {
    const { onPoint } = this.#ports
    const outputs = await this.#outputs(transaction)
    const { header, batch } = this.#encode(transaction)
    const stored = readBatch(batch)
    const content = encodeCommitMessage({ batch, outputs, unforwarded: 0 })
    const [message] = await Promise.all([
      this.#log.append(content, stored, this.#message, header),
      this.#forward.foresee(outputs),
    ])
    if (typeof message !== 'number') throw this.#fenced(message)
    this.#header = header
    this.#message = message
    this.#head = commitRefOf(header, nextOf(message, stored.span))
    await onPoint?.('commit-stored')
    await this.#forward.all(message, outputs)
    await onPoint?.('all-forwarded')
    return this.#head
  }

  /** Refuses, before anything is stored, what could not be forwarded. */
  async #outputs({ outputs }: Transaction): Promise<Output[]> {
    const { catalog, link } = this.#ports
    const all: Output[] = []
    // Each asks when its topic is used for the first time.
    await Promise.all(outputs.map(({ to }) => catalog.get(to)))
    for (const append of outputs) {
      if (append.expectedNext !== undefined) throw guardRefused(partitionName(append.to))
      for (const { bytes, span, maxTime } of piecesOf(append, link.payloadMax)) {
        all.push({ to: append.to, batch: bytes, span, maxTime })
      }
    }
    return all
  }

  #encode(transaction: Transaction): { header: CommitHeader; batch: Uint8Array } {
    const header = commitHeader(this.#header, transaction)
    const builder = transaction.changes ?? new BatchBuilder()
    return { header, batch: builder.finish({ commit: encodeCommitHeader(header), keep: true }) }
  }

  /** By what was found in the place of the commit: another look may be answered by a server that lags. */
  #fenced(newest: CommitHeader | null): MillraceError {
    const by = newest === null || newest.host === '' ? 'a newer owner' : `host '${newest.host}'`
    return taskFenced(taskId(this.#claim), by)
  }
}

const guardRefused = (where: string): MillraceError =>
  new MillraceError({
    code: 'GUARD_UNSUPPORTED',
    what: 'an output of a task cannot expect an end: over NATS it is forwarded after the commit',
    where,
    hint: 'Append it with a producer',
  })
