// Reads an Avro datum that was written by one schema as a value of another: Avro's schema resolution.
// One function per pair of types, made once; of a schema and itself it simply reads.
//
//   records by the names of their fields and the reader's aliases; what only the writer has is passed
//   over, what only the reader has is its default. Named types meet by unqualified name or alias.
//   int → long → float → double, string ↔ bytes. A symbol that the reader lacks is its enum's default.
//   A branch of a union that the reader has no place for is refused when a datum has it.

import { asBuffer, fromUtf8, utf8 } from '../core/bytes.ts'
import { AvroReader } from './avro-reader.ts'
import { type AvroField, type AvroType, branchName } from './avro-schema.ts'
import { bytesRefused } from './refuse.ts'

export type AvroRead = (from: AvroReader) => unknown

/** The reader has no place for what the writer writes. */
export class Unresolvable extends Error {}

export interface AvroReadOptions {
  /** Whether longs are bigints. */
  readonly bigint: boolean
}

type Kind<K> = Extract<AvroType, { readonly kind: K }>

/** Throws Unresolvable. */
export function avroRead(writer: AvroType, reader: AvroType, options: AvroReadOptions): AvroRead {
  return new Resolution(options).read(writer, reader)
}

class Resolution {
  readonly #isBig: boolean
  /** Records that are being read or made: a record may hold its like. */
  readonly #known = new Map<AvroType, Map<AvroType, AvroRead>>()

  constructor({ bigint }: AvroReadOptions) {
    this.#isBig = bigint
  }

  read(writer: AvroType, reader: AvroType): AvroRead {
    if (writer.kind === 'union') return this.#fromUnion(writer, reader)
    if (reader.kind === 'union') return this.#intoUnion(writer, reader)
    if (writer.kind === 'record' && reader.kind === 'record') return this.#record(writer, reader)
    if (writer.kind === 'array' && reader.kind === 'array') {
      return readArray(this.read(writer.items, reader.items))
    }
    if (writer.kind === 'map' && reader.kind === 'map') {
      return readMap(this.read(writer.values, reader.values))
    }
    if (writer.kind === 'enum' && reader.kind === 'enum' && areAlike(writer, reader)) {
      return readEnum(writer, reader)
    }
    if (writer.kind === 'fixed' && reader.kind === 'fixed' && areAlike(writer, reader)) {
      const { size } = reader
      if (writer.size === size) return (from) => from.bytes(size)
    }
    const found = this.#primitive(writer.kind, reader.kind)
    if (found === undefined) throw noPlace(writer, reader)
    return found
  }

