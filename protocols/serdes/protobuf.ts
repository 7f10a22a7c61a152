// protobuf: one protobuf message per value, by a type of protobufjs that was read from a .proto, or by
// what protobufjs or ts-proto generated of it. Nothing is put in front of the message: no schema id.
//
// A type that is protobufjs's own is known to take a writer and a reader: it writes straight into ours
// and reads straight from the record. Any other makes its own, and gets a copy of the bytes.

import { Buffer } from 'node:buffer'
import { createRequire } from 'node:module'
import type protobufjs from 'protobufjs'
import type { Read, Write } from '../core/byte-writer.ts'
import { asError } from '../core/errors.ts'
import { bytesRefused, valueRefused } from './refuse.ts'
import type { Serde } from './serde.ts'

type Library = typeof protobufjs

/** Loaded with the first type: most programs have none, and a host has a thread for each core. */
const library = (): Library => createRequire(import.meta.url)('protobufjs')

/** What `protobuf` needs of a message type. */
export interface ProtobufType<T> {
  encode(message: T): { finish(): Uint8Array }
  decode(bytes: Uint8Array): T
  /** What is wrong with a message, or null. */
  verify?(message: object): string | null
}

export function protobuf<T extends object>(type: ProtobufType<T>): Serde<T>
/** A reflected type does not know its TypeScript type: say it, or values are plain objects. */
export function protobuf<T extends object>(type: ProtobufType<object>): Serde<T>
export function protobuf<T extends object>(type: ProtobufType<T>): Serde<T> {
  const { Type, BufferReader, BufferWriter } = library()
  const reflected = type instanceof Type ? type : null
  const encode = reflected === null ? encoding(type) : encodingInto(reflected, new BufferWriter())
  // A reflected type does not say what it decodes to: the caller did.
  const decode =
    reflected === null ? decoding(type) : (decodingFrom(reflected, BufferReader) as Read<T>)
  return {
    name: 'protobuf',
    write(value, out) {
      const wrong = typeof value === 'object' ? type.verify?.(value) : 'it is not a message'
      if (typeof wrong === 'string') throw valueRefused('protobuf', value, wrong)
      encode(value, out)
    },
    read(bytes, start, end) {
      try {
        return decode(bytes, start, end)
      } catch (thrown) {
        throw bytesRefused('protobuf', asError(thrown).message)
      }
    },
  }
}

const encoding =
  <T>(type: ProtobufType<T>): Write<T> =>
  (value, out) =>
    out.bytes(type.encode(value).finish())

/** Fields of bytes may be views of what is decoded, which the reader must not keep: decodes a copy. */
const decoding =
  <T>(type: ProtobufType<T>): Read<T> =>
  (bytes, start, end) =>
    type.decode(Uint8Array.prototype.slice.call(bytes, start, end))

function encodingInto<T extends object>(
  type: protobufjs.Type,
  writer: protobufjs.BufferWriter,
): Write<T> {
  return (value, out) => {
    writer.buf = out.buffer
    writer.pos = out.length
    // Both are of what it wrote before; the second is there when that threw.
    writer.view = null
    writer.states = null
    type.encode(value, writer)
    // It grows as ours does, into a Buffer.
    out.buffer = writer.buf as Buffer
    out.length = writer.pos
  }
}

function decodingFrom(type: protobufjs.Type, BufferReader: Library['BufferReader']): Read<object> {
  /** Its bytes are copies, not views of what is decoded. */
  class OwningReader extends BufferReader {
    override raw(start: number, end: number): Buffer {
      return Buffer.from(this.buf.subarray(start, end))
    }
  }
  const reader = new OwningReader(Buffer.alloc(0))
  return (bytes, start, end) => {
    reader.buf = bytes
    reader.pos = start
    reader.len = end
    reader.view = null
    return type.decode(reader)
  }
}
