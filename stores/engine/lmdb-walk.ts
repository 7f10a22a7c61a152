// Walks the trees of an LMDB file without mapping it: every page that a reader could reach is looked
// at, so that damage is found as a sentence and not as a crash. The same walk salvages the entries of
// a damaged file: what hangs below a bad page is lost, the rest is not.
//
//   branch and leaf pages   header (lmdb-file.ts), u16 node offsets (from the header's end) up to lower
//   node                    lo u16, hi u16, flags u16, key size u16, key, data
//     in a branch           page = lo | hi << 16 | flags << 32
//     in a leaf             data size = lo | hi << 16; flags 1: data is { page u64, txn u64, pages u64 }
//                           of an overflow page; flags 2: data is a tree (48 bytes), a named table
//   free list                count i64, then entries: a page; 0, nothing; or -n and the first of n pages
//
// Requires: nobody writes meanwhile, or the caller compares the transaction before and after.

import { readSync } from 'node:fs'

const HEADER = 24
const BRANCH = 0x01
const LEAF = 0x02
const OVERFLOW = 0x04
/** A note from the time a page was being written; means nothing on disk. */
const DIRTY_OVERFLOW = 0x2000
const BIG_DATA = 0x01
const SUB_TREE = 0x02
const TREE_BYTES = 48
const ROOT_AT = 40
const NO_PAGE = 2n ** 64n - 1n

export interface FileMeta {
  readonly pageSize: number
  readonly lastPage: number
  readonly transaction: number
  readonly freeRoot: bigint
  readonly mainRoot: bigint
}

export interface FileDamage {
  /** Byte of the file where the bad page begins, or should. */
  readonly at: number
  readonly why: string
  /** The named table it belongs to; empty for the file's own trees. */
  readonly table: string
}

export interface WalkedFile {
  readonly file: number
  readonly bytes: number
  readonly meta: FileMeta
}

export interface WalkVisitor {
  damage(damage: FileDamage): void
  /** Every entry of every named table, when given; values are read only then. */
  entry?(table: string, key: Uint8Array, value: Uint8Array): void
}

/** Visits everything reachable, in key order per table. */
export function walkFile(source: WalkedFile, visitor: WalkVisitor): void {
  const { freeRoot, mainRoot } = source.meta
  const walk = new Walk(source, visitor)
  walk.tree(freeRoot, '', 'free')
  walk.tree(mainRoot, '', 'main')
}

type TreeKind = 'free' | 'main' | 'named'

class Walk {
  readonly #source: WalkedFile
  readonly #visitor: WalkVisitor
  readonly #seen = new Set<bigint>()
  /** Pages that the free list names; it is walked first. */
  readonly #free = new Set<number>()
  /** The key before, of the table being walked. */
  #before: Buffer | null = null

  constructor(source: WalkedFile, visitor: WalkVisitor) {
    this.#source = source
    this.#visitor = visitor
  }

  tree(root: bigint, table: string, kind: TreeKind): void {
    if (root !== NO_PAGE) this.#page(root, table, kind)
  }

