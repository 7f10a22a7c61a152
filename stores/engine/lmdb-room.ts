// What LMDB takes for granted when it opens an environment: that its two files get their first pages. It
// maps the lock file before any of it is on disk, and where there is no room the first touch of a page
// ends the process (SIGBUS), with all tasks in it. A data file that got half of its head is damage for
// ever. So both are asked for before, in a way that can fail.
//
// Invariant: a lock file is there whole or not at all, and one that is there is never written here: other
// processes may have it mapped.

import {
  closeSync,
  existsSync,
  linkSync,
  openSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { isMillraceError } from '#protocols/core/errors'
import { diskFull, engineError } from './lmdb-errors.ts'

/** More than the first transactions of a new environment write. */
const NEW_BYTES = 1024 * 1024
/** What LMDB makes of it for 1,024 readers, rounded up to pages. */
const LOCK_BYTES = 68 * 1024

/** @throws MillraceError DISK_FULL; what the file system says */
export function layFiles(directory: string): void {
  if (isNew(join(directory, 'data.mdb')) && roomIn(directory) < NEW_BYTES) throw diskFull(directory)
  const path = join(directory, 'lock.mdb')
  if (!existsSync(path)) layLockFile(path)
}

/** Written beside and linked: whoever comes first has made it, and nobody sees a part of it. */
function layLockFile(path: string): void {
  const beside = `${path}.${process.pid}.${threadId}`
  try {
    const file = openSync(beside, 'w')
    try {
      writeSync(file, new Uint8Array(LOCK_BYTES))
    } finally {
      closeSync(file)
    }
    linkSync(beside, path)
  } catch (thrown) {
    const error = engineError(thrown, dirname(path))
    // Somebody else was first, or the file system has no links: then LMDB makes it.
    if (isMillraceError(error, 'DISK_FULL') && !existsSync(path)) throw error
  } finally {
    rmSync(beside, { force: true })
  }
}

const isNew = (path: string): boolean => !existsSync(path) || statSync(path).size === 0

function roomIn(directory: string): number {
  const { bavail, bsize } = statfsSync(directory)
  return bavail * bsize
}
