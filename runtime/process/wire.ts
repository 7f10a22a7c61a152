// Questions and answers between hosts, as JSON; bytes in base64 under `$bytes`, errors as facts, so
// that whoever asked can tell a wait from a refusal.

import { Buffer } from 'node:buffer'
import { fromUtf8, utf8 } from '#protocols/core/bytes'

export const toWire = (value: unknown): Uint8Array => utf8(JSON.stringify(value, packed))

/** The receiver knows what it asked, and so what comes back. */
export const fromWire = <T>(bytes: Uint8Array): T => JSON.parse(fromUtf8(bytes), unpacked) as T

function packed(this: unknown, key: string, value: unknown): unknown {
  // Buffers know how to become JSON and did so already: look at what they were.
  const raw = (this as Record<string, unknown>)[key]
  return raw instanceof Uint8Array ? { $bytes: Buffer.from(raw).toString('base64') } : value
}

function unpacked(_key: string, value: unknown): unknown {
  const isBytes = typeof value === 'object' && value !== null && '$bytes' in value
  return isBytes ? Uint8Array.from(Buffer.from(String(value.$bytes), 'base64')) : value
}
