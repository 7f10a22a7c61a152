// Writes a value as an Avro datum: one function per type, made once.
//
//   null = (nothing)   boolean = 0 | 1   float, double = IEEE 754 in 4 or 8 bytes, little-endian
//   int, long, enum = zigzag varint      bytes, string = long bytes      fixed = bytes
//   record = field*    union = long(branch) value    array, map = (long(count) entry*)? 0
//
// A value that does not fit is refused with the path to it. The branch of a union is the first that a
// value fits; a union with several records or maps has the branch's name around its values instead.

import { Buffer } from 'node:buffer'
import type { ByteWriter, Write } from '../core/byte-writer.ts'
import { asError } from '../core/errors.ts'
import { type AvroField, type AvroType, type AvroUnion, branchName } from './avro-schema.ts'
import { shown } from './refuse.ts'

type WriteAny = Write<unknown>

const PATH_SHOWN = 12
/** Twice this, and the sign, are exact as a number. */
const EXACT = 2 ** 52

/** Why a value cannot be written, and where in it. */
export class Misfit extends Error {
  /** From the inside out. */
  readonly #path: (string | number)[] = []

  within(part: string | number): this {
    this.#path.push(part)
    return this
  }

  sentence(): string {
    if (this.#path.length === 0) return this.message
    return `${this.#path.slice(-PATH_SHOWN).reverse().join('.')}: ${this.message}`
  }
}

/** What the functions throw is a Misfit. */
export const avroWrite = (type: AvroType, options: { readonly bigint: boolean }): WriteAny =>
  writeOf(type, { ...options, known: new Map() })

interface Context {
  /** Whether longs are bigints. */
  readonly bigint: boolean
  /** Records that were made, or are being made: a record may hold its like. */
  readonly known: Map<AvroType, WriteAny>
}

function writeOf(type: AvroType, context: Context): WriteAny {
  const { bigint, known } = context
  switch (type.kind) {
    case 'long':
      return bigint ? writeBig : writeLong
    case 'bytes':
      return (value, out) => {
        if (!(value instanceof Uint8Array)) throw misfit('bytes', value)
        out.zigzag(value.length)
        out.bytes(value)
      }
    case 'fixed':
      return (value, out) => {
        if (!isFixed(value, type.size)) throw misfit(`${type.name} (${type.size} bytes)`, value)
        out.bytes(value)
      }
    case 'enum': {
      const indices = new Map<unknown, number>(type.symbols.map((symbol, index) => [symbol, index]))
      return (value, out) => {
        const index = indices.get(value)
        if (index === undefined) throw misfit(`symbol of ${type.name}`, value)
        out.zigzag(index)
      }
    }
    case 'array':
      return writeArray(writeOf(type.items, context))
    case 'map':
      return writeMap(writeOf(type.values, context))
    case 'union':
      return writeUnion(type, context)
    case 'record': {
      const before = known.get(type)
      if (before !== undefined) return before
      let write: WriteAny | undefined
      known.set(type, (value, out) => write?.(value, out)) // for fields of this very type
      write = writeRecord(type.name, type.fields, context)
      return write
    }
    default:
      return PRIMITIVES[type.kind]
  }
}

const misfit = (kind: string, value: unknown): Misfit => new Misfit(`no ${kind}: ${shown(value)}`)

const PRIMITIVES = {
  null(value: unknown) {
    if (value !== null) throw misfit('null', value)
  },
  boolean(value: unknown, out: ByteWriter) {
    if (typeof value !== 'boolean') throw misfit('boolean', value)
    out.byte(value ? 1 : 0)
  },
  int(value: unknown, out: ByteWriter) {
    if (!isInt(value)) throw misfit('int', value)
    out.zigzag(value)
  },
  float(value: unknown, out: ByteWriter) {
    if (typeof value !== 'number') throw misfit('float', value)
    if (Number.isFinite(value) && !Number.isFinite(Math.fround(value))) throw misfit('float', value)
    out.reserve(4)
    out.length = out.buffer.writeFloatLE(value, out.length)
  },
  double(value: unknown, out: ByteWriter) {
    if (typeof value !== 'number') throw misfit('double', value)
    out.reserve(8)
    out.length = out.buffer.writeDoubleLE(value, out.length)
  },
  string(value: unknown, out: ByteWriter) {
    if (typeof value !== 'string') throw misfit('string', value)
    writeText(value, out)
  },
}

const isInt = (value: unknown): value is number =>
  typeof value === 'number' && (value | 0) === value

function writeLong(value: unknown, out: ByteWriter): void {
  if (!isLong(value)) throw misfit('long of at most 53 bits', value)
  if (Math.abs(value) < EXACT) out.zigzag(value)
  else writeBig(BigInt(value), out)
}

const isLong = (value: unknown): value is number => Number.isSafeInteger(value)

function writeBig(value: unknown, out: ByteWriter): void {
  if (!isBig(value)) throw misfit('long as a bigint', value)
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
  for (; rest > 0x7fn; rest >>= 7n) out.byte(Number(rest & 0x7fn) | 0x80)
  out.byte(Number(rest))
}

const isBig = (value: unknown): value is bigint =>
  typeof value === 'bigint' && BigInt.asIntN(64, value) === value

/** The length is filled in afterwards where it may be one byte, as it is for most texts. */
function writeText(value: string, out: ByteWriter): void {
  if (value.length < 64) {
    const start = out.begin()
    out.text(value)
    const length = out.length - start
    if (length < 64) {
      out.buffer[start - 1] = length * 2
      return
    }
    out.length = start - 1
  }
  out.zigzag(Buffer.byteLength(value))
  out.text(value)
}

const writeArray =
  (write: WriteAny): WriteAny =>
  (value, out) => {
    if (!Array.isArray(value)) throw misfit('array', value)
    let at = 0
    if (value.length > 0) out.zigzag(value.length)
    try {
      for (; at < value.length; at++) write(value[at], out)
    } catch (thrown) {
      throw asMisfit(thrown).within(at)
    }
    out.byte(0)
  }

const writeMap =
  (write: WriteAny): WriteAny =>
  (value, out) => {
    if (!isObject(value)) throw misfit('map', value)
    const keys = Object.keys(value)
    if (keys.length > 0) out.zigzag(keys.length)
    for (const key of keys) {
      writeText(key, out)
      try {
        write(value[key], out)
      } catch (thrown) {
        throw asMisfit(thrown).within(key)
      }
    }
    out.byte(0)
  }

/** Every field is there: a default is for readers of what older schemas wrote, as Avro says. */
function writeRecord(name: string, fields: readonly AvroField[], context: Context): WriteAny {
  const parts = fields.map((field) => ({ name: field.name, write: writeOf(field.type, context) }))
  return (value, out) => {
    if (!isObject(value)) throw misfit(name, value)
    for (const part of parts) {
      try {
        part.write(value[part.name], out)
      } catch (thrown) {
        throw asMisfit(thrown).within(part.name)
      }
    }
  }
}

function writeUnion({ branches, isNamed }: AvroUnion, context: Context): WriteAny {
  const writes = branches.map((branch) => writeOf(branch, context))
  const names = branches.map(branchName)
  const one = `one of ${names.join(', ')}`
  const put = (index: number, value: unknown, out: ByteWriter): void => {
    out.zigzag(index)
    writes[index]?.(value, out) // index is of a branch
  }
  if (!isNamed) {
    return (value, out) => {
      const index = branches.findIndex((branch) => fits(branch, value, context.bigint))
      if (index < 0) throw misfit(one, value)
      put(index, value, out)
    }
  }
  return (value, out) => {
    const keys = isObject(value) ? Object.keys(value) : []
    const name = value === null ? 'null' : keys.length === 1 ? keys[0] : undefined
    const index = names.indexOf(name ?? '')
    if (index < 0) throw misfit(`${one}, by its name`, value)
    put(index, isObject(value) ? value[names[index] ?? ''] : null, out)
  }
}

/** Whether a value is of a branch, by what it is and not by what is in it. */
function fits(type: AvroType, value: unknown, bigint: boolean): boolean {
  switch (type.kind) {
    case 'null':
      return value === null
    case 'boolean':
    case 'string':
      return typeof value === type.kind
    case 'int':
      return isInt(value)
    case 'long':
      return bigint ? isBig(value) : isLong(value)
    case 'float':
      return typeof value === 'number' && Object.is(Math.fround(value), value)
    case 'double':
      return typeof value === 'number'
    case 'bytes':
      return value instanceof Uint8Array
    case 'fixed':
      return isFixed(value, type.size)
    case 'enum':
      return type.symbols.includes(value as string) // only ever compared
    case 'array':
      return Array.isArray(value)
    default:
      return isObject(value)
  }
}

const isFixed = (value: unknown, size: number): value is Uint8Array =>
  value instanceof Uint8Array && value.length === size

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Uint8Array)

const asMisfit = (thrown: unknown): Misfit =>
  thrown instanceof Misfit ? thrown : new Misfit(asError(thrown).message)
