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
//
// Written and read by hand: every thread needs this one message, and neither a parser of schemas nor
// what it is built on.

import protobuf from 'protobufjs/minimal.js'
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

type Draft = { -readonly [Field in keyof CommitHeader]: CommitHeader[Field] }

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

/** What the number of a field and the way it is written are together. */
const FIELD = {
  ...{ kind: 8, epoch: 16, number: 24, tag: 34, host: 42, position: 50, meta: 58, history: 66 },
  ...{ topic: 10, partition: 16, next: 25 },
} as const

export function encodeCommitHeader(header: CommitHeader): Uint8Array {
  const out = protobuf.Writer.create()
  out.uint32(FIELD.kind).uint32(header.kind === 'claim' ? 1 : 2)
  out.uint32(FIELD.epoch).uint32(header.epoch)
  out.uint32(FIELD.number).uint32(header.number)
  out.uint32(FIELD.tag).string(header.tag)
  out.uint32(FIELD.host).string(header.host)
  for (const { at, next } of header.positions) {
    out.uint32(FIELD.position).fork()
    out.uint32(FIELD.topic).string(at.topic)
    out.uint32(FIELD.partition).uint32(at.partition)
    out.uint32(FIELD.next).double(next).ldelim()
  }
  out.uint32(FIELD.meta).bytes(header.meta)
  out.uint32(FIELD.history).string(header.history)
  return out.finish()
}

/** @throws MillraceError COMMIT_UNREADABLE */
export function decodeCommitHeader(bytes: Uint8Array): CommitHeader {
  let kind = 0
  const header: Draft = { ...BEFORE_ALL }
  try {
    const input = protobuf.Reader.create(bytes)
    const positions: Position[] = []
    while (input.pos < input.len) {
      const field = input.uint32()
      if (field === FIELD.kind) kind = input.uint32()
      else if (field === FIELD.position) positions.push(decodePosition(input))
      else decodeField(input, field, header)
    }
    header.positions = positions
  } catch (thrown) {
    throw commitUnreadable(asError(thrown).message)
  }
  if (kind !== 1 && kind !== 2) throw commitUnreadable(`its kind is ${kind}`)
  return { ...header, kind: kind === 1 ? 'claim' : 'commit' }
}

/** A field that is not known is of a later version, and is passed over. */
function decodeField(input: protobuf.Reader, field: number, into: Draft): void {
  if (field === FIELD.epoch) into.epoch = epoch(input.uint32())
  else if (field === FIELD.number) into.number = input.uint32()
  else if (field === FIELD.tag) into.tag = input.string()
  else if (field === FIELD.host) into.host = input.string()
  else if (field === FIELD.meta) into.meta = Uint8Array.from(input.bytes())
  else if (field === FIELD.history) into.history = input.string()
  else input.skipType(field & 7)
}

function decodePosition(input: protobuf.Reader): Position {
  const end = input.uint32() + input.pos
  let [topic, partition, next] = ['', 0, 0]
  while (input.pos < end) {
    const field = input.uint32()
    if (field === FIELD.topic) topic = input.string()
    else if (field === FIELD.partition) partition = input.uint32()
    else if (field === FIELD.next) next = input.double()
    else input.skipType(field & 7)
  }
  return { at: { topic, partition }, next: offset(next) }
}

const commitUnreadable = (why: string): MillraceError =>
  new MillraceError({ code: 'COMMIT_UNREADABLE', what: `not the header of a commit: ${why}` })
