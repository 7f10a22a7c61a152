// bytes: the bytes themselves. unit: nothing at all, for records that only have to arrive, such as
// those that are counted.

import { valueRefused } from './refuse.ts'
import type { Serde } from './serde.ts'

/** The reader's own copy. */
export const bytes = (): Serde<Uint8Array> => BYTES

/** No bytes, whatever the value; reads as undefined. */
export const unit = (): Serde<unknown> => UNIT

const BYTES: Serde<Uint8Array> = {
  name: 'bytes',
  write(value, out) {
    if (!(value instanceof Uint8Array)) throw valueRefused('bytes', value)
    out.bytes(value)
  },
  read(from, start, end) {
    const copy = new Uint8Array(end - start)
    copy.set(from.subarray(start, end))
    return copy
  },
}

const UNIT: Serde<unknown> = {
  name: 'unit',
  write() {},
  read: () => undefined,
}
