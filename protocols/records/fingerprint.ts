// A fingerprint of bytes: 128 bits that tell one value from another, where sending the value itself
// would cost too much. MurmurHash3 x86_128 by Austin Appleby, public domain, seed 0: not a signature,
// it only has to differ by chance.

const C1 = 0x239b961b
const C2 = 0xab0e9789
const C3 = 0x38b34ae5
const C4 = 0xa1e38b93

/** Sixteen bytes, of the first `length` bytes. */
export function fingerprint(bytes: Uint8Array, length = bytes.length): Uint8Array {
  let h1 = 0
  let h2 = 0
  let h3 = 0
  let h4 = 0
  const blocks = length & ~15
  for (let i = 0; i < blocks; i += 16) {
    h1 ^= mixed(word(bytes, i), C1, 15, C2)
    h1 = (Math.imul((rotated(h1, 19) + h2) | 0, 5) + 0x561ccd1b) | 0
    h2 ^= mixed(word(bytes, i + 4), C2, 16, C3)
    h2 = (Math.imul((rotated(h2, 17) + h3) | 0, 5) + 0x0bcaa747) | 0
    h3 ^= mixed(word(bytes, i + 8), C3, 17, C4)
    h3 = (Math.imul((rotated(h3, 15) + h4) | 0, 5) + 0x96cd1c35) | 0
    h4 ^= mixed(word(bytes, i + 12), C4, 18, C1)
    h4 = (Math.imul((rotated(h4, 13) + h1) | 0, 5) + 0x32ac3b17) | 0
  }
  // The rest, fewer than sixteen bytes; those beyond the end count as 0 and mix to 0.
  h4 ^= mixed(last(bytes, blocks + 12, length), C4, 18, C1)
  h3 ^= mixed(last(bytes, blocks + 8, length), C3, 17, C4)
  h2 ^= mixed(last(bytes, blocks + 4, length), C2, 16, C3)
  h1 ^= mixed(last(bytes, blocks, length), C1, 15, C2)
  return finished(h1 ^ length, h2 ^ length, h3 ^ length, h4 ^ length)
}

/** The first becomes the sum of all, which is added to each of the others; before and after they mix. */
function finished(h1: number, h2: number, h3: number, h4: number): Uint8Array {
  const sum = (h1 + h2 + h3 + h4) | 0
  const a1 = avalanche(sum)
  const a2 = avalanche((h2 + sum) | 0)
  const a3 = avalanche((h3 + sum) | 0)
  const a4 = avalanche((h4 + sum) | 0)
  const total = (a1 + a2 + a3 + a4) | 0
  const out = new Uint8Array(16)
  put(out, 0, total)
  put(out, 4, a2 + total)
  put(out, 8, a3 + total)
  put(out, 12, a4 + total)
  return out
}

/** Four bytes, the highest first. */
function put(out: Uint8Array, at: number, h: number): void {
  out[at] = h >>> 24
  out[at + 1] = h >>> 16
  out[at + 2] = h >>> 8
  out[at + 3] = h
}

/** Four bytes, the lowest first. */
const word = (bytes: Uint8Array, i: number): number =>
  // All four are within a block.
  (bytes[i] as number) |
  ((bytes[i + 1] as number) << 8) |
  ((bytes[i + 2] as number) << 16) |
  ((bytes[i + 3] as number) << 24)

/** Those of four bytes that are before the end; 0 for the others. */
function last(bytes: Uint8Array, from: number, end: number): number {
  let found = 0
  for (let i = Math.min(end, from + 4) - 1; i >= from; i--) {
    found = (found << 8) | (bytes[i] as number) // i is before the end
  }
  return found
}

const rotated = (h: number, bits: number): number => (h << bits) | (h >>> (32 - bits))

const mixed = (k: number, first: number, bits: number, second: number): number =>
  Math.imul(rotated(Math.imul(k, first), bits), second)

function avalanche(value: number): number {
  let h = value
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
