// A store's engine as a file that can be sent to another machine: copied while it is open, read in
// pieces, and put where an engine will be opened.
//
// Invariants: (1) what `installStore` leaves is the whole file, or what was there before; (2) nothing is
// flushed: as for any store, the mark of the directory says that it is good until the machine restarts.

import { constants, existsSync, readdirSync, rmSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { SnapshotBytes } from '#protocols/broker/broker'
import type { Engine } from '../engine/engine.ts'
import { openEmptyDirectory } from '../engine/lmdb-directory.ts'
import { engineError } from '../engine/lmdb-errors.ts'
import { checkFile } from '../engine/lmdb-file.ts'
import { writeFile } from './write-file.ts'

const FILE = 'data.mdb'
const PIECE_BYTES = 4 * 1024 * 1024

/**
 * Copies the engine that is open in a directory, to one beside it that is new. Answers where to.
 * @throws MillraceError DISK_FULL, DIRECTORY_UNWRITABLE
 */
export async function copyStore(engine: Engine, directory: string): Promise<string> {
  const target = await mkdtemp(`${directory}.copy-`)
  try {
    await engine.copy(target)
    return target
  } catch (error) {
    await rm(target, { recursive: true, force: true })
    throw error
  }
}

/** The file of a store that is not open, and is opened no more. */
export function storeFile(directory: string): SnapshotBytes {
  const path = join(directory, FILE)
  return { file: { path, prove: async () => {} }, [Symbol.asyncIterator]: () => piecesOf(path) }
}

async function* piecesOf(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r')
  try {
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(PIECE_BYTES))
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}

/**
 * Makes the bytes the store of a directory, in place of what is there.
 * @throws MillraceError DISK_FULL; LOG_DAMAGED when they are not the file of a store; what their source throws
 */
export async function installStore(directory: string, bytes: SnapshotBytes): Promise<void> {
  await mkdir(dirname(directory), { recursive: true })
  const incoming = await mkdtemp(`${directory}.incoming-`)
  openEmptyDirectory(incoming, 'store')
  try {
    await fetch(bytes, join(incoming, FILE))
    checkFile(join(incoming, FILE))
    await rm(directory, { recursive: true, force: true })
    await rename(incoming, directory)
  } catch (error) {
    await rm(incoming, { recursive: true, force: true })
    throw engineError(error, directory)
  }
}

/**
 * Removes what a process that died left beside the directory of a store. At once, as LMDB opens: a task
 * that waited for the disk here would be out of sight of a clock that is turned by hand.
 */
export function clearRemains(directory: string): void {
  const place = dirname(directory)
  if (!existsSync(place)) return
  const remains = `${basename(directory)}.`
  for (const name of readdirSync(place)) {
    if (name.startsWith(remains)) rmSync(join(place, name), { recursive: true, force: true })
  }
}

async function fetch(bytes: SnapshotBytes, path: string): Promise<void> {
  const { file } = bytes
  if (file !== undefined && (await isCloned(file.path, path))) await file.prove(path)
  else await writeFile(path, bytes)
}

/**
 * Whether the two share their blocks now, which few file systems can. Where they do not, bytes are proved
 * on their way, instead of copied and read again.
 */
async function isCloned(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE)
    return true
  } catch {
    // Whatever else may be wrong with either, who reads and writes them says.
    return false
  }
}
