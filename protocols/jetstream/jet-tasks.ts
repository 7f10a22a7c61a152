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
// forward is stored once: its subject has one writer at a time, and who finds another message than
// expected reads what that message is. So only committed data is ever published: readers need no filter.

import {
  type CommitRef,
  type Position,
  type Reader,
  type TaskClaim,
  type TaskSession,
  type Transaction,
  taskId,
} from '../broker/broker.ts'
import { taskFenced, topicInvalid } from '../broker/errors.ts'
import { assert } from '../core/assert.ts'
import type { Epoch, Offset } from '../core/brands.ts'
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
import { producerOf } from './catalog.ts'
import { CommitLog, type CommitLogPorts, isGone } from './commit-log.ts'
import { encodeCommitMessage, type Output } from './commit-message.ts'
import { isRefusal, JET, Unanswered } from './errors.ts'
import { type JetProducerPorts, linesOf, piecesOf } from './jet-producer.ts'
import { JetReader, type JetReaderPorts } from './jet-reader.ts'
import type { KeyMap } from './key-map.ts'
import {
  EXPECTED_STREAM,
  FENCE_SUBJECT,
  type Forwarded,
  FROM,
  forwardedLine,
  isForwarded,
  readForwarded,
} from './mark.ts'
import { lastMessage } from './messages.ts'
import { nextOf } from './names.ts'

export interface JetTaskPorts extends JetProducerPorts, JetReaderPorts, CommitLogPorts {
  readonly map: KeyMap
  readonly random: Random
  readonly log: Logger
}

const FULL_MS = 1_000

/** @throws MillraceError TOPIC_MISMATCH, TOPIC_INVALID, BATCH_CORRUPT, LOG_FULL */
export async function claimTask(ports: JetTaskPorts, claim: TaskClaim): Promise<TaskSession> {
  const { catalog, link } = ports
  const at = commitLog(claim)
  const { partition, partitions } = claim
  if (partition < 0 || partition >= partitions) {
    throw topicInvalid(at.topic, `partition ${partition} is not one of ${partitions}`)
  }
  const spec = { name: at.topic, partitions, cleanup: 'compact', owner: 'internal' } as const
  const { topic } = await catalog.ensure(spec)
  const log = new CommitLog(ports, catalog.place(topic, partition))
  const tag = link.word()
  for (;;) {
    const last = await log.last()
    const header = claimHeader(last?.header, { tag, host: claim.host })
    const batch = new BatchBuilder().finish({ commit: encodeCommitHeader(header) })
    const unforwarded = last?.unforwarded ?? 0
    const content = encodeCommitMessage({ batch, outputs: [], unforwarded })
    const message = await log.append(content, { span: 1, maxTime: 0 }, last?.message ?? 0, header)
    if (message === null) continue
    await ports.onPoint?.('claim-stored')
    const session = new JetTaskSession(ports, claim, log, { message, header })
    if (unforwarded !== 0) await session.repair(unforwarded)
    return session
  }
}

class JetTaskSession implements TaskSession {
  readonly #ports: JetTaskPorts
  readonly #claim: TaskClaim
  readonly #log: CommitLog
  readonly #producer: string
  /** What this session knows to be the last message of each subject it forwards to, by stream. */
  readonly #forwarded = new Map<string, { message: number; from: Forwarded | null }>()
  #header: CommitHeader
  #message: number
  #head: CommitRef
  #isCommitting = false
  #isClosed = false

  constructor(
    ports: JetTaskPorts,
    claim: TaskClaim,
    log: CommitLog,
    { message, header }: { readonly message: number; readonly header: CommitHeader },
  ) {
    this.#ports = ports
    this.#claim = claim
    this.#log = log
    this.#producer = producerOf(claim)
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
    return new JetReader(this.#ports, { at, from, onData, isCommitLog: true })
  }

  async close(): Promise<void> {
    this.#isClosed = true
  }

  /** Forwards what an earlier owner stored and did not get to forward. */
  async repair(commit: number): Promise<void> {
    const found = await this.#log.commitAt(commit)
    if (found === null) return
    await this.#forward(commit, found.outputs)
  }

  async #commit(transaction: Transaction): Promise<CommitRef> {
    const { onPoint } = this.#ports
    const outputs = await this.#outputs(transaction)
    const { header, batch } = this.#encode(transaction)
    const { span, maxTime } = readBatch(batch)
    const content = encodeCommitMessage({ batch, outputs, unforwarded: 0 })
    const message = await this.#log.append(content, { span, maxTime }, this.#message, header)
    if (message === null) throw await this.#fenced()
    this.#header = header
    this.#message = message
    this.#head = commitRefOf(header, nextOf(message, span))
    await onPoint?.('commit-stored')
    await this.#forward(message, outputs)
    await onPoint?.('all-forwarded')
    return this.#head
  }

