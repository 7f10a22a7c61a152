// Which partition a key belongs to. The same on every broker, so that a topology gives the same
// answers wherever it runs: Kafka's default, murmur2 of the serialised key, made positive, modulo the
// partition count. Producers of either system then place a key alike. FNV-1a is what NATS uses in
// its `partition()` subject mapping; it is here for topics that such mappings fill.

/** Kafka's murmur2 (seed 0x9747b28c) of the first `length` bytes, as a signed 32-bit integer. */
export function murmur2(bytes: Uint8Array, length: number = bytes.length): number {
  const m = 0x5bd1e995
  let hash = 0x9747b28c ^ length
  const words = length & ~3
  // All indices below are under `length`.
  for (let i = 0; i < words; i += 4) {
    let k =
      (bytes[i] as number) |
      ((bytes[i + 1] as number) << 8) |
      ((bytes[i + 2] as number) << 16) |
      ((bytes[i + 3] as number) << 24)
    k = Math.imul(k, m)
    k ^= k >>> 24
    hash = Math.imul(hash, m) ^ Math.imul(k, m)
  }
  const rest = length - words
  if (rest > 2) hash ^= (bytes[words + 2] as number) << 16
  if (rest > 1) hash ^= (bytes[words + 1] as number) << 8
  if (rest > 0) hash = Math.imul(hash ^ (bytes[words] as number), m)
  hash ^= hash >>> 13
  hash = Math.imul(hash, m)
  return (hash ^ (hash >>> 15)) | 0
}

/** FNV-1a, 32 bits, unsigned. */
export function fnv1a(bytes: Uint8Array, length: number = bytes.length): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < length; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193)
  return hash >>> 0
}

/** The partition of a key given as the first `length` bytes; `count` is at least 1. */
export function partitionOf(bytes: Uint8Array, length: number, count: number): number {
  return (murmur2(bytes, length) & 0x7fffffff) % count
}
