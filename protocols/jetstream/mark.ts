// What our messages carry beside their bytes: one header line that says what they are, so that the end
// of a partition, the age of a message and what a task has forwarded are known without its content.
//
//   Millrace: b <span> <max time>            a record batch
//   Millrace: c <span> <max time> <changes>  a claim or commit of a task (commit-message.ts), and how
//                                            many changes it has, where that is known
//   Millrace: p 0 0                          part of a commit
//   Millrace: s <index> <checksum> <begun>   piece of a snapshot; x: of a compacted prefix (pieces.ts)
//   Millrace-From: <log>.<commit>.<index>    on batches that a task forwarded: id of its commit log,
//                                            number of the commit in it, place in the commit
//   Millrace-Key: <text>                     foreign messages may have one; they have no `Millrace`
//
// A message without the first line was published by somebody else: it is one record, its payload the
// value, its headers the record's, its time when NATS took it in.

import type { MsgHdrs } from 'nats'
import { utf8 } from '../core/bytes.ts'
import { BatchBuilder } from '../records/batch.ts'
import type { Header } from '../records/record.ts'
import { SPAN_MAX } from './names.ts'

export const MARK = 'Millrace'
export const FROM = 'Millrace-From'
export const KEY = 'Millrace-Key'
export const FENCE_SUBJECT = 'Nats-Expected-Last-Subject-Sequence'
export const FENCE_STREAM = 'Nats-Expected-Last-Sequence'
/** The stream a message is for: one made anew under the same subjects refuses it. */
export const EXPECTED_STREAM = 'Nats-Expected-Stream'
export const MESSAGE_ID = 'Nats-Msg-Id'
export const SIZE = 'Nats-Msg-Size'

export type Kind = 'batch' | 'commit' | 'part' | 'foreign'

export interface Mark {
  readonly kind: Kind
  readonly span: number
  readonly maxTime: number
  /** Of a claim or commit; null where it does not say. */
  readonly changes: number | null
}

/** A forwarded batch's place in its task's history. */
export interface Forwarded {
  /** Id of the commit log: one that was dropped and made anew begins a new history. */
  readonly log: string
  /** Number of the commit's message. */
  readonly commit: number
  readonly index: number
}

const KINDS: Readonly<Record<string, Kind>> = { b: 'batch', c: 'commit', p: 'part' }

export const markOf = (kind: 'b' | 'p', span: number, maxTime: number): string =>
  `${kind} ${span} ${maxTime}`

export const commitMarkOf = (span: number, maxTime: number, changes: number): string =>
  `c ${span} ${maxTime} ${changes}`

/**
 * Anybody may publish a mark: one without its numbers counts as a record of now, and its bytes are proved when they are read.
 * @param timeMs when NATS took the message in
 */
export function readMark(line: string | undefined, timeMs: number): Mark {
  const [letter = '', span, maxTime, changes] = (line ?? '').split(' ')
  const kind = KINDS[letter]
  if (kind === undefined) return { kind: 'foreign', span: 1, maxTime: timeMs, changes: null }
  return {
    kind,
    span: numberIn(span, SPAN_MAX) ?? 1,
    maxTime: numberIn(maxTime) ?? timeMs,
    changes: numberIn(changes),
  }
}

/** Null where it is no whole number from 0 to `max`. */
function numberIn(word: string | undefined, max = Number.MAX_SAFE_INTEGER): number | null {
  return word !== undefined && /^\d+$/.test(word) && Number(word) <= max ? Number(word) : null
}

export const forwardedLine = ({ log, commit, index }: Forwarded): string =>
  `${log}.${commit}.${index}`

export function readForwarded(line: string | undefined): Forwarded | null {
  const [log = '', commit, index] = (line ?? '').split('.')
  return index === undefined ? null : { log, commit: Number(commit), index: Number(index) }
}

/** Whether what was forwarded last is this, or comes after it in one history. */
export const isForwarded = (last: Forwarded | null, it: Forwarded): boolean =>
  last !== null &&
  last.log === it.log &&
  (last.commit > it.commit || (last.commit === it.commit && last.index >= it.index))

/** A foreign message as a batch of one record. */
export function foreignBatch(
  value: Uint8Array,
  headers: MsgHdrs | undefined,
  timeMs: number,
): Uint8Array {
  const own: Header[] = []
  let key: Uint8Array | null = null
  for (const [name, values] of headers ?? []) {
    if (name === KEY) key = utf8(values[0] ?? '')
    else if (!name.startsWith('Nats-')) {
      for (const text of values) own.push([name, utf8(text)])
    }
  }
  const builder = new BatchBuilder()
  builder.add(key, value, timeMs, own)
  return builder.finish({ intakeTime: timeMs })
}
