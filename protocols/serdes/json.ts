// json: UTF-8 JSON text. On its own it trusts the declared type; with a Standard Schema (Zod, Valibot,
// ArkType ...) every value read is validated, and may be transformed, by the schema. Writing is not
// validated: the type says what may be written, and a schema that transforms must be able to read
// the JSON of what it made.

import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Read, Write } from '../core/byte-writer.ts'
import { asError, MillraceError } from '../core/errors.ts'
import { bytesRefused, valueRefused } from './refuse.ts'
import type { Serde } from './serde.ts'

export function json<T = unknown>(): Serde<T>
/** @throws MillraceError SCHEMA_ASYNC, when the first value is read, if the schema answers a promise */
export function json<T>(schema: StandardSchemaV1<unknown, T>): Serde<T>
export function json(schema?: StandardSchemaV1): Serde<unknown> {
  if (schema === undefined) return TRUSTING
  return { name: 'json', write, read: (...stretch) => validated(schema, read(...stretch)) }
}

const write: Write<unknown> = (value, out) => {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (thrown) {
    throw valueRefused('json', value, asError(thrown).message)
  }
  if (text === undefined) throw valueRefused('json', value)
  out.text(text)
}

const read: Read<unknown> = (bytes, start, end) => {
  try {
    return JSON.parse(bytes.toString('utf8', start, end))
  } catch (thrown) {
    throw bytesRefused('json', asError(thrown).message)
  }
}

const TRUSTING: Serde<unknown> = { name: 'json', write, read }

function validated(schema: StandardSchemaV1, value: unknown): unknown {
  const result = schema['~standard'].validate(value)
  if (result instanceof Promise) throw schemaAsync(schema['~standard'].vendor)
  if (result.issues === undefined) return result.value
  throw bytesRefused('what the schema says', result.issues.map(sentence).join('; '))
}

function sentence({ message, path }: StandardSchemaV1.Issue): string {
  if (path === undefined || path.length === 0) return message
  const keys = path.map((part) => String(typeof part === 'object' ? part.key : part))
  return `${keys.join('.')}: ${message}`
}

const schemaAsync = (vendor: string): MillraceError =>
  new MillraceError({
    code: 'SCHEMA_ASYNC',
    what: `a schema (${vendor}) validates asynchronously, but records are read synchronously`,
    hint: 'Take asynchronous refinements and transforms out of the schema',
  })
