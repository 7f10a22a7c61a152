// Avro schemas as plain data. avsc reads and checks them (names, namespaces, aliases, defaults) and
// gives the fingerprint; what it found is kept here as a discriminated union, from which avro-write.ts
// and avro-read.ts make their functions. No value and no record passes through avsc.
//
// The bytes are ours because avsc's are not safe on the record path: five damaged bytes in an array end
// the process, longs below -2^52 are written as others, an enum takes 'constructor' for its first symbol.

import { createRequire } from 'node:module'
import type { Type, types } from 'avsc'
import { asError, MillraceError } from '../core/errors.ts'

/** Loaded with the first schema: most programs have none, and a host has a thread for each core. */
const avsc = (): typeof import('avsc') => createRequire(import.meta.url)('avsc')

/** As JSON text, as the object it stands for, or the name of a primitive type. */
export type AvroSchema = string | object

export type AvroType =
  | { readonly kind: AvroPrimitive }
  | (Named & {
      readonly kind: 'enum'
      readonly symbols: readonly string[]
      readonly other?: string
    })
  | (Named & { readonly kind: 'fixed'; readonly size: number })
  | (Named & { readonly kind: 'record'; readonly fields: readonly AvroField[] })
  | { readonly kind: 'array'; readonly items: AvroType }
  | { readonly kind: 'map'; readonly values: AvroType }
  | AvroUnion

export interface AvroUnion {
  readonly kind: 'union'
  readonly branches: readonly AvroType[]
  /** Whether its values say their branch: `{ 'shop.Card': {...} }`. */
  readonly isNamed: boolean
}

type AvroPrimitive = 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string'

interface Named {
  readonly name: string
  readonly aliases: readonly string[]
}

export interface AvroField {
  readonly name: string
  readonly aliases: readonly string[]
  readonly type: AvroType
  /** The default as the bytes of a datum. */
  readonly byDefault: Uint8Array | undefined
}

/** @throws MillraceError SCHEMA_INVALID */
export function avroType(schema: AvroSchema): { type: AvroType; fingerprint: string } {
  try {
    const parsed = avsc().Type.forSchema(json(schema) as 'null', { noAnonymousTypes: true })
    // Of the canonical form: what has a say in the bytes, and names.
    const fingerprint = parsed.fingerprint('sha256').toString('hex', 0, 8)
    const known = new Map<Type, AvroType>()
    const type = plain(parsed, known)
    for (const part of known.values()) checkArray(part)
    return { type, fingerprint }
  } catch (thrown) {
    throw schemaInvalid(asError(thrown).message)
  }
}

export const schemaInvalid = (why: string, hint?: string): MillraceError =>
  new MillraceError({
    code: 'SCHEMA_INVALID',
    what: `not an Avro schema that can be used: ${why}`,
    hint: hint ?? 'Give serde.avro a schema as in an .avsc file: as text, or as its object',
  })

/** How a branch of a union is called. */
export const branchName = (type: AvroType): string => ('name' in type ? type.name : type.kind)

function json(schema: AvroSchema): unknown {
  if (typeof schema !== 'string' || /^\s*[a-z]/i.test(schema)) return schema
  return JSON.parse(schema)
}

function plain(type: Type, known: Map<Type, AvroType>): AvroType {
  const before = known.get(type)
  if (before !== undefined) return before
  const found = shapeOf(type, known)
  known.set(type, found)
  return found
}

/** The class of a type follows from its `typeName`; avsc's declarations do not say so. */
function shapeOf(type: Type, known: Map<Type, AvroType>): AvroType {
  const { name = '', aliases = [] } = type
  switch (type.typeName) {
    case 'null':
    case 'boolean':
    case 'int':
    case 'long':
    case 'float':
    case 'double':
    case 'bytes':
    case 'string':
      return { kind: type.typeName }
    case 'enum': {
      const { symbols, default: other } = type as types.EnumType & { readonly default?: string }
      return { kind: 'enum', name, aliases, symbols, ...(other === undefined ? {} : { other }) }
    }
    case 'fixed':
      return { kind: 'fixed', name, aliases, size: (type as types.FixedType).size }
    case 'array':
      return { kind: 'array', items: plain((type as types.ArrayType).itemsType, known) }
    case 'map':
      return { kind: 'map', values: plain((type as types.MapType).valuesType, known) }
    case 'record':
    case 'error': {
      const fields: AvroField[] = []
      const record: AvroType = { kind: 'record', name, aliases, fields }
      known.set(type, record) // its fields may be of this type
      for (const field of (type as types.RecordType).fields) fields.push(fieldOf(field, known))
      return record
    }
    case 'union:unwrapped':
    case 'union:wrapped':
      return unionOf((type as types.WrappedUnionType).types, known)
    default:
      throw new Error(`a type '${type.typeName}' is not known here`)
  }
}

function fieldOf(field: types.Field, known: Map<Type, AvroType>): AvroField {
  const value: unknown = field.defaultValue()
  return {
    name: field.name,
    aliases: field.aliases,
    type: plain(field.type, known),
    byDefault: value === undefined ? undefined : Uint8Array.from(field.type.toBuffer(value)),
  }
}

function unionOf(types: readonly Type[], known: Map<Type, AvroType>): AvroType {
  const branches = types.map((branch) => plain(branch, known))
  const objects = branches.filter(({ kind }) => kind === 'record' || kind === 'map')
  return { kind: 'union', branches, isNamed: objects.length > 1 }
}

/** Every item has at least one byte: so a count larger than what is left is damage. */
function checkArray(type: AvroType): void {
  if (type.kind !== 'array' || takesBytes(type.items)) return
  throw new Error(`the items of an array of '${branchName(type.items)}' have no bytes`)
}

function takesBytes(type: AvroType): boolean {
  if (type.kind === 'record') return type.fields.some((field) => takesBytes(field.type))
  return type.kind !== 'null' && !(type.kind === 'fixed' && type.size === 0)
}
