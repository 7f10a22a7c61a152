// Entries in the order of their keys, about, for those who write them to a tree: neighbours are on one
// page then, which is changed and written once.
//
// About: keys are told apart by four bytes after what all of them have in common. A number has room for
// those and a place, so that numbers are sorted and no function is called for two of them. Entries that
// four bytes do not tell apart stay as they came, and so do those with the same key, and all of them
// where there are more than two million.

const BYTES = 4
/** Places in a list; with 32 bits of a key they are a safe integer. */
const PLACES = 2 ** 21

/** A new list of them. */
export function inKeyOrder<T extends { readonly bytes: Uint8Array }>(entries: readonly T[]): T[] {
  const { length } = entries
  if (length > PLACES) return [...entries]
  const shared = sharedBytes(entries)
  const order = new Float64Array(length)
  for (let place = 0; place < length; place++) {
    const { bytes } = entries[place] as T // below the length
    order[place] = numberAt(bytes, shared) * PLACES + place
  }
  order.sort()
  const ordered = new Array<T>(length)
  for (let at = 0; at < length; at++) {
    const number = order[at] as number // below the length
    ordered[at] = entries[number - Math.floor(number / PLACES) * PLACES] as T // a place in the list
  }
  return ordered
}

/** How many bytes all keys begin with alike. */
function sharedBytes(entries: readonly { readonly bytes: Uint8Array }[]): number {
  const first = entries[0]?.bytes ?? new Uint8Array(0)
  let shared = first.length
  for (const { bytes } of entries) {
    let at = 0
    while (at < shared && bytes[at] === first[at]) at++
    shared = at
  }
  return shared
}

/** Big-endian; beyond the end of a key are zeros. */
function numberAt(bytes: Uint8Array, from: number): number {
  let number = 0
  for (let at = from; at < from + BYTES; at++) number = number * 256 + (bytes[at] ?? 0)
  return number
}
