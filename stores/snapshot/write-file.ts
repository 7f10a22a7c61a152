// A file written from its beginning to its end, out of pieces that are still to come.

import { open } from 'node:fs/promises'

/**
 * Large writes cost several times the processor time of so many bytes on the virtual machine where it was
 * measured (spec/decisions/0046-small-snapshots.md).
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
