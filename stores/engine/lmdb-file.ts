// Looks at an LMDB file before it is mapped. LMDB trusts its file: a page that is not there or is not
// what it says ends the process. The layout, as lmdb-js writes it on 64-bit little-endian machines:
//
//   page header  24 bytes   number u64, transaction u64, pad u16, flags u16, lower u16, upper u16
//   meta pages 0 and 1, after the header:
//     magic u32, version u32, address u64, map size u64, free tree (48), main tree (48),
//     last page u64, transaction u64
//   tree  48 bytes          pad u32 (page size, in the free tree), flags u16, depth u16,
//                           branch, leaf, overflow pages u64, entries u64, root u64
//
// In a log a head is written when everything it tells of is on the disk, so the newer of the two is good,
// whenever the machine stopped.

import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs'
import { damaged } from './lmdb-errors.ts'
import { type FileDamage, type FileMeta, walkFile } from './lmdb-walk.ts'

const HEADER = 24
/** Where a head's page has the number of its transaction. */
export const TRANSACTION_AT = HEADER + 128
const META_BYTES = HEADER + 136
const MAGIC = 0xbeefc0de
const VERSION = 2
const META_FLAG = 0x08
const ATTEMPTS = 5

const EMPTY_FILE: Inspection = { damage: [], meta: null, bytes: 0, isBusy: false }

/**
 * Checks what can be checked cheaply: magic, version, page size, and that the file has the pages the
 * newest transaction knows. The last pages may rightly be missing when they were freed before they
 * were ever written, so a short file is walked. A missing or empty file is fine: LMDB will make it.
 * @throws MillraceError LOG_DAMAGED
 */
export function checkFile(path: string): void {
  if (!existsSync(path)) return
  const [first] = inspectFile(path, { isDeep: false }).damage
  if (first !== undefined) throw damaged(path, first.why, first.at)
}

export interface Inspection {
  readonly damage: readonly FileDamage[]
  readonly meta: FileMeta | null
  readonly bytes: number
  /** Somebody wrote all the while, so that nothing was proven. */
  readonly isBusy: boolean
}

/**
 * Everything wrong with a file, the first pages first. Others may write meanwhile.
 * @param isDeep walk the trees in any case, not only when the file is short
 * @throws MillraceError LOG_DAMAGED when it has no head to start from
 */
export function inspectFile(path: string, { isDeep }: { isDeep: boolean }): Inspection {
  const file = openSync(path, 'r')
  try {
    if (fstatSync(file).size === 0) return EMPTY_FILE
    for (let attempt = 1; ; attempt++) {
      const meta = readMeta(file, path)
      const { size: bytes } = fstatSync(file)
      const damage: FileDamage[] = []
      const isShort = bytes < (meta.lastPage + 1) * meta.pageSize
      if (isShort || isDeep) walkFile({ file, bytes, meta }, { damage: (it) => damage.push(it) })
      // A writer may have reused pages under the walk: then the walk proves nothing.
      const isStill = readMeta(file, path).transaction === meta.transaction
      if (damage.length === 0 || isStill) return { damage, meta, bytes, isBusy: false }
      if (attempt === ATTEMPTS) return { damage: [], meta, bytes, isBusy: true }
    }
  } finally {
    closeSync(file)
  }
}

/** The head that LMDB goes by. Throws LOG_DAMAGED when there is none. */
export function readMeta(file: number, path: string): FileMeta {
  const first = metaAt(file, path, 0)
  const second = metaAt(file, path, first.pageSize)
  if (first.pageSize !== second.pageSize) throw damaged(path, 'its two heads disagree', 0)
  return first.transaction >= second.transaction ? first : second
}

function metaAt(file: number, path: string, at: number): FileMeta {
  const page = Buffer.alloc(META_BYTES)
  if (readSync(file, page, 0, META_BYTES, at) < META_BYTES) {
    throw damaged(path, 'it ends inside its head', at)
  }
  const flags = page.readUInt16LE(18)
  if (page.readUInt32LE(HEADER) !== MAGIC || (flags & META_FLAG) === 0) {
    throw damaged(path, 'it is no LMDB file', at + HEADER)
  }
  const version = page.readUInt32LE(HEADER + 4) & 0xffff
  if (version !== VERSION) {
    throw damaged(path, `it has format ${version}, not ${VERSION}`, at + HEADER + 4)
  }
  const pageSize = page.readUInt32LE(HEADER + 24)
  if (pageSize < 512 || pageSize > 65536 || (pageSize & (pageSize - 1)) !== 0) {
    throw damaged(path, `its page size is ${pageSize}`, at + HEADER + 24)
  }
  return {
    pageSize,
    lastPage: Number(page.readBigUInt64LE(HEADER + 120)),
    transaction: Number(page.readBigUInt64LE(TRANSACTION_AT)),
    freeRoot: page.readBigUInt64LE(HEADER + 24 + 40),
    mainRoot: page.readBigUInt64LE(HEADER + 72 + 40),
  }
}
