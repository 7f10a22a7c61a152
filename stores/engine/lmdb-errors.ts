// What LMDB and the file system say, as the house says it. Full is weather: readers go on, writers
// try later. A failed write that is not about room is not explained away: it is never retried.

import { statfsSync } from 'node:fs'
import { AssertionFailed } from '#protocols/core/assert'
import { asError, isMillraceError, MillraceError } from '#protocols/core/errors'
import { systemLimit } from '#protocols/core/system-limit'

const MAP_FULL = -30792
const DBS_FULL = -30791
const READERS_FULL = -30790
const ENOSPC = 28
const EIO = 5
const EFBIG = 27
const EDQUOT = 122
/** The same, as Node names them where it writes a file itself. */
const FULL: readonly unknown[] = ['ENOSPC', 'EDQUOT', 'EFBIG']
const ROOM_BYTES = 64 * 1024 * 1024
const DAMAGED: readonly number[] = [-30797, -30796, -30795, -30794, -30793, -30785]

/** An error thrown by LMDB, or by writing a file beside it; those that already are ours pass through. */
export function engineError(thrown: unknown, place: string): Error {
  if (isMillraceError(thrown) || thrown instanceof AssertionFailed) return thrown
  const error = asError(thrown)
  // Native errors carry LMDB's number as `code`.
  const code = (error as { code?: unknown }).code
  if (FULL.includes(code)) return diskFull(place, error)
  const limit = systemLimit(error, place)
  if (limit !== null) return limit
  return typeof code === 'number' ? engineFailure(code, place, error) : error
}

/** A status number of LMDB or the operating system. */
export function engineFailure(status: number, place: string, cause?: Error): MillraceError {
  const code = status < 0 && status > -30000 ? -status : status
  if (code === MAP_FULL) return logFull(place, undefined, cause)
  if (code === ENOSPC || code === EDQUOT || code === EFBIG) return diskFull(place, cause)
  // LMDB calls a write that was cut short EIO, whatever cut it short.
  if (code === EIO && isAlmostFull(place)) return diskFull(place, cause)
  if (DAMAGED.includes(code)) return damaged(place, `LMDB status ${code}`, undefined, cause)
  const what =
    code === READERS_FULL || code === DBS_FULL
      ? 'too many threads or tables use the directory at once'
      : `the directory could not be written: status ${code}`
  return new MillraceError({ code: 'DISK_FAILED', what, where: place, cause })
}

/** Of a compacted copy, whose errors have no number: there are pages neither used nor known to be free. */
export const hasLostPages = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('MDB_INCOMPATIBLE')

/** Of a file that is not there. */
export const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT'

/** Less room than a large transaction may take. */
function isAlmostFull(place: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(place)
    return bavail * bsize < ROOM_BYTES
  } catch {
    // The directory is gone or cannot be asked: then it is not about room.
    return false
  }
}

export const logFull = (place: string, bytesMax?: number, cause?: unknown): MillraceError =>
  new MillraceError({
    code: 'LOG_FULL',
    what: `the directory holds as much as it may${bytesMax === undefined ? '' : `: ${bytesMax} bytes`}`,
    where: place,
    hint: 'Drop topics, set retention, or raise the limit; writing goes on by itself then',
    retry: 'later',
    cause,
  })

export const storeFull = (place: string, bytesMax: number): MillraceError =>
  new MillraceError({
    code: 'STORE_FULL',
    what: `the stores of a task have come to the ${bytesMax} bytes that were set aside for them`,
    where: place,
    hint: 'Nothing is to be done: they are opened again with room for twice as many',
    retry: 'soon',
  })

export const diskFull = (place: string, cause?: unknown): MillraceError =>
  new MillraceError({
    code: 'DISK_FULL',
    what: 'the disk has no room left',
    where: place,
    hint: 'Free space on the disk; writing goes on by itself then',
    retry: 'later',
    cause,
  })

export const directoryReplaced = (place: string): MillraceError =>
  new MillraceError({
    code: 'DIRECTORY_REPLACED',
    what: 'the directory was removed, moved or replaced while it was in use',
    where: place,
    hint: 'Nothing is written any more. Stop what uses it; put the directory back, or begin with the new one',
  })

export const damaged = (place: string, why: string, at?: number, cause?: unknown): MillraceError =>
  new MillraceError({
    code: 'LOG_DAMAGED',
    what: `the file cannot be trusted: ${why}`,
    where: at === undefined ? place : `${place}, byte ${at}`,
    hint: 'Look closer with: millrace log check DIR',
    cause,
  })
