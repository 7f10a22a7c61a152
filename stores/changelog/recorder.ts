// The changelog side of stores: mutations become the records of one batch, and the records of such
// batches become mutations again. This is the hinge between a log and a table.
//
// A change's record key is the store's id (four bytes, a hash of its name) followed by the store's
// own key bytes; its value is the store's own value bytes, absent for a deletion. One partition holds
// the changes of all stores of a task, so that one append carries a whole commit; compaction by
// record key then keeps the newest value per store and key.

import { offset } from '#protocols/core/brands'
import type { ByteWriter } from '#protocols/core/byte-writer'
import { utf8 } from '#protocols/core/bytes'
import { type Batch, BatchBuilder, BatchCursor } from '#protocols/records/batch'
import { murmur2 } from '#protocols/records/partitioner'
import { NO_HEADERS } from '#protocols/records/record'
import type { ChangelogSink, StoreLifecycle } from '../store.ts'

const ID_BYTES = 4

/** Stable for a name; two names of one task must not share it (checked where stores are opened). */
export const storeId = (name: string): number => murmur2(utf8(name)) >>> 0

interface Change {
  readonly id: number
  readonly key: Uint8Array
}

export class ChangelogRecorder implements ChangelogSink {
  readonly #builder = new BatchBuilder()
  readonly #ids = new Map<string, number>()
  readonly #change: { id: number; key: Uint8Array } = { id: 0, key: new Uint8Array(0) }

  record(store: string, key: Uint8Array, value: Uint8Array | null, time: number): void {
    this.#change.id = this.#id(store)
    this.#change.key = key
    this.#builder.addTyped(this.#change, writeChange, value, writeBytes, time, NO_HEADERS)
  }

  /** Everything recorded since it was last finished or cleared; null when nothing was. */
  take(): BatchBuilder | null {
    return this.#builder.count === 0 ? null : this.#builder
  }

  #id(store: string): number {
    let id = this.#ids.get(store)
    if (id === undefined) {
      id = storeId(store)
      this.#ids.set(store, id)
    }
    return id
  }
}

/** Applies a batch of changes to the stores they belong to; changes of unknown stores are counted. */
export function replay(batch: Batch, stores: ReadonlyMap<number, StoreLifecycle>): number {
  const cursor = new BatchCursor(batch, offset(0))
  let strangers = 0
  while (cursor.next()) {
    const { buffer, keyStart, keyEnd, valueStart, valueEnd } = cursor
    const store = stores.get(buffer.readUInt32BE(keyStart))
    if (store === undefined) strangers++
    else {
      store.restore(
        buffer.subarray(keyStart + ID_BYTES, keyEnd),
        valueStart < 0 ? null : buffer.subarray(valueStart, valueEnd),
      )
    }
  }
  return strangers
}

function writeChange(change: Change, out: ByteWriter): void {
  out.reserve(ID_BYTES)
  out.buffer.writeUInt32BE(change.id, out.length)
  out.length += ID_BYTES
  out.bytes(change.key)
}

const writeBytes = (value: Uint8Array, out: ByteWriter): void => out.bytes(value)
