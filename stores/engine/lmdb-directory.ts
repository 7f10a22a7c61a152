// What must be true of a directory before LMDB maps a file in it. A small mark beside the data says
// whose it is: `millrace.json`, written once, before the data.
//
//   { "format": "millrace log 1" }
//   { "format": "millrace store 1", "boot": "<boot id>", "isOpen": true }
//
// A store is not flushed, open or closed, so its file is good as long as the machine has not restarted
// since (the page cache outlives the process): a task that moves waits for no disk. A store that was
// left like that under another boot id is wiped: the log rebuilds it. `flushStore` says of one that is
// closed that it is good for longer. A log is never wiped. Nothing is written before the mark and the
// file were found to be ours and whole.

import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { open as openFile } from 'node:fs/promises'
import { uptime } from 'node:os'
import { dirname, join } from 'node:path'
import { isMillraceError, MillraceError } from '#protocols/core/errors'
import { engineError, isMissing } from './lmdb-errors.ts'
import { checkFile } from './lmdb-file.ts'
import { layFiles } from './lmdb-room.ts'

interface Mark {
  readonly format: string
  readonly boot?: string
  /** Open, or closed without a flush. */
  readonly isOpen?: boolean
}

const MARK = 'millrace.json'
const formatOf = (kind: 'log' | 'store'): string => `millrace ${kind} 1`
const FILES = ['data.mdb', 'lock.mdb']

/** @throws MillraceError DIRECTORY_UNWRITABLE, DIRECTORY_FORMAT, LOG_DAMAGED, DISK_FULL */
export function openDirectory(directory: string, kind: 'log' | 'store'): void {
  const format = formatOf(kind)
  // Looked at first: whoever opens it at the same moment writes the mark before the data.
  const hasData = existsSync(join(directory, 'data.mdb'))
  const found = readMark(directory)
  if (found === null && hasData) {
    throw formatUnknown(directory, 'data of another program', format)
  }
  if (found !== null && found.format !== format) {
    throw formatUnknown(directory, found.format, format)
  }
  try {
    makeDirectory(directory)
    if (kind === 'log') openLog(directory, found, format)
    else openStore(directory, found, format)
    layFiles(directory)
  } catch (thrown) {
    throw unusable(directory, thrown)
  }
}

/**
 * As `openDirectory`, for a copy that must not overwrite anything.
 * @throws MillraceError DIRECTORY_NOT_EMPTY
 */
export function openEmptyDirectory(directory: string, kind: 'log' | 'store'): void {
  if (existsSync(directory) && readdirSync(directory).length > 0) throw notEmpty(directory)
  openDirectory(directory, kind)
}

/**
 * Flushes a store that nobody has open, so that it is good after a restart of the machine too. Does
 * nothing where there is none, or where one is on the disk already.
 */
export async function flushStore(directory: string): Promise<void> {
  const [found, boot] = [readMark(directory), thisBoot()]
  if (found?.format !== formatOf('store') || found.isOpen !== true || found.boot !== boot) return
  const path = join(directory, 'data.mdb')
  if (!existsSync(path)) return
  const file = await openFile(path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
  writeMark(directory, { ...found, isOpen: false })
}

/** Level by level: Node's own recursion never ends where a file system refuses with ENOENT, as /proc does. */
function makeDirectory(directory: string): void {
  const parent = dirname(directory)
  if (!existsSync(parent)) makeDirectory(parent)
  try {
    mkdirSync(directory)
  } catch (thrown) {
    if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) throw thrown
  }
}

function openLog(directory: string, found: Mark | null, format: string): void {
  checkFile(join(directory, 'data.mdb'))
  if (found === null) writeMark(directory, { format })
  else probe(directory)
}

function openStore(directory: string, found: Mark | null, format: string): void {
  const boot = thisBoot()
  const isMarked = found?.isOpen === true
  if (isMarked && found.boot !== boot) wipe(directory)
  else checkFile(join(directory, 'data.mdb'))
  if (isMarked && found.boot === boot) probe(directory)
  else writeMark(directory, { format, boot, isOpen: true })
}

function wipe(directory: string): void {
  for (const file of FILES) rmSync(join(directory, file), { force: true })
}

function readMark(directory: string): Mark | null {
  const path = join(directory, MARK)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return null
    throw unusable(directory, error)
  }
  try {
    const value: unknown = JSON.parse(text)
    // Written by `writeMark`; whatever else it may be is told by its format.
    if (typeof value === 'object' && value !== null) return value as Mark
  } catch {
    // Not JSON, so not our mark: the refusal below says so.
  }
  return { format: 'unreadable' }
}

/** Whole or not at all, and on the disk before anything is written that it speaks of. */
function writeMark(directory: string, mark: Mark): void {
  const beside = join(directory, `${MARK}.${process.pid}`)
  try {
    writeFlushed(beside, `${JSON.stringify(mark)}\n`)
    renameSync(beside, join(directory, MARK))
    flushNames(directory)
  } catch (error) {
    rmSync(beside, { force: true })
    throw error
  }
}

function writeFlushed(path: string, text: string): void {
  const file = openSync(path, 'w')
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Flushes which names a directory has, where the system lets a directory be opened. */
function flushNames(directory: string): void {
  if (process.platform === 'win32') return
  const opened = openSync(directory, 'r')
  try {
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}

/** Opens the mark for writing without changing it, so that a read-only directory is told early. */
function probe(directory: string): void {
  closeSync(openSync(join(directory, MARK), 'r+'))
}

/** Where the system has no id: the minute of the start, which differs between boots and hardly drifts within one. */
const thisBoot = (): string =>
  bootId() ?? `start-${Math.round((Date.now() / 1000 - uptime()) / 60)}`

/** Of the running machine since its start; null where the system does not say. */
function bootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return null
  }
}

const formatUnknown = (directory: string, found: string, wanted: string): MillraceError =>
  new MillraceError({
    code: 'DIRECTORY_FORMAT',
    what: `the directory holds '${found}', not '${wanted}'`,
    where: directory,
    hint: 'Point to an empty directory, or start the version that wrote this one',
  })

const notEmpty = (directory: string): MillraceError =>
  new MillraceError({
    code: 'DIRECTORY_NOT_EMPTY',
    what: 'the directory for the copy has something in it',
    where: directory,
    hint: 'Name an empty directory or one that does not exist yet',
  })

function unusable(directory: string, thrown: unknown): MillraceError {
  const error = engineError(thrown, directory)
  return isMillraceError(error) ? error : unwritable(directory, error)
}

export const unwritable = (directory: string, cause: unknown): MillraceError =>
  new MillraceError({
    code: 'DIRECTORY_UNWRITABLE',
    what: `the directory cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`,
    where: directory,
    hint: 'Check that it exists, belongs to this user and is not read-only',
    cause,
  })
