// What must hold of a cluster's history at every step, read from the broker and the disks as anybody
// could:
//   - one owner commits for a task at a time, each epoch is claimed once, positions only grow;
//   - what a task took in is what came out of it, record for record, at every commit;
//   - every update of the word count is the one before it plus one;
//   - a store on a disk, with its changelog from its checkpoint on, is the fold of all of it, on every host.

import {
  type Broker,
  type CommitRef,
  type Reader,
  type TaskName,
  taskId,
} from '#protocols/broker/broker'
import { offset } from '#protocols/core/brands'
import { EMPTY, fromUtf8, utf8 } from '#protocols/core/bytes'
import { isMillraceError } from '#protocols/core/errors'
import { type CommitHeader, decodeCommitHeader } from '#protocols/messages/commit-header'
import { type Batch, BatchCursor } from '#protocols/records/batch'
import { serde } from '#protocols/serdes/serdes'
import { storeId } from '#stores/changelog/recorder'
import { type MemoryData, memoryEngine } from '#stores/engine/memory'
import { WordUpdates } from '../kit/word-updates.ts'

/** What a host keeps, by host and task. */
export type Disks = ReadonlyMap<string, ReadonlyMap<string, MemoryData>>

export interface Watched {
  readonly broker: Broker
  readonly disks: () => Disks
  /** The sub-topology that reads `input`, and the one that has `store` and writes `output`. */
  readonly tasks: readonly TaskName[]
  readonly input: string
  readonly store: string
  readonly output: string
  readonly partitions: number
  /** Whether a disk may be at a commit that the log does not know: the power failed. */
  readonly isCutBack: boolean
}

interface Followed {
  readonly task: TaskName
  readonly name: string
  /** Null while it has no log: the claim that makes it may be forgotten. */
  reader: Reader | null
  epoch: number
  number: number
  tag: string
  readonly positions: Map<string, number>
  readonly fold: Fold
}

type Checkpoint = Pick<CommitRef, 'next' | 'tag'>

const TAKE_BYTES = 1024 * 1024
const text = serde.string()
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

export class History {
  readonly updates: WordUpdates
  readonly #watched: Watched
  readonly #tasks: readonly Followed[]
  readonly #inputs: readonly WordsBefore[]

