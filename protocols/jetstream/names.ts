// How our names become NATS names, and our offsets NATS numbers.
//
//   <ns>.t.<topic>.<partition>.<producer>   records; the producer is a task, or `_` for anybody else
//   <ns>.p.<topic>.<partition>              parts of commits too large for one message
//   <ns>.s.<topic>.<partition>.<id>         pieces of a snapshot of a task's stores
//   <ns>.x.<topic>.<partition>.<id>         pieces of a compacted prefix of a partition
//   <ns>.k.<key>                            the coordination map
//   <ns>.b.<subject>                        the bus
//   stream <ns>_<topic>_<id>_<group>        sixteen partitions of a topic; the id tells apart topics
//                                           that had one name after the other
//   stream <ns>_<topic>_<id>_s              snapshots of the tasks of a commit log
//   stream <ns>_<topic>_<id>_x              compacted prefixes of the partitions of a topic
//
// An offset is (number in the stream - 1) * 65,536 + index in the batch: comparable within a partition,
// not dense, and 0 in a new topic. 2^37 messages a stream keep it a safe integer.

import { type Offset, offset } from '../core/brands.ts'
import { utf8 } from '../core/bytes.ts'

export const PARTITIONS_PER_STREAM = 16
/** Offsets that one message may take. */
export const SPAN_MAX = 65_536

/** Offset of the first record of the message with this number. */
export const baseOf = (message: number): Offset => offset((message - 1) * SPAN_MAX)
/** Offset after a message that takes `span` offsets. */
export const nextOf = (message: number, span: number): Offset =>
  offset((message - 1) * SPAN_MAX + Math.min(span, SPAN_MAX))
/** Number of the message that has, or would have, this offset. */
export const messageOf = (at: number): number => Math.floor(at / SPAN_MAX) + 1

/**
 * Any text as one word of a subject: letters, digits, `_` and `-` stay, a full stop becomes `=`, each
 * other byte `~` and two hex digits. No two texts become the same word.
 */
export function wordOf(text: string): string {
  let word = ''
  for (const byte of utf8(text)) {
    const letter = String.fromCharCode(byte)
    if (/[A-Za-z0-9_-]/.test(letter)) word += letter
    else if (letter === '.') word += '='
    else word += `~${byte.toString(16).padStart(2, '0')}`
  }
  return word === '' ? '~' : word
}

/** Of snapshots, and of compacted prefixes. */
export type PieceKind = 's' | 'x'
export const PIECE_KINDS: readonly PieceKind[] = ['s', 'x']

export interface Names {
  /** Stream of the coordination map, and its subjects. */
  readonly keyStream: string
  key(key: string): string
  readonly anyKey: string
  bus(subject: string): string
  stream(topic: string, id: string, group: number): string
  /** What a stream of a topic takes in. */
  subjects(topic: string, group: number, partitions: number, hasParts: boolean): string[]
  records(topic: string, partition: number, producer: string): string
  /** Everything in a partition. */
  partition(topic: string, partition: number): string
  parts(topic: string, partition: number): string
  /** Pieces of one snapshot, or of one prefix. */
  pieces(kind: PieceKind, topic: string, partition: number, id: string): string
  /** Pieces of all of a kind of all partitions. */
  anyPiece(kind: PieceKind, topic: string): string
  pieceStream(kind: PieceKind, topic: string, id: string): string
  /** Everything of a topic, whichever stream has it. */
  topic(topic: string): string
}

export const groupOf = (partition: number): number => Math.floor(partition / PARTITIONS_PER_STREAM)

/** @param ns letters, digits, `_` and `-` */
export function namesOf(ns: string): Names {
  const partition = (topic: string, at: number): string => `${ns}.t.${wordOf(topic)}.${at}.*`
  const parts = (topic: string, at: number): string => `${ns}.p.${wordOf(topic)}.${at}`
  return {
    keyStream: `${ns}_keys`,
    key: (key) => `${ns}.k.${wordOf(key)}`,
    anyKey: `${ns}.k.*`,
    bus: (subject) => `${ns}.b.${wordOf(subject)}`,
    stream: (topic, id, group) => `${ns}_${wordOf(topic)}_${id}_${group}`,
    subjects: (topic, group, partitions, hasParts) => {
      const from = group * PARTITIONS_PER_STREAM
      const count = Math.min(PARTITIONS_PER_STREAM, partitions - from)
      return Array.from({ length: count }, (_, i) => from + i).flatMap((at) =>
        hasParts ? [partition(topic, at), parts(topic, at)] : [partition(topic, at)],
      )
    },
    records: (topic, at, producer) => `${ns}.t.${wordOf(topic)}.${at}.${producer}`,
    partition,
    parts,
    pieces: (kind, topic, at, id) => `${ns}.${kind}.${wordOf(topic)}.${at}.${id}`,
    anyPiece: (kind, topic) => `${ns}.${kind}.${wordOf(topic)}.>`,
    pieceStream: (kind, topic, id) => `${ns}_${wordOf(topic)}_${id}_${kind}`,
    topic: (topic) => `${ns}.t.${wordOf(topic)}.>`,
  }
}
