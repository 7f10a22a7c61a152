// What a task's commit log says beside the changes: who claimed, and up to where the inputs are done.
// Every batch of a commit log carries one of these in its `commit` field; a batch without is not ours.
//
//   message CommitHeader {
//     Kind   kind   = 1;          // 1 claim, 2 commit
//     uint32 epoch  = 2;
//     uint32 number = 3;          // commits of this task so far, this one included
//     string tag    = 4;          // random, per claim: tells apart histories that share offsets
//     string host   = 5;          // claims only
//     repeated Position position = 6;
//     bytes  meta   = 7;          // the task's own: stream time, timers
//     string history = 8;         // tag of the log's first claim; empty in logs of before it was kept
//   }
//   message Position { string topic = 1; uint32 partition = 2; double next = 3; }   // a safe integer

import protobuf from 'protobufjs'
import type { CommitRef, Position, TaskName } from '../broker/broker.ts'
import { type Epoch, epoch, type Offset, offset } from '../core/brands.ts'
import { EMPTY } from '../core/bytes.ts'
import { asError, MillraceError } from '../core/errors.ts'
import type { TopicPartition } from '../records/record.ts'

export interface CommitHeader {
  readonly kind: 'claim' | 'commit'
  readonly epoch: Epoch
  readonly number: number
  readonly tag: string
  readonly host: string
  readonly positions: readonly Position[]
  readonly meta: Uint8Array
  /** The same in all of a log, and in no other log of that name: a log that was dropped begins anew. */
  readonly history: string
}

/** The commit log of a task: a partition of its sub-topology's changelog. */
export const commitLog = (task: TaskName): TopicPartition => ({
  topic: `${task.application}.${task.topology}.${task.subtopology}.changelog`,
  partition: task.partition,
})

const BEFORE_ALL: CommitHeader = {
  kind: 'claim',
  epoch: epoch(0),
  number: 0,
  tag: '',
  host: '',
  positions: [],
  meta: EMPTY,
  history: '',
}

/** The claim that follows a log's last header, or begins it: the next epoch, with all that was. */
export const claimHeader = (
  last: CommitHeader | null | undefined,
  { tag, host }: Pick<CommitHeader, 'tag' | 'host'>,
): CommitHeader => {
  const before = last ?? { ...BEFORE_ALL, history: tag }
  return { ...before, kind: 'claim', epoch: epoch(before.epoch + 1), tag, host }
}

/** The commit that follows a header of its claim. */
export const commitHeader = (
  last: CommitHeader,
  { positions, meta }: Pick<CommitHeader, 'positions' | 'meta'>,
): CommitHeader => ({ ...last, kind: 'commit', number: last.number + 1, positions, meta })

/** @param next the offset after it */
export const commitRefOf = (header: CommitHeader, next: Offset): CommitRef => {
  const { epoch: of, number, tag, history } = header
  return { next, epoch: of, number, tag, history }
}

/**
 * Whether one commit can come before another in one history. Compaction may have merged those in
 * between, so numbers may jump; a claim's tag is that of all commits of its epoch, and the history
 * that of all of them: a log that was reset has the same epochs and numbers again.
 */
export function comesBefore(earlier: CommitRef, later: CommitRef): boolean {
  if (earlier.history !== later.history) return false
  if (earlier.next >= later.next || earlier.number > later.number) return false
  return earlier.epoch < later.epoch || (earlier.epoch === later.epoch && earlier.tag === later.tag)
}

/** Whether they are one and the same. */
export const isSameCommit = (one: CommitRef, other: CommitRef): boolean =>
  one.next === other.next &&
  one.epoch === other.epoch &&
  one.number === other.number &&
  one.tag === other.tag &&
  one.history === other.history

const root = protobuf.parse(`
  syntax = "proto3";
  message Position { string topic = 1; uint32 partition = 2; double next = 3; }
  message CommitHeader {
    uint32 kind = 1; uint32 epoch = 2; uint32 number = 3; string tag = 4; string host = 5;
    repeated Position position = 6; bytes meta = 7; string history = 8;
  }
`).root
const Message = root.lookupType('CommitHeader')

interface Wire {
  kind: number
  epoch: number
  number: number
  tag: string
  host: string
  position: { topic: string; partition: number; next: number }[]
  meta: Uint8Array
  history: string
}

export function encodeCommitHeader(header: CommitHeader): Uint8Array {
  const wire: Wire = {
    kind: header.kind === 'claim' ? 1 : 2,
    epoch: header.epoch,
    number: header.number,
    tag: header.tag,
    host: header.host,
    position: header.positions.map(({ at, next }) => ({ ...at, next })),
    meta: header.meta,
    history: header.history,
  }
  return Message.encode(wire).finish()
}

/** @throws MillraceError COMMIT_UNREADABLE */
export function decodeCommitHeader(bytes: Uint8Array): CommitHeader {
  const wire = decodeWire(bytes)
  return {
    kind: wire.kind === 1 ? 'claim' : 'commit',
    epoch: epoch(wire.epoch),
    number: wire.number,
    tag: wire.tag,
    host: wire.host,
    positions: wire.position.map((p) => ({
      at: { topic: p.topic, partition: p.partition },
      next: offset(p.next),
    })),
    meta: Uint8Array.from(wire.meta),
    history: wire.history,
  }
}

function decodeWire(bytes: Uint8Array): Wire {
  let wire: Wire
  try {
    // The cast names the shape that the schema above gives every decoded message.
    wire = Message.decode(bytes) as unknown as Wire
  } catch (thrown) {
    throw commitUnreadable(asError(thrown).message)
  }
  if (wire.kind !== 1 && wire.kind !== 2) throw commitUnreadable(`its kind is ${wire.kind}`)
  return wire
}

const commitUnreadable = (why: string): MillraceError =>
  new MillraceError({ code: 'COMMIT_UNREADABLE', what: `not the header of a commit: ${why}` })
