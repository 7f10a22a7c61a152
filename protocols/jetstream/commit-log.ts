// One task's commit log: its newest message, messages by number, and appends that are guarded by the one
// before. An append whose answer did not come is resolved by reading: the newest message is the one
// before, this one, or a stranger's.

import type { CommitRef } from '../broker/broker.ts'
import { batchCorrupt, taskFenced } from '../broker/errors.ts'
import type { Offset } from '../core/brands.ts'
import { EMPTY } from '../core/bytes.ts'
import {
  type CommitHeader,
  commitRefOf,
  decodeCommitHeader,
  isSameCommit,
} from '../messages/commit-header.ts'
import { readBatch } from '../records/batch.ts'
import { partitionName } from '../records/record.ts'
import type { Catalog, Place } from './catalog.ts'
import {
  type CommitMessage,
  decodeCommitMessage,
  joinParts,
  type Output,
  PARTS,
  partsOf,
} from './commit-message.ts'
import { isRefusal, JET, logFull, Unanswered } from './errors.ts'
import type { FeedPorts } from './feed.ts'
import type { KeyMap } from './key-map.ts'
import { commitMarkOf, EXPECTED_STREAM, FENCE_SUBJECT, MARK, markOf } from './mark.ts'
import { type KeptMessage, lastMessage, messageAt } from './messages.ts'
import { baseOf, messageOf, type Names, nextOf } from './names.ts'
import type { OnPoint } from './points.ts'

export interface CommitLogPorts extends FeedPorts {
  readonly catalog: Catalog
  readonly map: KeyMap
  readonly names: Names
  /** For specs. */
  readonly onPoint?: OnPoint | undefined
}

/** The one producer of a commit log's partitions. */
const OWNER = 'c'
/** Room for headers and subject in a message. */
export const HEAD_BYTES = 4_096

/** The newest message of a commit log, read. */
export interface Last {
  readonly message: number
  /** Offset after it. */
  readonly next: Offset
  readonly header: CommitHeader
  /** Number of the commit whose outputs may be missing; 0 when there is none. */
  readonly unforwarded: number
  /** Of this message. */
  readonly outputs: readonly Output[]
  /** Numbers of the messages that have its content, when it was too large for one. */
  readonly parts: readonly number[]
}

/** Of the batch in a message. */
interface Measures {
  readonly span: number
  readonly maxTime: number
  /** Changes in it; default none. */
  readonly count?: number
}

/** One task's commit log. */
export class CommitLog {
  readonly place: Place
  readonly #ports: CommitLogPorts
  readonly #subject: string

  constructor(ports: CommitLogPorts, place: Place) {
    this.#ports = ports
    this.place = place
    this.#subject = ports.names.records(place.at.topic, place.at.partition, OWNER)
  }

  async last(): Promise<Last | null> {
    const { link } = this.#ports
    const found = await lastMessage(link, this.place.stream, this.#subject)
    if (found === null) return null
    const { header, batch, outputs, unforwarded } = await this.#read(found)
    const isCommit = header.kind === 'commit'
    return {
      message: found.message,
      next: nextOf(found.message, readBatch(batch).span),
      header,
      outputs,
      unforwarded: isCommit && outputs.length > 0 ? found.message : isCommit ? 0 : unforwarded,
      parts: partsOf(found.headers.get(PARTS)),
    }
  }

  async commitAt(message: number): Promise<CommitMessage | null> {
    const found = await messageAt(this.#ports.link, this.place.stream, message)
    return found === null ? null : this.#read(found)
  }

  /** Whether a commit is on this log, and is the one of its number there. */
  async has(ref: CommitRef): Promise<boolean> {
    const found = await messageAt(this.#ports.link, this.place.stream, messageOf(ref.next - 1))
    if (found === null || found.subject !== this.#subject) return false
    const { header, batch } = await this.#read(found)
    const there = commitRefOf(header, nextOf(found.message, readBatch(batch).span))
    return isSameCommit(there, ref)
  }

  /**
   * Stores a message after the one with number `after`: its number, or the header of the newest when
   * another one is there; null: none is any more.
   * @throws MillraceError LOG_FULL, TOPIC_LOST, TASK_FENCED when the log was dropped
   */
  async append(
    content: Uint8Array,
    { span, maxTime, count = 0 }: Measures,
    after: number,
    header: CommitHeader,
  ): Promise<number | CommitHeader | null> {
    const { link } = this.#ports
    const lines: Record<string, string> = {
      [MARK]: commitMarkOf(span, maxTime, count),
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
        if (!isRefusal(error, JET.wrongLast)) await link.stall(this.#subject)
      }
      const last = await this.last()
      if (last !== null && isSame(last.header, header)) return last.message
      // Not stored, and nothing else either: it can be sent again. A copy that is still on its way
      // makes this one fail, and is found here.
      if ((last?.message ?? 0) !== after) return last?.header ?? null
    }
  }

  async #checkThere(): Promise<void> {
    const { map, catalog } = this.#ports
    await map.fresh()
    if (!catalog.isCurrent(this.place)) {
      throw taskFenced(partitionName(this.place.at), 'nobody: its commit log was dropped')
    }
    await catalog.check(this.place)
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
        await link.stall(subject)
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

/** The stream is not there, or is another one under its subjects. */
export const isGone = (error: unknown): boolean =>
  isRefusal(error, JET.streamUnknown) || isRefusal(error, JET.otherStream)

const isSame = (a: CommitHeader, b: CommitHeader): boolean =>
  a.kind === b.kind && a.tag === b.tag && a.number === b.number && a.epoch === b.epoch
