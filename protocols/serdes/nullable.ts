// nullable: lets null stand for "absent" in the type. Nothing about the bytes changes: a record that
// has a key or a value has it as the inner serde says, and null is the field that is not there.

import type { Write } from '../core/byte-writer.ts'
import type { Serde } from './serde.ts'

export function nullable<T>(inner: Serde<T>): Serde<T | null> {
  const { name, read, unplacedBytes = 0 } = inner
  // Null never reaches a serde, so the inner writer sees only values of T.
  const write = inner.write as Write<T | null>
  return { name, write, read, isNullable: true, unplacedBytes }
}
