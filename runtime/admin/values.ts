// Keys and values as people type them and as screens show them, by the name of their serde.

import { Buffer } from 'node:buffer'
import { asError, MillraceError } from '#protocols/core/errors'
import { type Serde, serde } from '#protocols/serdes/serdes'
import { decoded } from '#protocols/serdes/whole'

// Each is only used with its own keys and values.
const NAMED = {
  string: serde.string(),
  bytes: serde.bytes(),
  json: serde.json(),
  int32: serde.int32(),
  int64: serde.int64(),
  double: serde.double(),
  boolean: serde.boolean(),
} as unknown as Readonly<Record<string, Serde<unknown>>>

/** Names that options take. */
export const SERDE_NAMES = Object.keys(NAMED)

/** @throws MillraceError SERDE_UNKNOWN */
export function serdeNamed(name: string): Serde<unknown> {
  const found = Object.hasOwn(NAMED, name) ? NAMED[name] : undefined
  if (found !== undefined) return found
  throw new MillraceError({
    code: 'SERDE_UNKNOWN',
    what: `there is no serde '${name}'`,
    hint: `Serdes by name: ${SERDE_NAMES.join(', ')}`,
  })
}

/**
 * What a person typed, as a value of the serde: text as it is, numbers and booleans by their usual
 * form, bytes as base64, anything else as JSON.
 * @throws MillraceError VALUE_UNREADABLE
 */
export function parsed(name: string, text: string): unknown {
  try {
    if (name === 'string') return text
    if (name === 'bytes') return Buffer.from(text, 'base64')
    return JSON.parse(text)
  } catch (thrown) {
    throw new MillraceError({
      code: 'VALUE_UNREADABLE',
      what: `'${text}' is not ${name}: ${asError(thrown).message}`,
      hint: /^(sessionW|w)indowed\(/.test(name)
        ? `Its keys are written {"key":"a","start":0,"end":60000}; windows of one key: --windows-of a`
        : undefined,
    })
  }
}

/** What JSON holds, as a value of the serde: bytes are base64 there. */
export const unplain = (name: string, value: unknown): unknown =>
  name === 'bytes' && typeof value === 'string' ? parsed(name, value) : value

/** A value as JSON can hold it: bytes as base64, bigints as text. */
export function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (typeof value === 'bigint') return value.toString()
  return value
}

/** What cannot be read as asked is shown as what it is, and why. */
export function readOr(it: Serde<unknown>, bytes: Uint8Array | null): unknown {
  if (bytes === null) return null
  try {
    return decoded(it, bytes)
  } catch (thrown) {
    return `<${bytes.length} bytes, ${asError(thrown).message}>`
  }
}

/** A value on a line of a screen. */
export function shown(value: unknown): string {
  const it = plain(value)
  return typeof it === 'string' ? it : JSON.stringify(it)
}

/** A whole number in the query of an address. @throws MillraceError OPTION_INVALID */
export function whole(name: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  const what = `${name} takes a whole number, not '${text}'`
  throw new MillraceError({ code: 'OPTION_INVALID', what })
}
