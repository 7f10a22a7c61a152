// Records as the peer's loader reads them (kafka-streams/, Load.java): topic, partition, time, key and
// value, as Java's DataInput has them; a length of -1 says null.

import { appendFileSync, writeFileSync } from 'node:fs'
import type { BatchCursor } from '#protocols/records/batch'
import type { Input } from './workload.ts'

const CHUNK_BYTES = 1 << 20

export function writeRecords(file: string, inputs: readonly Input[]): void {
  writeFileSync(file, '')
  let chunk = Buffer.allocUnsafe(2 * CHUNK_BYTES)
  let end = 0
  const flush = (): void => {
    appendFileSync(file, chunk.subarray(0, end))
    end = 0
  }
  const bytes = (from: Buffer, start: number, stop: number): void => {
    end = chunk.writeInt32BE(start < 0 ? -1 : stop - start, end)
    if (start >= 0) end += from.copy(chunk, end, start, stop)
  }
  const write = (topic: string, partition: number, it: BatchCursor): void => {
    const longest = it.buffer.length + 64 + topic.length
    if (longest > chunk.length - end) flush()
    if (longest > chunk.length) chunk = Buffer.allocUnsafe(2 * longest)
    end = chunk.writeUInt16BE(topic.length, end)
    end += chunk.write(topic, end, 'latin1')
    end = chunk.writeInt32BE(partition, end)
    end = chunk.writeDoubleBE(it.time, end)
    bytes(it.buffer, it.keyStart, it.keyEnd)
    bytes(it.buffer, it.valueStart, it.valueEnd)
  }
  for (const { topic, visit } of inputs) {
    visit((partition, record) => write(topic, partition, record))
    flush()
  }
}
