// protobuf: one protobuf message per value, by a type of protobufjs that was read from a .proto, or by
// what protobufjs or ts-proto generated of it. Nothing is put in front of the message: no schema id.

import { asError } from '../core/errors.ts'
import { bytesRefused, valueRefused } from './refuse.ts'
import type { Serde } from './serde.ts'

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
  return {
    name: 'protobuf',
    write(value, out) {
      const wrong = typeof value === 'object' ? type.verify?.(value) : 'it is not a message'
      if (typeof wrong === 'string') throw valueRefused('protobuf', value, wrong)
      out.bytes(type.encode(value).finish())
    },
    read(bytes, start, end) {
      // Fields of bytes are views of what is decoded, which the reader must not keep: decode a copy.
      const own = Uint8Array.prototype.slice.call(bytes, start, end)
      try {
        return type.decode(own)
      } catch (thrown) {
        throw bytesRefused('protobuf', asError(thrown).message)
      }
    },
  }
}
