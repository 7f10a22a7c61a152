// A file written from its beginning to its end, out of pieces that are still to come.

import { open } from 'node:fs/promises'

/**
 * Linux takes one stretch of memory for as much of a write as it can, up to megabytes. Stretches of that
 * size have mostly not been in use before, and a virtual machine has to ask for them: 4 MiB at a time
 * cost four times the processor time of so many bytes, and five times the time.
 */
const WRITE_BYTES = 128 * 1024

/** Resolves when all is written; nothing is flushed. @throws what the source of the pieces throws */
export async function writeFile(path: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'w')
  try {
    for await (const piece of pieces) {
      for (let at = 0; at < piece.length; at += WRITE_BYTES) {
        // Goes on where it was, and with what a full disk left over.
        await file.writeFile(piece.subarray(at, at + WRITE_BYTES))
      }
    }
  } finally {
    await file.close()
  }
}