  /** Refuses, before anything is stored, what could not be forwarded. */
  async #outputs({ outputs }: Transaction): Promise<Output[]> {
    const { catalog, link } = this.#ports
    const all: Output[] = []
    for (const append of outputs) {
      if (append.expectedNext !== undefined) throw guardRefused(partitionName(append.to))
      await catalog.get(append.to)
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

  async #fenced(): Promise<MillraceError> {
    const host = (await this.#log.last())?.header.host ?? ''
    return taskFenced(taskId(this.#claim), host === '' ? 'a newer owner' : `host '${host}'`)
  }

  // ---- forwarding -------------------------------------------------------------------------------

  /** Partitions side by side, batches of one partition one after the other. */
  async #forward(commit: number, outputs: readonly Output[]): Promise<void> {
    const byPartition = new Map<string, { output: Output; index: number }[]>()
    for (const [index, output] of outputs.entries()) {
      const name = partitionName(output.to)
      const queue = byPartition.get(name)
      if (queue === undefined) byPartition.set(name, [{ output, index }])
      else queue.push({ output, index })
    }
    const log = this.#log.place.topic.id
    await Promise.all(
      [...byPartition.values()].map(async (queue) => {
        for (const { output, index } of queue) {
          await this.#forwardOne(output, { log, commit, index })
          await this.#ports.onPoint?.('output-forwarded')
        }
      }),
    )
  }

  async #forwardOne({ to, batch, span, maxTime }: Output, from: Forwarded): Promise<void> {
    const { catalog, link, names } = this.#ports
    const subject = names.records(to.topic, to.partition, this.#producer)
    const lines = { ...linesOf({ bytes: batch, span, maxTime }), [FROM]: forwardedLine(from) }
    let isTold = false
    for (;;) {
      const topic = catalog.find(to.topic)
      // The task began anew: what it does now is in another log, and this must not be beside it.
      if (!catalog.isCurrent(this.#log.place)) return
      // Dropped, with all that was in it, and so with what would have been.
      if (topic === null) return
      const { stream } = catalog.place(topic, to.partition)
      const key = `${stream} ${subject}`
      try {
        const last = this.#forwarded.get(key) ?? (await this.#lastForwarded(stream, subject))
        this.#forwarded.set(key, last)
        if (isForwarded(last.from, from)) return
        const fence = { [FENCE_SUBJECT]: String(last.message), [EXPECTED_STREAM]: stream }
        const { message } = await link.publish(subject, batch, { ...lines, ...fence })
        this.#forwarded.set(key, { message, from })
        return
      } catch (error) {
        this.#forwarded.delete(key)
        if (isRefusal(error, JET.wrongLast)) continue
        if (isRefusal(error) && error.isFull) {
          if (!isTold) this.#tellFull(to.topic, error.description)
          isTold = true
          await link.pause(FULL_MS)
        } else if (isGone(error)) {
          await link.stall(subject)
          await this.#ports.map.fresh()
        } else if (error instanceof Unanswered) await link.stall(subject)
        else throw error
      }
    }
  }

  async #lastForwarded(
    stream: string,
    subject: string,
  ): Promise<{ message: number; from: Forwarded | null }> {
    const last = await lastMessage(this.#ports.link, stream, subject)
    return { message: last?.message ?? 0, from: readForwarded(last?.headers.get(FROM)) }
  }

  /** The commit is stored: all that can be done is to wait for room. */
  #tellFull(topic: string, why: string): void {
    const line = `task ${taskId(this.#claim)} waits for room in topic ${topic}: ${why}`
    this.#ports.log.log('error', 'LOG_FULL', line)
  }
}

const guardRefused = (where: string): MillraceError =>
  new MillraceError({
    code: 'GUARD_UNSUPPORTED',
    what: 'an output of a task cannot expect an end: over NATS it is forwarded after the commit',
    where,
    hint: 'Append it with a producer',
  })
