// What stores may take of the memory of this machine, or of the control group that the process is in.

import { totalmem } from 'node:os'
import process from 'node:process'

/**
 * The rest is for heaps, for batches under way, and above all for pages of files: where those of the stores do
 * not fit, each of them is read again and again.
 */
const SHARE = 0.25

/** Bytes that the stores of each of so many threads may take besides pages of their files. */
export const storeBytes = (threads: number): number => (memoryBytes() * SHARE) / threads

/** Without a limit the group has none, or one that no machine has. */
function memoryBytes(): number {
  const limit = process.constrainedMemory() || Number.POSITIVE_INFINITY
  return Math.min(totalmem(), limit)
}