  #primitive(writer: AvroType['kind'], reader: AvroType['kind']): AvroRead | undefined {
    switch (`${writer} ${reader}`) {
      case 'null null':
        return () => null
      case 'boolean boolean':
        return (from) => from.boolean()
      case 'int long':
        return this.#isBig ? (from) => BigInt(from.int()) : (from) => from.int()
      case 'int int':
      case 'int float':
      case 'int double':
        return (from) => from.int()
      case 'long long':
        return this.#isBig ? (from) => from.bigint() : (from) => from.long()
      case 'long float':
      case 'long double':
        return (from) => Number(from.bigint())
      case 'float float':
      case 'float double':
        return (from) => from.float()
      case 'double double':
        return (from) => from.double()
      case 'string string':
        return (from) => from.text()
      case 'bytes bytes':
        return (from) => from.bytes()
      case 'string bytes':
        return (from) => utf8(from.text())
      case 'bytes string':
        return (from) => fromUtf8(from.bytes())
      default:
        return undefined
    }
  }

  #fromUnion({ branches }: Kind<'union'>, reader: AvroType): AvroRead {
    const failed: Unresolvable[] = []
    const reads = branches.map((branch): AvroRead => {
      try {
        return this.read(branch, reader)
      } catch (thrown) {
        if (!(thrown instanceof Unresolvable)) throw thrown
        failed.push(thrown)
        return () => {
          throw bytesRefused('avro as it is read', thrown.message)
        }
      }
    })
    if (failed.length === branches.length && failed[0] !== undefined) throw failed[0]
    return (from) => {
      const index = from.long()
      const read = reads[index]
      if (read === undefined) throw bytesRefused('avro', `a union has no branch ${index}`)
      return read(from)
    }
  }

  /** The branch of the same type and name if there is one, the first that has a place otherwise. */
  #intoUnion(writer: AvroType, { branches, isNamed }: Kind<'union'>): AvroRead {
    const same = branches.filter((branch) => branchName(branch) === branchName(writer))
    for (const branch of new Set([...same, ...branches])) {
      try {
        const read = this.read(writer, branch)
        if (!isNamed || branch.kind === 'null') return read
        const name = branchName(branch)
        return (from) => ({ [name]: read(from) })
      } catch (thrown) {
        if (!(thrown instanceof Unresolvable)) throw thrown
      }
    }
    throw new Unresolvable(`no branch of the union has a place for '${branchName(writer)}'`)
  }

  #record(writer: Kind<'record'>, reader: Kind<'record'>): AvroRead {
    if (!areAlike(writer, reader)) throw noPlace(writer, reader)
    const ofWriter = this.#known.get(writer) ?? new Map<AvroType, AvroRead>()
    this.#known.set(writer, ofWriter)
    const before = ofWriter.get(reader)
    if (before !== undefined) return before
    let read: AvroRead | undefined
    // For fields of this very type. Where it turns out that there is no place, they have none either.
    ofWriter.set(reader, (from) => {
      if (read !== undefined) return read(from)
      throw bytesRefused('avro as it is read', noPlace(writer, reader).message)
    })
    try {
      read = this.#fields(writer, reader)
      return read
    } finally {
      if (read === undefined) ofWriter.delete(reader)
    }
  }

  #fields(writer: Kind<'record'>, reader: Kind<'record'>): AvroRead {
    const missing = new Set(reader.fields)
    const parts = writer.fields.map((field) => {
      const target = reader.fields.find((other) => missing.has(other) && isNamed(other, field.name))
      if (target === undefined) return { name: '', read: this.read(field.type, field.type) }
      missing.delete(target)
      return { name: target.name, read: this.read(field.type, target.type) }
    })
    const defaults = [...missing].map((field) => this.#default(reader, field))
    return (from) => {
      const value: Record<string, unknown> = {}
      for (const { name, read } of parts) {
        const part = read(from)
        if (name !== '') put(value, name, part)
      }
      for (const { name, make } of defaults) put(value, name, make())
      return value
    }
  }

  /** A new value each time: whoever has it may change it. */
  #default({ name: record }: Kind<'record'>, { name, type, byDefault }: AvroField) {
    if (byDefault === undefined) {
      throw new Unresolvable(`'${record}' of the reader has a field '${name}' without a default`)
    }
    const read = this.read(type, type)
    const bytes = asBuffer(byDefault)
    return { name, make: () => read(new AvroReader(bytes, 0, bytes.length)) }
  }
}

const noPlace = (writer: AvroType, reader: AvroType): Unresolvable =>
  new Unresolvable(`'${branchName(writer)}' cannot be read as '${branchName(reader)}'`)

interface Named {
  readonly name: string
  readonly aliases: readonly string[]
}

const isNamed = ({ name, aliases }: Named, other: string): boolean =>
  name === other || aliases.includes(other)

const areAlike = (writer: Named, reader: Named): boolean =>
  unqualified(writer.name) === unqualified(reader.name) || reader.aliases.includes(writer.name)

const unqualified = (name: string): string => name.slice(name.lastIndexOf('.') + 1)

function readEnum(writer: Kind<'enum'>, reader: Kind<'enum'>): AvroRead {
  const symbols = writer.symbols.map((symbol) =>
    reader.symbols.includes(symbol) ? symbol : reader.other,
  )
  return (from) => {
    const index = from.long()
    const symbol = symbols[index]
    if (symbol !== undefined) return symbol
    const missing = writer.symbols[index] ?? index
    throw bytesRefused('avro', `the enum '${reader.name}' has no symbol ${missing}`)
  }
}

const readArray =
  (read: AvroRead): AvroRead =>
  (from) => {
    const items: unknown[] = []
    for (let count = from.count(); count > 0; count = from.count()) {
      for (; count > 0; count--) items.push(read(from))
    }
    return items
  }

const readMap =
  (read: AvroRead): AvroRead =>
  (from) => {
    const value: Record<string, unknown> = {}
    for (let count = from.count(); count > 0; count = from.count()) {
      for (; count > 0; count--) put(value, from.text(), read(from))
    }
    return value
  }

function put(value: Record<string, unknown>, name: string, part: unknown): void {
  if (name !== '__proto__') value[name] = part
  else {
    const own = { value: part, writable: true, enumerable: true, configurable: true }
    Object.defineProperty(value, name, own)
  }
}
