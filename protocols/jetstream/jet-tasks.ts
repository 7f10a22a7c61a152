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
//
// `onPoint` names the places at which a process may die; spec/protocols/jetstream has it die at each.

import {
  type CommitRef,
  type Position,
  type Reader,
  type TaskClaim,
  type TaskSession,
  type Transaction,
  taskId,
} from '../broker/broker.ts'
import { batchCorrupt, taskFenced, topicInvalid } from '../broker/errors.ts'
import { assert } from '../core/assert.ts'
import type { Epoch, Offset } from '../core/brands.ts'
import { EMPTY } from '../core/bytes.ts'
import type { Random } from '../core/clock.ts'
import { MillraceError } from '../core/errors.ts'
import type { Logger } from '../core/log.ts'
import {
  type CommitHeader,
  claimHeader,
  commitHeader,
  commitLog,
  commitRefOf,
  decodeCommitHeader,
  encodeCommitHeader,
} from '../messages/commit-header.ts'
import { BatchBuilder, readBatch } from '../records/batch.ts'
import { partitionName } from '../records/record.ts'
import { type Place, producerOf } from './catalog.ts'
import {
  type CommitMessage,
  decodeCommitMessage,
  encodeCommitMessage,
  type Output,
  PARTS,
  partsOf,
} from './commit-message.ts'
import { isRefusal, JET, logFull, Unanswered } from './errors.ts'
import { type KeptMessage, lastMessage, messageAt } from './feed.ts'
import { type JetProducerPorts, linesOf, piecesOf } from './jet-producer.ts'
import { JetReader, type JetReaderPorts, joinParts } from './jet-reader.ts'
import type { KeyMap } from './key-map.ts'
import {
  EXPECTED_STREAM,
  FENCE_SUBJECT,
  type Forwarded,
  FROM,
  forwardedLine,
  isForwarded,
  MARK,
  markOf,
  readForwarded,
} from './mark.ts'
import { baseOf, nextOf } from './names.ts'

/** Where a process may die. */
export type Point =
  | 'claim-stored'
  | 'part-stored'
  | 'commit-stored'
  | 'output-forwarded'
  | 'all-forwarded'

/** What it throws ends the operation; it may also take its time. */
export type OnPoint = (point: Point) => Promise<void> | void

export interface JetTaskPorts extends JetProducerPorts, JetReaderPorts {
  readonly map: KeyMap
  readonly random: Random
  readonly log: Logger
  /** For specs. */
  readonly onPoint?: OnPoint | undefined
}

/** The one producer of a commit log's partitions. */
const OWNER = 'c'
const HEAD_BYTES = 4_096
const FULL_MS = 1_000

/** The newest message of a commit log, read. */
interface Last {
  readonly message: number
  readonly header: CommitHeader
  /** Number of the commit whose outputs may be missing; 0 when there is none. */
  readonly unforwarded: number
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

/** One task's commit log. */
class CommitLog {
  readonly place: Place
  readonly #ports: JetTaskPorts
  readonly #subject: string

  constructor(ports: JetTaskPorts, place: Place) {
    this.#ports = ports
    this.place = place
    this.#subject = ports.names.records(place.at.topic, place.at.partition, OWNER)
  }

