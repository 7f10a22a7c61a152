// What the disk alone gives when pages are asked for in no order: the floor of state that is larger than
// memory. The page cache of the system is passed by.

import { closeSync, constants, openSync, read, readSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tempDir } from '../../kit/temp-dir.ts'
import { spread } from './dimensions.ts'

const PAGE_BYTES = 4096
const FILE_PAGES = 1 << 17
/** What a device may want the memory of a read to be aligned to. */
const ALIGNED_BYTES = 512
const READS = 20_000

/** Reads of a page a second, so many at a time. */
export async function randomReads(atOnce: number): Promise<number> {
  const path = join(tempDir(), 'pages')
  for (let n = 0; n < 8; n++) {
    writeFileSync(path, new Uint8Array((FILE_PAGES * PAGE_BYTES) / 8), { flag: 'a', flush: true })
  }
  const file = openSync(path, constants.O_RDONLY | constants.O_DIRECT)
  const page = spread(FILE_PAGES)
  let next = 0
  try {
    const start = performance.now()
    const readers = Array.from({ length: atOnce }, async () => {
      const buffer = aligned(file)
      while (next < READS) await pageInto(buffer, file, page(next++))
    })
    await Promise.all(readers)
    return (READS / (performance.now() - start)) * 1000
  } finally {
    closeSync(file)
    rmSync(path)
  }
}

/** Memory that a read past the page cache may go into: where it is, only a read can tell. */
function aligned(file: number): Buffer {
  const room = Buffer.allocUnsafeSlow(PAGE_BYTES + ALIGNED_BYTES)
  for (let from = 0; from < ALIGNED_BYTES; from += 8) {
    const buffer = room.subarray(from, from + PAGE_BYTES)
    try {
      readSync(file, buffer, 0, PAGE_BYTES, 0)
      return buffer
    } catch {
      // Not there: further on.
    }
  }
  throw new Error('this file system reads through its cache alone')
}

const pageInto = (buffer: Buffer, file: number, page: number): Promise<void> =>
  new Promise((resolve, reject) => {
    read(file, buffer, 0, PAGE_BYTES, page * PAGE_BYTES, (error) => {
      if (error === null) resolve()
      else reject(error)
    })
  })
