// What stores may take of the memory of this machine, or of the control group that the process is in.

import { totalmem } from 'node:os'
import process from 'node:process'

/** What a host takes besides: heaps, batches under way, and the program itself. */
const HOST_BYTES = 200 * 1024 * 1024
/** The rest is for pages of files: those of stores that do not fit are read again and again. */
const SHARE = 1 / 4
/** Of all memory, where a host hardly fits in. */
const SHARE_LEAST = 1 / 16

/** Bytes that the stores of each of so many threads may take besides pages of their files. */
export function storeBytes(threads: number): number {
  const all = memoryBytes()
  return Math.max((all - HOST_BYTES) * SHARE, all * SHARE_LEAST) / threads
}

/** Without a limit the group has none, or one that no machine has. */
function memoryBytes(): number {
  const limit = process.constrainedMemory() || Number.POSITIVE_INFINITY
  return Math.min(totalmem(), limit)
}
