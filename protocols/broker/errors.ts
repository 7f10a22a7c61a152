// What a broker refuses and what weather it meets: one constructor per situation, so that codes and
// sentences are the same on every broker.

import type { Offset } from '../core/brands.ts'
import { MillraceError } from '../core/errors.ts'
import { partitionName, type TopicPartition } from '../records/record.ts'

export const topicUnknown = (name: string, known: readonly string[] = []): MillraceError =>
  new MillraceError({
    code: 'TOPIC_UNKNOWN',
    what: `there is no topic '${name}'`,
    hint:
      known.length > 0
        ? `Topics here: ${known.slice(0, 8).join(', ')}. Create it with: millrace topics create ${name}`
        : `Create it with: millrace topics create ${name}`,
  })

export const topicMismatch = (name: string, asked: string, found: string): MillraceError =>
  new MillraceError({
    code: 'TOPIC_MISMATCH',
    what: `topic '${name}' exists with ${found}, but ${asked} was asked for`,
    hint: 'Ask for what exists, or use another topic name',
  })

export const topicInvalid = (name: string, why: string): MillraceError =>
  new MillraceError({
    code: 'TOPIC_INVALID',
    what: `'${name}' cannot be a topic: ${why}`,
    hint: 'Names take a-z A-Z 0-9 . _ - and at most 200 characters; partitions go from 1 to 1024',
  })

export const topicShrinks = (name: string, found: number, asked: number): MillraceError =>
  new MillraceError({
    code: 'TOPIC_INVALID',
    what: `topic '${name}' has ${found} partitions and cannot have ${asked}: records would be lost`,
    hint: 'Make another topic, and move what is to stay',
  })

export const taskFenced = (task: string, by: string): MillraceError =>
  new MillraceError({
    code: 'TASK_FENCED',
    what: `task ${task} was claimed by ${by}; this session can no longer commit`,
  })

export const appendConflict = (
  at: TopicPartition,
  expected: Offset,
  found: Offset,
): MillraceError =>
  new MillraceError({
    code: 'APPEND_CONFLICT',
    what: `the append expected next offset ${expected} but the partition is at ${found}`,
    where: partitionName(at),
    retry: 'soon',
  })

export const keyConflict = (key: string, expected: string, found: string): MillraceError =>
  new MillraceError({
    code: 'KEY_CONFLICT',
    what: `key '${key}' is at revision ${found}, not ${expected}`,
    retry: 'soon',
  })

export const offsetOutOfRange = (at: TopicPartition, asked: Offset, first: Offset): MillraceError =>
  new MillraceError({
    code: 'OFFSET_OUT_OF_RANGE',
    what: `offset ${asked} is no longer kept; the oldest is ${first}`,
    where: partitionName(at),
  })

export const logTrimmed = (at: TopicPartition, first: Offset): MillraceError =>
  new MillraceError({
    code: 'LOG_TRIMMED',
    what: `the commit log begins at ${first}: what was before is in snapshots alone`,
    where: partitionName(at),
    hint: 'Start a host that still has the state, or begin anew with: millrace reset APPLICATION',
  })

export const snapshotDamaged = (at: TopicPartition, id: string, why: string): MillraceError =>
  new MillraceError({
    code: 'SNAPSHOT_DAMAGED',
    what: `snapshot ${id} cannot be trusted: ${why}`,
    where: partitionName(at),
  })

export const prefixDamaged = (at: TopicPartition, why: string): MillraceError =>
  new MillraceError({
    code: 'PREFIX_DAMAGED',
    what: `the compacted records at the beginning cannot be trusted: ${why}`,
    where: partitionName(at),
    hint: 'They are nowhere else: put the streams of NATS back from a copy, or make the topic anew and write it again',
  })

export const batchCorrupt = (
  at: TopicPartition,
  base: Offset,
  why: string,
  hint = 'Look at the whole log with: millrace log check DIR',
): MillraceError =>
  new MillraceError({
    code: 'BATCH_CORRUPT',
    what: `the record batch at offset ${base} cannot be trusted: ${why}`,
    where: partitionName(at),
    hint,
  })

export const noResponder = (subject: string): MillraceError =>
  new MillraceError({ code: 'NO_RESPONDER', what: `nobody serves '${subject}'`, retry: 'soon' })

export const requestTimeout = (subject: string, ms: number): MillraceError =>
  new MillraceError({
    code: 'REQUEST_TIMEOUT',
    what: `'${subject}' did not answer within ${ms} ms`,
    retry: 'soon',
  })

export const requestFailed = (subject: string, why: string): MillraceError =>
  new MillraceError({ code: 'REQUEST_FAILED', what: `'${subject}' answered: ${why}` })