  #page(number: bigint, table: string, kind: TreeKind): void {
    const page = this.#read(number, table)
    if (page === null) return
    const flags = page.readUInt16LE(18) & ~DIRTY_OVERFLOW
    const nodes = nodesOf(page)
    if (nodes === null || (flags !== BRANCH && flags !== LEAF)) {
      this.#damaged(number, table, 'the page is neither branch nor leaf')
      return
    }
    for (const at of nodes) {
      if (flags === BRANCH) this.#page(childOf(page, at), table, kind)
      else this.#leaf(number, page, at, table, kind)
    }
  }

  #leaf(number: bigint, page: Buffer, at: number, table: string, kind: TreeKind): void {
    const node = leafOf(page, at)
    if (node === null) {
      this.#damaged(number, table, 'an entry runs out of its page')
      return
    }
    if ((node.flags & ~(SUB_TREE | BIG_DATA)) !== 0) {
      // Read as such, it would be a list of values, of which we have none.
      this.#damaged(number, table, 'an entry is of no kind there is')
      return
    }
    if ((node.flags & SUB_TREE) !== 0) {
      if (kind === 'main' && node.data.length === TREE_BYTES) {
        this.#before = null
        this.tree(node.data.readBigUInt64LE(ROOT_AT), tableName(node.key), 'named')
      } else this.#damaged(number, table, 'a table lies where none can be')
      return
    }
    if (kind === 'named') this.#checkOrder(number, node.key, table)
    const isWanted = kind === 'free' || this.#visitor.entry !== undefined
    const value = (node.flags & BIG_DATA) === 0 ? node.data : this.#overflow(node, table, isWanted)
    if (value === null) return
    if (kind === 'free') this.#checkFree(number, value)
    else if (kind === 'named') this.#visitor.entry?.(table, node.key, value)
  }

  /** What is called free must be pages there can be; `#read` tells those that are in use. */
  #checkFree(number: bigint, list: Buffer): void {
    const words = list.length / 8
    const count = words >= 1 ? Number(list.readBigInt64LE(0)) : -1
    let isGood = Number.isInteger(words) && count >= 0 && count < words
    for (let i = 1; isGood && i <= count; i++) {
      const word = Number(list.readBigInt64LE(i * 8))
      if (word === 0) continue
      if (word < 0 && i === count) isGood = false
      else if (word < 0) isGood = this.#addFree(Number(list.readBigInt64LE(++i * 8)), -word)
      else isGood = this.#addFree(word, 1)
    }
    if (!isGood) this.#damaged(number, '', 'the list of free pages names some that cannot be')
  }

  #addFree(first: number, count: number): boolean {
    if (first < 2 || first + count - 1 > this.#source.meta.lastPage) return false
    for (let page = first; page < first + count; page++) {
      if (this.#free.has(page)) return false
      this.#free.add(page)
    }
    return true
  }

  /** Keys out of order are found by a walk and missed by a search. */
  #checkOrder(number: bigint, key: Buffer, table: string): void {
    if (this.#before !== null && Buffer.compare(this.#before, key) >= 0) {
      this.#damaged(number, table, 'an entry is out of order')
    }
    this.#before = key
  }

  /** The bytes of a long value, or null when they are not there or not wanted. */
  #overflow({ data, size }: LeafNode, table: string, isWanted: boolean): Buffer | null {
    const { file, bytes, meta } = this.#source
    const number = data.readBigUInt64LE(0)
    const pages = BigInt(Math.ceil((HEADER + size) / meta.pageSize))
    const head = this.#read(number, table, HEADER)
    if (head === null) return null
    const isWhole = (number + pages) * BigInt(meta.pageSize) <= BigInt(bytes)
    const isOverflow = head.readUInt16LE(18) === OVERFLOW
    const isCounted = BigInt(head.readUInt32LE(20)) === pages
    if (!isOverflow || !isCounted || data.readBigUInt64LE(16) !== pages || !isWhole) {
      this.#damaged(number, table, isWhole ? 'a long value is not there' : 'the file ends too soon')
      return null
    }
    if (!isWanted) return null
    const value = Buffer.alloc(size)
    readSync(file, value, 0, size, Number(number) * meta.pageSize + HEADER)
    return value
  }

  #read(number: bigint, table: string, length = this.#source.meta.pageSize): Buffer | null {
    const { file, bytes, meta } = this.#source
    if (number > BigInt(meta.lastPage)) {
      this.#damaged(number, table, 'a page is named that cannot be')
      return null
    }
    const at = Number(number) * meta.pageSize
    if (at + meta.pageSize > bytes) {
      this.#damaged(number, table, 'the file ends too soon')
      return null
    }
    if (this.#seen.has(number) || this.#free.has(Number(number))) {
      this.#damaged(number, table, 'a page is used twice')
      return null
    }
    this.#seen.add(number)
    const page = Buffer.alloc(length)
    readSync(file, page, 0, length, at)
    if (page.readBigUInt64LE(0) !== number) {
      this.#damaged(number, table, 'the page is another one')
      return null
    }
    // LMDB takes a page of a later transaction for one it may write to in place: that would crash.
    if (page.readBigUInt64LE(8) > BigInt(meta.transaction)) {
      this.#damaged(number, table, 'the page is from a transaction that has not been')
      return null
    }
    return page
  }

  #damaged(number: bigint, table: string, why: string): void {
    this.#visitor.damage({ at: Number(number) * this.#source.meta.pageSize, why, table })
  }
}

interface LeafNode {
  readonly flags: number
  readonly key: Buffer
  /** Inline data, or the reference to an overflow page. */
  readonly data: Buffer
  readonly size: number
}

/** Where the nodes of a page begin; null when the page does not add up. */
function nodesOf(page: Buffer): number[] | null {
  const lower = page.readUInt16LE(20)
  const upper = page.readUInt16LE(22)
  if (lower > upper || HEADER + upper > page.length || lower % 2 !== 0) return null
  const nodes: number[] = []
  for (let i = 0; i < lower; i += 2) {
    const at = HEADER + page.readUInt16LE(HEADER + i)
    if (at < HEADER + upper || at + 8 > page.length) return null
    nodes.push(at)
  }
  return nodes
}

const childOf = (page: Buffer, at: number): bigint =>
  BigInt(page.readUInt32LE(at)) | (BigInt(page.readUInt16LE(at + 4)) << 32n)

function leafOf(page: Buffer, at: number): LeafNode | null {
  const size = page.readUInt32LE(at)
  const flags = page.readUInt16LE(at + 4)
  const keyEnd = at + 8 + page.readUInt16LE(at + 6)
  const end = keyEnd + ((flags & BIG_DATA) === 0 ? size : 24)
  if (end > page.length) return null
  return { flags, size, key: page.subarray(at + 8, keyEnd), data: page.subarray(keyEnd, end) }
}

/** lmdb-js ends names with a zero byte. */
const tableName = (key: Buffer): string => key.toString('utf8').replace(/\0+$/, '')
