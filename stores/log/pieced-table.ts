// A table whose values lie in pieces that take one page of LMDB each. A value of more pages would need
// pages that follow one another. When such values go they leave holes of all sizes, and then every
// transaction reads, searches, checks and writes the list of the holes, with the write lock held, before
// one is found that is large enough. A piece goes into any page that is free.
//
//   key          the value, or its first PIECE_BYTES
//   key n(2)     what follows, n from 1; all pieces but the last have PIECE_BYTES
//
// Invariants: (1) all keys have one length, so that pieces sort right behind their first; (2) what begins
// with other than PIECE_BYTES has no further piece.

import { assert } from '#protocols/core/assert'
import { asBuffer } from '#protocols/core/bytes'
import type { Entry, Range, Table } from '../engine/engine.ts'

/** A page of 4096 bytes without its header of 24. Larger pages take several pieces. */
export const PIECE_BYTES = 4072
const NUMBER_BYTES = 2
const PIECES_MAX = 1 << 16

export class PiecedTable {
  readonly #table: Table
  readonly #keyBytes: number

  /** @param keyBytes bytes of every key */
  constructor(table: Table, keyBytes: number) {
    this.#table = table
    this.#keyBytes = keyBytes
  }

  /** Of a key that has no value. */
  put(key: Uint8Array, value: Uint8Array): void {
    assert(value.length <= PIECE_BYTES * PIECES_MAX, 'every piece of a value has a number')
    this.#table.put(key, value.subarray(0, PIECE_BYTES))
    for (let n = 1; n * PIECE_BYTES < value.length; n++) {
      const start = n * PIECE_BYTES
      this.#table.put(pieceKey(key, n), value.subarray(start, start + PIECE_BYTES))
    }
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const pieces: Uint8Array[] = []
    let piece = this.#table.get(key)
    while (piece !== undefined) {
      pieces.push(piece)
      if (piece.length !== PIECE_BYTES) break
      piece = this.#table.get(pieceKey(key, pieces.length))
    }
    return pieces.length > 1 ? Buffer.concat(pieces) : pieces[0]
  }

  delete(key: Uint8Array): boolean {
    const isThere = this.#table.delete(key)
    for (let n = 1; this.#table.delete(pieceKey(key, n)); n++);
    return isThere
  }

  /** Values in the order of keys. A piece whose value is not there comes as it is, under its own key. */
  *range(range: Pick<Range, 'from' | 'to'>): Iterable<Entry> {
    let first: Entry | null = null
    let pieces: Uint8Array[] = []
    for (const entry of this.#table.range(range)) {
      if (first !== null && !this.#isPiece(entry.key, first.key, pieces.length)) {
        yield joined(first, pieces)
        first = null
      }
      if (first === null) [first, pieces] = [entry, []]
      pieces.push(entry.value)
      if (entry.value.length === PIECE_BYTES) continue
      yield joined(first, pieces)
      first = null
    }
    if (first !== null) yield joined(first, pieces)
  }

  /** Whether it is the key of the piece `n` of a value. */
  #isPiece(found: Uint8Array, key: Uint8Array, n: number): boolean {
    const bytes = this.#keyBytes
    if (found.length !== bytes + NUMBER_BYTES) return false
    const view = asBuffer(found)
    return view.readUInt16BE(bytes) === n && view.compare(key, 0, bytes, 0, bytes) === 0
  }
}

const joined = (first: Entry, pieces: readonly Uint8Array[]): Entry =>
  pieces.length === 1 ? first : { key: first.key, value: Buffer.concat(pieces) }

function pieceKey(key: Uint8Array, n: number): Uint8Array {
  const piece = Buffer.allocUnsafe(key.length + NUMBER_BYTES)
  piece.set(key)
  piece.writeUInt16BE(n, key.length)
  return piece
}
