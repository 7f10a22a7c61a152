// A file written from its beginning to its end, out of pieces that are still to come.
//
// Invariants: (1) a piece is copied when it comes and not held on to: memory that lives on while more
// comes is old to the collector, which then walks the whole heap for every few dozen megabytes; (2) a
// block is filled again only when it was written; (3) nothing is being written any more when it settles.

import { type FileHandle, open } from 'node:fs/promises'

/**
 * So large that a loop which comes around rarely keeps the disk busy. Still larger writes cost several
 * times the processor time of so many bytes on the virtual machine where it was measured
 * (spec/decisions/0050-snapshots-in-blocks.md).
 */
const BLOCK_BYTES = 512 * 1024
/** Threads that a disk may hold up, of the four of a process. */
const WRITES_AT_ONCE = 3

/** Resolves when all is written; nothing is flushed. @throws what the source of the pieces throws */
export async function writeFile(path: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'w')
  const underWay: Promise<void>[] = []
  try {
    let at = 0
    for await (const block of blocksOf(pieces)) {
      const writing = write(file, block, at)
      // Told below, to whoever waits for it.
      writing.catch(() => {})
      underWay.push(writing)
      at += block.length
      if (underWay.length > WRITES_AT_ONCE) await underWay.shift()
    }
    for (const writing of underWay) await writing
  } finally {
    await Promise.allSettled(underWay)
    await file.close()
  }
}

/** Each is the asker's until it has asked for `WRITES_AT_ONCE` more. */
async function* blocksOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const ring = Array.from({ length: WRITES_AT_ONCE + 1 }, () => new Uint8Array(BLOCK_BYTES))
  let n = 0
  const block = (): Uint8Array => ring[n % ring.length] as Uint8Array // there are so many
  let used = 0
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const some = piece.subarray(at, at + BLOCK_BYTES - used)
      block().set(some, used)
      at += some.length
      used += some.length
      if (used < BLOCK_BYTES) continue
      yield block()
      n++
      used = 0
    }
  }
  if (used > 0) yield block().subarray(0, used)
}

async function write(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    // A full disk takes a part, and refuses the rest.
    at += (await file.write(bytes, at, bytes.length - at, position + at)).bytesWritten
  }
}
