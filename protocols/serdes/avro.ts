// avro: one Avro datum per value, by a schema. On its own it is the datum and nothing else; with the id
// that a Confluent schema registry gave the schema, it is what Kafka's own KafkaAvroSerializer writes,
// and what other ids say is read by Avro's schema resolution. No registry is asked: the program has the
// schemas.
//
//   avro           = datum
//   avro with ids  = 0 id datum          id: four bytes, big-endian
//
// A datum says nothing of its schema. So the name of a plain one carries the schema's fingerprint: a
// store whose schema changed would be misread, and its plan is refused. Ids say it for each value, so
// there the schema may change, and the name does not.

import type { ByteWriter, Write } from '../core/byte-writer.ts'
import { MillraceError } from '../core/errors.ts'
import { type AvroRead, avroRead, Unresolvable } from './avro-read.ts'
import { AvroReader } from './avro-reader.ts'
import { type AvroSchema, type AvroType, avroType, schemaInvalid } from './avro-schema.ts'
import { avroWrite, Misfit } from './avro-write.ts'
import { bytesRefused, valueRefused } from './refuse.ts'
import type { Serde } from './serde.ts'

export interface AvroOptions {
  /** The schema's id in the registry: puts Confluent's five bytes in front of every value. */
  readonly id?: number
  /** What was written with other schemas is read too: the schemas by their ids. */
  readonly writers?: Readonly<Record<number, AvroSchema>>
  /** Reads longs as bigints, all 64 bits. Otherwise as numbers, and refuses more than 53 bits. */
  readonly bigint?: boolean
}

const MAGIC = 0
const HEAD_BYTES = 5

/**
 * @param schema text of an .avsc file, the object it stands for, or the name of a primitive type
 * @throws MillraceError SCHEMA_INVALID
 */
export function avro<T = unknown>(schema: AvroSchema, options: AvroOptions = {}): Serde<T> {
  const { id, writers } = options
  if (id !== undefined) return withIds<T>(schema, id, options)
  if (writers === undefined) return plain<T>(schema, options)
  throw schemaInvalid(
    '`writers` are told apart by ids, and the schema itself has none',
    "Give its id in the registry: serde.avro(schema, { id, writers }). Bytes without ids can't say",
  )
}

function plain<T>(schema: AvroSchema, { bigint = false }: AvroOptions): Serde<T> {
  const { type, fingerprint } = avroType(schema)
  const write = avroWrite(type, { bigint })
  const read = resolved(type, type, bigint)
  return {
    name: `avro(${fingerprint})`,
    write: (value, out) => fitting(write, value, out),
    read: (bytes, start, end) => whole<T>(read, new AvroReader(bytes, start, end)),
  }
}

function withIds<T>(schema: AvroSchema, id: number, options: AvroOptions): Serde<T> {
  const { writers = {}, bigint = false } = options
  const { type } = avroType(schema)
  const write = avroWrite(type, { bigint })
  const reads = new Map<number, AvroRead>()
  for (const [text, older] of Object.entries(writers)) {
    reads.set(checkedId(Number(text)), resolved(avroType(older).type, type, bigint, text))
  }
  reads.set(checkedId(id), resolved(type, type, bigint))
  return {
    name: 'avro(ids)',
    write(value, out) {
      const start = out.length
      out.reserve(HEAD_BYTES)
      out.byte(MAGIC)
      out.length = out.buffer.writeUInt32BE(id, out.length)
      fitting(write, value, out, start)
    },
    read(bytes, start, end) {
      if (end - start < HEAD_BYTES || bytes[start] !== MAGIC) {
        throw bytesRefused('avro with an id', 'it does not begin with a zero and four bytes of id')
      }
      const found = bytes.readUInt32BE(start + 1)
      const read = reads.get(found)
      if (read === undefined) throw idUnknown(found, [...reads.keys()])
      return whole<T>(read, new AvroReader(bytes, start + HEAD_BYTES, end))
    },
  }
}

/** All of the value, or nothing. */
function fitting(write: Write<unknown>, value: unknown, out: ByteWriter, start = out.length) {
  try {
    write(value, out)
  } catch (thrown) {
    out.length = start
    throw valueRefused('avro', value, thrown instanceof Misfit ? thrown.sentence() : String(thrown))
  }
}

/** All of the bytes, or nothing. */
function whole<T>(read: AvroRead, from: AvroReader): T {
  let value: unknown
  try {
    value = read(from)
  } catch (thrown) {
    if (thrown instanceof RangeError) throw bytesRefused('avro', 'it is nested too deep')
    throw thrown
  }
  if (from.left > 0) throw bytesRefused('avro', `${from.left} bytes are left over`)
  return value as T // the schema says what it is, and the program that this is a T
}

function resolved(writer: AvroType, reader: AvroType, bigint: boolean, id = ''): AvroRead {
  try {
    return avroRead(writer, reader, { bigint })
  } catch (thrown) {
    if (!(thrown instanceof Unresolvable)) throw thrown
    throw schemaInvalid(
      `what was written with the id ${id} cannot be read: ${thrown.message}`,
      "Give new fields a default and renamed ones an alias, by Avro's rules of schema resolution",
    )
  }
}

function checkedId(id: number): number {
  if (Number.isInteger(id) && id >= 0 && id <= 0x7fffffff) return id
  throw schemaInvalid(`${id} is no id of a registry`, 'Ids are whole numbers of at most 31 bits')
}

const idUnknown = (id: number, known: readonly number[]): MillraceError =>
  new MillraceError({
    code: 'BYTES_REFUSED',
    what: `not avro that can be read: its schema has the id ${id}, and known are ${known.join(', ')}`,
    hint: `Fetch schema ${id} from the registry and give it: { writers: { ${id}: schema } }`,
  })
