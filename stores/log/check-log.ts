// Looks through a whole log and says what is wrong with it, and where. First the file, without mapping
// it (a bad page would end the process), then every head, span and batch against one another.
//
// A report is plain data: the CLI prints it as text or JSON. Nothing is written.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fromUtf8 } from '#protocols/core/bytes'
import { asError, isMillraceError } from '#protocols/core/errors'
import type { Engine } from '../engine/engine.ts'
import { openLmdb } from '../engine/lmdb.ts'
import { inspectFile } from '../engine/lmdb-file.ts'
import { readTopic, type Topic } from './catalog.ts'
import { checkPartition } from './check-partition.ts'
import { checkSnapshots } from './check-snapshots.ts'
import { decodeHead, HEAD_BYTES, type LogTables, openTables } from './layout.ts'
import type { LogProblem } from './log-problem.ts'

export interface LogReport {
  readonly directory: string
  readonly isSound: boolean
  /** Others were writing all the while: the file's pages could not be judged. */
  readonly isBusy: boolean
  readonly topics: number
  readonly batches: number
  readonly records: number
  readonly bytes: number
  /** Files beside the log that can be started from. */
  readonly snapshots: number
  readonly snapshotBytes: number
  readonly problems: readonly LogProblem[]
}

/** Told how many bytes of batches were looked through, of how many. */
export type OnProgress = (done: number, whole: number) => void

/** @throws MillraceError DIRECTORY_FORMAT, DIRECTORY_UNWRITABLE */
export async function checkLog(
  directory: string,
  onProgress: OnProgress = () => {},
): Promise<LogReport> {
  const empty = { directory, isBusy: false, ...NOTHING }
  const file = checkFilePages(directory)
  if (file.problems.length > 0) return { ...empty, isSound: false, problems: file.problems }
  const engine = openLmdb({ directory, kind: 'log', durability: 'os' })
  try {
    return { ...empty, isBusy: file.isBusy, ...(await checkTables(directory, engine, onProgress)) }
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

type Found = Omit<LogReport, 'directory' | 'isBusy'>

/** What is counted of a log that cannot be looked into. */
export const NOTHING = {
  ...{ topics: 0, batches: 0, records: 0, bytes: 0 },
  ...{ snapshots: 0, snapshotBytes: 0 },
}

/** Everything in the tables, partition by partition, each at one moment. */
async function checkTables(
  directory: string,
  engine: Engine,
  onProgress: OnProgress = () => {},
): Promise<Found> {
  const tables = openTables(engine)
  const { topics, problems } = readTopics(tables)
  const totals = { batches: 0, records: 0, bytes: 0 }
  const whole = bytesOf(tables)
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
      // Others may have written more meanwhile, and a head may be wrong.
      onProgress(Math.min(totals.bytes, whole), whole)
      problems.push(...found.problems)
    }
  }
  const found = await checkSnapshots(directory, tables, topics)
  const { snapshots, snapshotBytes } = found
  problems.push(...found.problems)
  const isSound = problems.length === 0
  return { isSound, topics: topics.length, ...totals, snapshots, snapshotBytes, problems }
}

/** What the heads say, where they can be read. */
function bytesOf({ heads }: LogTables): number {
  let sum = 0
  for (const { value } of heads.range()) {
    if (value.length === HEAD_BYTES) sum += Math.max(0, decodeHead(value).bytes) || 0
  }
  return sum
}

/** The topics, and those whose description is damaged. */
export function readTopics(tables: LogTables): {
  topics: Topic[]
  problems: LogProblem[]
  /** Keys of those whose description is damaged, which may be the key. */
  unreadable: Uint8Array[]
} {
  const topics: Topic[] = []
  const unreadable: Uint8Array[] = []
  const problems: LogProblem[] = []
  for (const { key, value } of tables.topics.range()) {
    const name = fromUtf8(key)
    try {
      topics.push(readTopic(name, value))
    } catch (error) {
      const { message: what } = asError(error)
      problems.push({ code: 'TOPIC_UNREADABLE', what, where: name, topic: name })
      unreadable.push(key)
    }
  }
  return { topics, problems, unreadable }
}
