// What a task stores to commit: its changes and positions, as the record batch that its commit log is
// read as, and the outputs it is going to forward. Storing this one message is the commit.
//
//   message CommitMessage {
//     bytes batch = 1;              // a record batch with a commit header
//     repeated Output output = 2;   // in the order they are forwarded
//     double unforwarded = 3;       // claims only: number of the commit whose outputs may be missing
//   }
//   message Output { string topic = 1; uint32 partition = 2; bytes batch = 3; uint32 span = 4;
//                    double max_time = 5; }
//
// One that is larger than a message may be is stored in parts before it, on a subject of their own:
//   Millrace-Parts: <number of the first part>,<number of the second> ...

import protobuf from 'protobufjs'
import { asError, MillraceError } from '../core/errors.ts'
import { type Batch, readBatch } from '../records/batch.ts'
import type { TopicPartition } from '../records/record.ts'
import type { FeedMessage, FeedPorts } from './feed.ts'
import { foreignBatch, MARK, readMark } from './mark.ts'
import { messageAt } from './messages.ts'

export const PARTS = 'Millrace-Parts'

export interface Output {
  readonly to: TopicPartition
  readonly batch: Uint8Array
  readonly span: number
  readonly maxTime: number
}

export interface CommitMessage {
  readonly batch: Uint8Array
  readonly outputs: readonly Output[]
  /** 0 when there is none. */
  readonly unforwarded: number
}

const root = protobuf.parse(`
  syntax = "proto3";
  message Output { string topic = 1; uint32 partition = 2; bytes batch = 3; uint32 span = 4; double max_time = 5; }
  message CommitMessage { bytes batch = 1; repeated Output output = 2; double unforwarded = 3; }
`).root
const Message = root.lookupType('CommitMessage')

interface Wire {
  batch: Uint8Array
  output: { topic: string; partition: number; batch: Uint8Array; span: number; maxTime: number }[]
  unforwarded: number
}

export function encodeCommitMessage({ batch, outputs, unforwarded }: CommitMessage): Uint8Array {
  const wire: Wire = {
    batch,
    output: outputs.map(({ to, ...it }) => ({ ...to, ...it })),
    unforwarded,
  }
  return Message.encode(wire).finish()
}

/** @throws MillraceError COMMIT_UNREADABLE */
export function decodeCommitMessage(bytes: Uint8Array): CommitMessage {
  let wire: Wire
  try {
    // The cast names the shape that the schema above gives every decoded message.
    wire = Message.decode(bytes) as unknown as Wire
  } catch (thrown) {
    throw new MillraceError({
      code: 'COMMIT_UNREADABLE',
      what: `not a commit message: ${asError(thrown).message}`,
    })
  }
  return {
    batch: wire.batch,
    outputs: wire.output.map(({ topic, partition, batch, span, maxTime }) => ({
      to: { topic, partition },
      batch,
      span,
      maxTime,
    })),
    unforwarded: wire.unforwarded,
  }
}

export const partsOf = (line: string | undefined): number[] =>
  line === undefined || line === '' ? [] : line.split(',').map(Number)

/**
 * The record batch of a message of any kind.
 * @param whole its content, when that was stored in parts
 * @throws MillraceError BATCH_UNREADABLE, COMMIT_UNREADABLE
 */
export function batchIn({ headers, timeMs, data }: FeedMessage, whole: Uint8Array = data): Batch {
  const { kind } = readMark(headers?.get(MARK), timeMs)
  if (kind === 'commit') return readBatch(decodeCommitMessage(whole).batch)
  return readBatch(kind === 'foreign' ? foreignBatch(whole, headers, timeMs) : whole)
}

/**
 * The content of a message that was stored in parts.
 * @throws MillraceError COMMIT_UNREADABLE when a part is gone
 */
export async function joinParts(
  { link }: FeedPorts,
  stream: string,
  numbers: readonly number[],
): Promise<Uint8Array> {
  // Whoever has no right to may have named them.
  const known = numbers.filter((number) => Number.isSafeInteger(number) && number > 0)
  const parts = await Promise.all(known.map((number) => messageAt(link, stream, number)))
  const found = parts.flatMap((part) => (part === null ? [] : [part.data]))
  if (found.length === numbers.length) return Buffer.concat(found)
  throw new MillraceError({
    code: 'COMMIT_UNREADABLE',
    what: `a commit in ${stream} lost ${numbers.length - found.length} of its parts`,
  })
}