  constructor(watched: Watched) {
    const { broker, tasks, input, output, partitions, store } = watched
    this.#watched = watched
    this.updates = new WordUpdates(broker, output, partitions)
    this.#tasks = tasks.map((task) => ({
      task,
      name: taskId(task),
      reader: null,
      ...{ epoch: 0, number: 0, tag: '', positions: new Map(), fold: new Fold(storeId(store)) },
    }))
    this.#inputs = Array.from({ length: partitions }, (_, n) => new WordsBefore(broker, input, n))
  }

  /** Reads on; answers what must not be. */
  violations(sent: number): string[] {
    const found = this.#tasks.flatMap((task) => follow(this.#watched.broker, task))
    this.updates.read()
    found.push(...this.updates.wrong)
    if (this.updates.count > sent) found.push(`${this.updates.count} updates of ${sent} words`)
    return [...found, ...this.#unkept(), ...this.#untrue()]
  }

  /** Where records in and records out differ. */
  #unkept(): string[] {
    const { broker, input } = this.#watched
    const found: string[] = []
    let [taken, split] = [0, 0]
    const between = new Set<string>()
    for (const { task, positions } of this.#tasks) {
      for (const [topic, next] of positions) {
        if (topic === input) split += this.#inputs[task.partition]?.upTo(next) ?? 0
        else {
          taken += next
          between.add(topic)
        }
      }
    }
    if (taken !== this.updates.count) {
      found.push(`${taken} words were taken in for ${this.updates.count} updates`)
    }
    for (const topic of between) {
      const written = endOf(broker, topic, this.#watched.partitions)
      if (written !== split) found.push(`${split} words of lines became ${written} in ${topic}`)
    }
    return found
  }

  /** Stores that are not what their changelog makes. */
  #untrue(): string[] {
    const { disks, store, isCutBack } = this.#watched
    const found: string[] = []
    for (const [host, disk] of disks()) {
      for (const { name, fold } of this.#tasks) {
        const data = disk.get(name)
        const at = data === undefined ? null : checkpointOf(data)
        if (data === undefined || at === null) continue
        const { next } = at
        const rows = fold.after(at, rowsOf(data, store))
        // It was cut off together with the log it is of: who opens it must begin anew.
        if (rows === null && isCutBack) continue
        if (rows === null) found.push(`${name} on ${host} is at ${next}, which is no commit`)
        else if (rows !== fold.rows) {
          found.push(`${name} on ${host} at ${next} becomes ${rows}, not ${fold.rows}`)
        }
      }
    }
    return found
  }

  close(): void {
    this.updates.close()
    for (const { reader } of [...this.#tasks, ...this.#inputs]) reader?.close()
  }
}

function follow(broker: Broker, task: Followed): string[] {
  const found: string[] = []
  task.reader ??= readerOf(broker, task.task)
  for (const { batch, next } of task.reader?.take(TAKE_BYTES) ?? []) {
    const header = decodeCommitHeader(batch.commit ?? EMPTY)
    found.push(...misfits(task, header).map((what) => `${task.name}: ${what}`))
    for (const { at, next: to } of header.positions) task.positions.set(at.topic, to)
    const { epoch, number, tag } = header
    Object.assign(task, { epoch, number, tag })
    task.fold.add(batch, { next, tag })
  }
  return found
}

function readerOf(broker: Broker, task: TaskName): Reader | null {
  try {
    return broker.commits(task, 'earliest', () => {})
  } catch (thrown) {
    if (isMillraceError(thrown, 'TOPIC_UNKNOWN')) return null
    throw thrown
  }
}

function misfits(task: Followed, { kind, epoch, number, tag, positions }: CommitHeader): string[] {
  const found: string[] = []
  const isNext = kind === 'claim' ? epoch > task.epoch : epoch === task.epoch && tag === task.tag
  if (!isNext) found.push(`a ${kind} of epoch ${epoch} ${tag} after ${task.epoch} ${task.tag}`)
  if (number < task.number) found.push(`commit ${number} after ${task.number}`)
  for (const { at, next } of positions) {
    const before = task.positions.get(at.topic) ?? 0
    if (next < before) found.push(`back from ${before} to ${next} of ${at.topic}`)
  }
  return found
}

type Rows = Map<string, string>

/** Of one commit. */
interface Changes {
  readonly tag: string
  readonly rows: readonly (readonly [key: string, value: string | null])[]
}

/** The rows that a store's changes make. */
class Fold {
  readonly #id: number
  readonly #rows: Rows = new Map()
  /** By the offset after their commit; null is a row that goes. */
  readonly #changes = new Map<number, Changes>()

  constructor(id: number) {
    this.#id = id
  }

  add(batch: Batch, { next, tag }: Checkpoint): void {
    const cursor = new BatchCursor(batch, offset(0))
    const changes: [string, string | null][] = []
    while (cursor.next()) {
      const { buffer, keyStart, keyEnd, valueStart, valueEnd } = cursor
      if (buffer.readUInt32BE(keyStart) !== this.#id) continue
      const key = hex(buffer.subarray(keyStart + 4, keyEnd))
      changes.push([key, valueStart < 0 ? null : hex(buffer.subarray(valueStart, valueEnd))])
    }
    this.#changes.set(next, { tag, rows: changes })
    change(this.#rows, changes)
  }

  get rows(): string {
    return shown(this.#rows)
  }

  /** What rows become with all changes from a checkpoint on; null where the log knows no such commit. */
  after({ next, tag }: Checkpoint, rows: Rows): string | null {
    if (next > 0 && this.#changes.get(next)?.tag !== tag) return null
    for (const [to, later] of this.#changes) if (to > next) change(rows, later.rows)
    return shown(rows)
  }
}

function change(rows: Rows, changes: Changes['rows']): void {
  for (const [key, value] of changes) {
    if (value === null) rows.delete(key)
    else rows.set(key, value)
  }
}

const shown = (rows: Rows): string =>
  [...rows]
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(' ')

function rowsOf(data: MemoryData, store: string): Rows {
  const table = memoryEngine(data).table(`store.${store}`)
  return new Map([...table.range()].map(({ key, value }) => [hex(key), hex(value)]))
}

/** As stores/changelog/task-state.ts writes it. */
function checkpointOf(data: MemoryData): Checkpoint | null {
  const stored = memoryEngine(data).table('millrace.facts').get(utf8('checkpoint'))
  return stored === undefined ? null : (JSON.parse(fromUtf8(stored)) as Checkpoint)
}

/** Words of one partition of lines, by what was before an offset. */
class WordsBefore {
  readonly reader: Reader
  /** How many words are before the offset that is the index. */
  readonly #before = [0]

  constructor(broker: Broker, topic: string, partition: number) {
    this.reader = broker.reader({ topic, partition }, 'earliest', () => {})
  }

  upTo(next: number): number {
    for (const { base, batch } of this.reader.take(TAKE_BYTES)) {
      const cursor = new BatchCursor(batch, base)
      while (cursor.next()) {
        const line = text.read(cursor.buffer, cursor.valueStart, cursor.valueEnd)
        this.#before.push((this.#before.at(-1) ?? 0) + line.split(' ').length)
      }
    }
    return this.#before[next] ?? Number.NaN
  }
}

function endOf(broker: Broker, topic: string, partitions: number): number {
  let end = 0
  for (let partition = 0; partition < partitions; partition++) {
    const reader = broker.reader({ topic, partition }, 'latest', () => {})
    end += reader.end()
    reader.close()
  }
  return end
}
