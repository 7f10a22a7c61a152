// Looks through a whole log and says what is wrong with it, and where. First the file, without mapping
// it (a bad page would end the process), then every head, span and batch against one another.
//
// A report is plain data: the CLI prints it as text or JSON. Nothing is written.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fromUtf8 } from '#protocols/core/bytes'
import { isMillraceError } from '#protocols/core/errors'
import type { Engine } from '../engine/engine.ts'
import { inspectFile } from '../engine/lmdb-file.ts'
import { openLmdb } from '../engine/lmdb.ts'
import type { Topic } from './catalog.ts'
import { checkPartition } from './check-partition.ts'
import { type LogTables, openTables } from './layout.ts'

/** What can be wrong. Codes are stable; see the sentence with each problem. */
export type ProblemCode =
  | 'FILE_DAMAGED'
  | 'BATCH_CORRUPT'
  | 'BATCH_MISSING'
  | 'SPAN_MISSING'
  | 'SPAN_WRONG'
  | 'BATCHES_OVERLAP'
  | 'HEADER_MISSING'
  | 'HEAD_MISSING'
  | 'HEAD_WRONG'
  | 'TOPIC_UNREADABLE'

export interface LogProblem {
  readonly code: ProblemCode
  readonly what: string
  /** `lines/0 at offset 12`, or a file and byte. */
  readonly where: string
  readonly topic?: string
  readonly partition?: number
  readonly offset?: number
}

export interface LogReport {
  readonly directory: string
  readonly isSound: boolean
  /** Others were writing all the while: the file's pages could not be judged. */
  readonly isBusy: boolean
  readonly topics: number
  readonly batches: number
  readonly records: number
  readonly bytes: number
  readonly problems: readonly LogProblem[]
}

/** @throws MillraceError DIRECTORY_FORMAT, DIRECTORY_UNWRITABLE */
export async function checkLog(directory: string): Promise<LogReport> {
  const empty = { directory, isBusy: false, topics: 0, batches: 0, records: 0, bytes: 0 }
  const file = checkFilePages(directory)
  if (file.problems.length > 0) return { ...empty, isSound: false, problems: file.problems }
  const engine = openLmdb({ directory, kind: 'log', durability: 'os' })
  try {
    return { ...empty, isBusy: file.isBusy, ...(await checkTables(engine)) }
  } finally {
    await engine.close()
  }
}

/** Damage of the file itself, found without mapping it. */
export function checkFilePages(directory: string): { problems: LogProblem[]; isBusy: boolean } {
  const path = join(directory, 'data.mdb')
  if (!existsSync(path)) return { problems: [], isBusy: false }
  try {
    const { damage, isBusy } = inspectFile(path, { isDeep: true })
    const problems = damage.map(({ at, why, table }): LogProblem => {
      const what = table === '' ? why : `${why} (table ${table})`
      return { code: 'FILE_DAMAGED', what, where: `${path}, byte ${at}` }
    })
    return { problems, isBusy }
  } catch (error) {
    if (!isMillraceError(error, 'LOG_DAMAGED')) throw error
    const where = error.where ?? path
    return { problems: [{ code: 'FILE_DAMAGED', what: error.what, where }], isBusy: false }
  }
}

type Found = Pick<
  LogReport,
  'isSound' | 'topics' | 'batches' | 'records' | 'bytes' | 'problems'
>

/** Everything in the tables, partition by partition, each at one moment. */
export async function checkTables(engine: Engine): Promise<Found> {
  const tables = openTables(engine)
  const { topics, problems } = readTopics(tables)
  const totals = { batches: 0, records: 0, bytes: 0 }
  for (const { id, spec } of topics) {
    for (let partition = 0; partition < spec.partitions; partition++) {
      // A turn for others, and a fresh look at the log: a check must not hold old pages for long.
      await new Promise<void>((resolve) => setImmediate(resolve))
      engine.refresh()
      const at = { topic: spec.name, partition }
      const found = checkPartition(tables, { topicId: id, partition }, at)
      totals.batches += found.batches
      totals.records += found.records
      totals.bytes += found.bytes
      problems.push(...found.problems)
    }
  }
  return { isSound: problems.length === 0, topics: topics.length, ...totals, problems }
}

function readTopics({ topics }: LogTables): { topics: Topic[]; problems: LogProblem[] } {
  const found: Topic[] = []
  const problems: LogProblem[] = []
  for (const { key, value } of topics.range()) {
    const name = fromUtf8(key)
    try {
      // Checked in the line after.
      const topic = JSON.parse(fromUtf8(value)) as Topic
      if (topic.spec.name !== name || !(topic.spec.partitions >= 1)) throw new Error(name)
      found.push(topic)
    } catch {
      // Whatever it is, it is no topic; the problem says so.
      const what = 'the description of the topic cannot be read'
      problems.push({ code: 'TOPIC_UNREADABLE', what, where: name, topic: name })
    }
  }
  return { topics: found, problems }
}
