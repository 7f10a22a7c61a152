// What both sides are given, and what is measured of them.

import { serde, type Topic, topic } from 'millrace'
import type { Broker } from '#protocols/broker/broker'
import { offset } from '#protocols/core/brands'
import { BatchCursor, readBatch } from '#protocols/records/batch'
import { partitionOf } from '#protocols/records/partitioner'
import { fillByKey, type KeyedInput } from '../keyed-input.ts'
import { fill } from '../log-directory.ts'
import type { Counts, Tally } from '../outcome.ts'
import type { Text } from '../text.ts'

export interface Workload {
  readonly name: string
  /** Name of the topology on both sides. */
  readonly topology: string
  /** Our module, below spec/bench, without its ending. */
  readonly module: string
  readonly inputs: readonly Input[]
  readonly output: Topic<unknown, unknown>
  readonly counts: Counts
  /** How many times as fast as the peer we want to be. */
  readonly least?: number | undefined
  /** The peer's cache of updates, bytes; default: its own default. */
  readonly cacheBytes?: number | undefined
}

export interface Run {
  /** From the start of the process to the first output another one can read. */
  readonly startMs: number
  /** From then until everything is read, in proportion for all of the input. */
  readonly ms: number
  /** Of everything the side consists of, from the start of the process to the end. */
  readonly cpuMs: number
  readonly peakBytes: number
  readonly tally: Tally
}

/** What a side had done at a time. */
export interface Look {
  readonly ms: number
  /** Records of the inputs that were read. */
  readonly read: number
  /** Records of the output that others can read. */
  readonly readable: number
}

/** One input topic; where each record goes is the same on both sides. */
export interface Input {
  readonly topic: string
  readonly partitions: number
  readonly records: number
  fill(broker: Broker): Promise<void>
  visit(each: (partition: number, record: BatchCursor) => void): void
}

export const PARTITIONS = 4

/** Batches of lines, dealt to the partitions in turn. */
export const lineInput = ({ batches, lines }: Text): Input => ({
  topic: 'lines',
  partitions: PARTITIONS,
  records: lines,
  fill: (broker) => fill(broker, 'lines', PARTITIONS, batches),
  visit(each) {
    for (const [n, batch] of batches.entries()) {
      const cursor = new BatchCursor(readBatch(batch), offset(0))
      while (cursor.next()) each(n % PARTITIONS, cursor)
    }
  },
})

/** stateless.ts over lines. */
export const lineMapping = (of: Text): Workload => ({
  ...{ name: 'map, filter, map', topology: 'stateless', module: 'stateless', counts: 'every' },
  output: topic('mapped', { value: serde.string(), partitions: PARTITIONS }) as Workload['output'],
  inputs: [lineInput(of)],
})

/** wordcount.ts over lines. */
export const lineCounting = (of: Text): Workload => ({
  ...{ name: 'word count', topology: 'wordcount', module: 'wordcount', counts: 'newest' },
  output: topic('word-counts', {
    ...{ key: serde.string(), value: serde.int64(), partitions: PARTITIONS },
  }) as Workload['output'],
  inputs: [lineInput(of)],
})

/** Records in the partition of their key. */
export const keyedInput = (input: KeyedInput): Input => ({
  topic: input.topic,
  partitions: input.partitions,
  records: input.records,
  fill: (broker) => fillByKey(broker, input),
  visit(each) {
    for (const batch of input.batches) {
      const cursor = new BatchCursor(readBatch(batch), offset(0))
      while (cursor.next()) {
        const key = cursor.buffer.subarray(cursor.keyStart, cursor.keyEnd)
        each(partitionOf(key, key.length, input.partitions), cursor)
      }
    }
  },
})

export const recordsOf = ({ inputs }: Workload): number =>
  inputs.reduce((sum, { records }) => sum + records, 0)

/** What must be left to measure after the first look. */
const SHARE_LEAST = 0.2

/**
 * From the first look at which something had been read to the last, as if the whole input had been read
 * in between. The first output may come much later, where topics of the topology's own lie in between.
 */
export function sustained(looks: readonly Look[], records: number, startedAt: number) {
  const begun = looks.find(({ read }) => read > 0)
  const first = looks.find(({ readable }) => readable > 0)
  const last = looks.at(-1)
  if (begun === undefined || first === undefined || last === undefined) {
    throw new Error('there was no output')
  }
  const share = 1 - begun.read / records
  if (share < SHARE_LEAST) throw new Error('too few records to tell how fast it is')
  return { startMs: first.ms - startedAt, ms: (last.ms - begun.ms) / share }
}