  async last(): Promise<Last | null> {
    const { link } = this.#ports
    const found = await lastMessage(link, this.place.stream, this.#subject)
    if (found === null) return null
    const { header, outputs, unforwarded } = await this.#read(found)
    const isCommit = header.kind === 'commit'
    return {
      message: found.message,
      header,
      unforwarded: isCommit && outputs.length > 0 ? found.message : isCommit ? 0 : unforwarded,
    }
  }

  async commitAt(message: number): Promise<CommitMessage | null> {
    const found = await messageAt(this.#ports.link, this.place.stream, message)
    return found === null ? null : this.#read(found)
  }

  /**
   * Stores a message after the one with number `after`: its number, or null when another one is there.
   * @throws MillraceError LOG_FULL, TASK_FENCED when the log is gone
   */
  async append(
    content: Uint8Array,
    { span, maxTime }: { readonly span: number; readonly maxTime: number },
    after: number,
    header: CommitHeader,
  ): Promise<number | null> {
    const { link } = this.#ports
    const lines: Record<string, string> = {
      [MARK]: markOf('c', span, maxTime),
      [FENCE_SUBJECT]: String(after),
      [EXPECTED_STREAM]: this.place.stream,
    }
    let body = content
    if (content.length > link.payloadMax - HEAD_BYTES) {
      lines[PARTS] = (await this.#storeParts(content)).join(',')
      body = EMPTY
    }
    for (;;) {
      try {
        return (await link.publish(this.#subject, body, lines)).message
      } catch (error) {
        if (isRefusal(error) && error.isFull) {
          throw logFull(partitionName(this.place.at), error.description)
        }
        if (isGone(error)) await this.#checkThere()
        else if (!(error instanceof Unanswered) && !isRefusal(error, JET.wrongLast)) throw error
        if (!isRefusal(error, JET.wrongLast)) await link.pause()
      }
      const last = await this.last()
      if (last !== null && isSame(last.header, header)) return last.message
      // Not stored, and nothing else either: it can be sent again. A copy that is still on its way
      // makes this one fail, and is found here.
      if ((last?.message ?? 0) !== after) return null
    }
  }

  async #checkThere(): Promise<void> {
    const { map, catalog } = this.#ports
    await map.fresh()
    if (!catalog.isCurrent(this.place)) {
      throw taskFenced(partitionName(this.place.at), 'nobody: its commit log was dropped')
    }
  }

  async #storeParts(content: Uint8Array): Promise<number[]> {
    const { link, names, onPoint } = this.#ports
    const subject = names.parts(this.place.at.topic, this.place.at.partition)
    const room = link.payloadMax - HEAD_BYTES
    const numbers: number[] = []
    for (let at = 0; at < content.length; at += room) {
      const part = content.subarray(at, at + room)
      numbers.push(await this.#storePart(subject, part))
      await onPoint?.('part-stored')
    }
    return numbers
  }

  /** One whose answer did not come is stored again: which of them counts, the commit says. */
  async #storePart(subject: string, part: Uint8Array): Promise<number> {
    const { link } = this.#ports
    for (;;) {
      try {
        const ack = await link.publish(subject, part, {
          [MARK]: markOf('p', 0, 0),
          [EXPECTED_STREAM]: this.place.stream,
        })
        return ack.message
      } catch (error) {
        if (isRefusal(error) && error.isFull) {
          throw logFull(partitionName(this.place.at), error.description)
        }
        if (isGone(error)) await this.#checkThere()
        else if (!(error instanceof Unanswered)) throw error
        await link.pause()
      }
    }
  }

  async #read(found: KeptMessage): Promise<CommitMessage & { readonly header: CommitHeader }> {
    const parts = partsOf(found.headers.get(PARTS))
    const { stream, at } = this.place
    const whole = parts.length === 0 ? found.data : await joinParts(this.#ports, stream, parts)
    const content = decodeCommitMessage(whole)
    const { commit } = readBatch(content.batch)
    if (commit === undefined) {
      throw batchCorrupt(at, baseOf(found.message), 'it has no commit header')
    }
    return { ...content, header: decodeCommitHeader(commit) }
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
    return new JetReader(this.#ports, { at: this.#log.place.at, from, onData })
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
          await link.pause()
          await this.#ports.map.fresh()
        } else if (error instanceof Unanswered) await link.pause()
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

/** The stream is not there, or is another one under its subjects. */
const isGone = (error: unknown): boolean =>
  isRefusal(error, JET.streamUnknown) || isRefusal(error, JET.otherStream)

const isSame = (a: CommitHeader, b: CommitHeader): boolean =>
  a.kind === b.kind && a.tag === b.tag && a.number === b.number && a.epoch === b.epoch

const guardRefused = (where: string): MillraceError =>
  new MillraceError({
    code: 'GUARD_UNSUPPORTED',
    what: 'an output of a task cannot expect an end: over NATS it is forwarded after the commit',
    where,
    hint: 'Append it with a producer',
  })
