// sided: keys and values of two streams in one place, each marked with the stream it came from. One
// byte in front says so; the right side sorts before the left.
//
//   sided = (0 right | 1 left) inner

import { bytesRefused } from './refuse.ts'
import type { Serde } from './serde.ts'

export interface Sided<T> {
  readonly isLeft: boolean
  readonly of: T
}

/** Left and right may be of different types; each is written by its own serde. */
export const sided = <L, R = L>(left: Serde<L>, right: Serde<R>): Serde<Sided<L | R>> => ({
  name: `sided(${left.name},${right.name})`,
  write({ isLeft, of }, out) {
    out.byte(isLeft ? 1 : 0)
    // The mark says which of the two it is.
    if (isLeft) left.write(of as L, out)
    else right.write(of as R, out)
  },
  read(bytes, start, end) {
    const mark = bytes[start]
    if (start >= end || (mark !== 0 && mark !== 1)) {
      throw bytesRefused('sided', 'it has no mark of its side')
    }
    const of = mark === 1 ? left.read(bytes, start + 1, end) : right.read(bytes, start + 1, end)
    return { isLeft: mark === 1, of }
  },
})
