// Makes a damaged log readable again, and says what that cost. A file with bad pages is salvaged first
// (the damaged one is set aside); then, per partition, batches that cannot be trusted are removed, and
// index and head are made true to the batches that remain. The offsets of what was lost become gaps; a
// topic whose description cannot be read is forgotten.
//
// A loss in a commit log is a loss of state: what its task kept can no longer be rebuilt in full, and
// where its newest commit was lost the task resumes at an older one. The report names such partitions;
// whether to go on with them is for people to decide.

import { isMillraceError } from '#protocols/core/errors'
import type { TopicPartition } from '#protocols/records/record'
import type { Engine } from '../engine/engine.ts'
import { openLmdb } from '../engine/lmdb.ts'
import { engineError } from '../engine/lmdb-errors.ts'
import { salvage } from '../engine/lmdb-salvage.ts'
import { checkFilePages, checkLog, type OnProgress, readTopics } from './check-log.ts'
import { checkPartition, type PartitionFound } from './check-partition.ts'
import { checkSnapshots, removeDamaged } from './check-snapshots.ts'
import {
  baseOf,
  batchKey,
  encodeHead,
  encodeSpan,
  isBatchKey,
  type LogTables,
  NEW_HEAD,
  openTables,
  partitionKey,
} from './layout.ts'
import type { LogProblem } from './log-problem.ts'
import type { Place } from './partitions.ts'

/** Offsets of one partition that are gone: from `from` up to but not including `to`. */
export interface LostOffsets extends TopicPartition {
  readonly from: number
  readonly to: number
  /** Whether they were in a commit log: state was lost, not only records. */
  readonly isState: boolean
}

export interface LogRepair {
  readonly directory: string
  /** What was found before. */
  readonly problems: readonly LogProblem[]
  /** Everything that is missing, what earlier repairs lost included. */
  readonly lost: readonly LostOffsets[]
  /** Where the damaged file lies, when the file itself was bad. */
  readonly setAside: string | null
  /** Whether a check afterwards finds nothing. */
  readonly isSound: boolean
}

const ROUNDS_MAX = 3

/**
 * Requires: no process has the directory open.
 * @throws MillraceError LOG_DAMAGED when nothing can be saved; DIRECTORY_FORMAT; DIRECTORY_UNWRITABLE
 */
export async function repairLog(directory: string, onProgress?: OnProgress): Promise<LogRepair> {
  const file = checkFilePages(directory)
  let setAside = file.problems.length === 0 ? null : (await salvage(directory)).setAside
  let mended = await mendIfWritable(directory)
  const problems = [...file.problems, ...(mended?.problems ?? [])]
  let isSound = mended !== null && (await checkLog(directory, onProgress)).isSound
  for (let round = 1; !isSound && round < ROUNDS_MAX; round++) {
    // Something that a walk passes and a search or a write does not: a new file puts everything in order.
    const salvaged = await salvage(directory, { keepsOld: setAside === null })
    setAside ??= salvaged.setAside
    const before = mended
    mended = await mend(directory)
    if (before === null) problems.push(...mended.problems)
    isSound = (await checkLog(directory, onProgress)).isSound
  }
  return { directory, problems, lost: mended?.lost ?? [], setAside, isSound }
}

/** Null where the file cannot be written to: what it says of free pages is in no check. */
async function mendIfWritable(directory: string): Promise<Mended | null> {
  try {
    return await mend(directory)
  } catch (error) {
    if (isMillraceError(error, 'DISK_FULL')) throw error
    return null
  }
}

type Mended = Pick<LogRepair, 'problems' | 'lost'>

async function mend(directory: string): Promise<Mended> {
  const engine = openLmdb({ directory, kind: 'log', durability: 'fsync' })
  try {
    const repair = new Repair(directory, engine)
    return { problems: await repair.run(), lost: repair.lost }
  } catch (error) {
    throw engineError(error, directory)
  } finally {
    await engine.close()
  }
}

class Repair {
  readonly lost: LostOffsets[] = []
  readonly #directory: string
  readonly #engine: Engine
  readonly #tables: LogTables

  constructor(directory: string, engine: Engine) {
    this.#directory = directory
    this.#engine = engine
    this.#tables = openTables(engine)
  }

  async run(): Promise<readonly LogProblem[]> {
    const { topics, problems, unreadable } = readTopics(this.#tables)
    for (const key of unreadable) {
      await this.#engine.commit(() => this.#tables.topics.delete(key))
    }
    for (const { id, spec } of topics) {
      for (let partition = 0; partition < spec.partitions; partition++) {
        const place = { topicId: id, partition }
        const at = { topic: spec.name, partition }
        const found = checkPartition(this.#tables, place, at)
        problems.push(...found.problems)
        this.#noteGaps(at, found)
        if (found.problems.length > 0) await this.#mend(place, found)
      }
    }
    const found = await checkSnapshots(this.#directory, this.#tables, topics)
    problems.push(...found.problems)
    await removeDamaged(this.#directory, this.#tables, found)
    return problems
  }

  /** Batches stand shoulder to shoulder: where they do not, something is gone. */
  #noteGaps(at: TopicPartition, { spans, head }: PartitionFound): void {
    const isState = at.topic.endsWith('.changelog')
    let expected = head?.first ?? spans[0]?.base ?? 0
    for (const { base, next } of spans) {
      if (base > expected) this.lost.push({ ...at, from: expected, to: base, isState })
      expected = Math.max(expected, next)
    }
    const end = head?.next ?? expected
    if (end > expected) this.lost.push({ ...at, from: expected, to: end, isState })
  }

  #mend(place: Place, { spans, head }: PartitionFound): Promise<void> {
    const { topicId, partition } = place
    const { batches, index, heads } = this.#tables
    const good = new Set(spans.map(({ base }) => base))
    const from = batchKey(topicId, partition, 0)
    const range = { from, to: batchKey(topicId, partition, 2 ** 53) }
    return this.#engine.commit(
      () => {
        for (const table of [batches, index]) {
          const bad: Uint8Array[] = []
          for (const { key } of table.range(range)) {
            if (!isBatchKey(key) || !good.has(baseOf(key))) bad.push(key)
          }
          for (const key of bad) table.delete(key)
        }
        let next = head?.next ?? 0
        let bytes = 0
        for (const span of spans) {
          index.put(batchKey(topicId, partition, span.base), encodeSpan(span))
          next = Math.max(next, span.next)
          bytes += span.bytes
        }
        const before = head ?? NEW_HEAD
        const first = Math.min(before.first, spans[0]?.base ?? before.first)
        const rewrites = before.rewrites + 1
        const after = { ...before, first, next, bytes, rewrites }
        heads.put(partitionKey(topicId, partition), encodeHead(after))
      },
      { passesLimit: true },
    )
  }
}
