// A fingerprint of bytes: 128 bits that tell one value from another, where sending the value itself
// would cost too much. MurmurHash3 x86_128 by Austin Appleby, public domain, seed 0: not a signature,
// it only has to differ by chance.

const C1 = 0x239b961b
const C2 = 0xab0e9789
const C3 = 0x38b34ae5
const C4 = 0xa1e38b93

/** Sixteen bytes. */
export function fingerprint(bytes: Uint8Array): Uint8Array {
  const length = bytes.length
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
  h4 ^= mixed(word(bytes, blocks + 12), C4, 18, C1)
  h3 ^= mixed(word(bytes, blocks + 8), C3, 17, C4)
  h2 ^= mixed(word(bytes, blocks + 4), C2, 16, C3)
  h1 ^= mixed(word(bytes, blocks), C1, 15, C2)
  return finished([h1 ^ length, h2 ^ length, h3 ^ length, h4 ^ length])
}

type Words = readonly [number, number, number, number]

function finished(words: Words): Uint8Array {
  const out = new Uint8Array(16)
  const view = new DataView(out.buffer)
  const final = gathered(words).map(avalanche)
  // As many as went in.
  gathered(final as unknown as Words).forEach((h, i) => {
    view.setUint32(i * 4, h >>> 0)
  })
  return out
}

/** The first becomes the sum of all, which is added to each of the others. */
function gathered([h1, h2, h3, h4]: Words): number[] {
  const sum = (h1 + h2 + h3 + h4) | 0
  return [sum, (h2 + sum) | 0, (h3 + sum) | 0, (h4 + sum) | 0]
}

/** Four bytes, the lowest first; 0 where there are none. */
const word = (bytes: Uint8Array, i: number): number =>
  (bytes[i] ?? 0) |
  ((bytes[i + 1] ?? 0) << 8) |
  ((bytes[i + 2] ?? 0) << 16) |
  ((bytes[i + 3] ?? 0) << 24)

const rotated = (h: number, bits: number): number => (h << bits) | (h >>> (32 - bits))

const mixed = (k: number, first: number, bits: number, second: number): number =>
  Math.imul(rotated(Math.imul(k, first), bits), second)

function avalanche(value: number): number {
  let h = value
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
