// Serdes by the names that requests use. Every stream may lack keys and values, as in Kafka.

import { type Serde, serde } from 'millrace'

/** @throws Error for a name that is not known */
export function serdeOf(name: string | undefined): Serde<object> {
  // Requests are read without types: whoever names a serde gives it such values.
  return plain(name ?? 'json') as Serde<object>
}

/** As it is, or absent. */
export const absentable = (name: string | undefined): Serde<object> =>
  // What may be absent is read without types as well.
  serde.nullable(serdeOf(name)) as Serde<object>

function plain(name: string): unknown {
  const [kind, inner, size] = name.split(':')
  switch (kind) {
    case 'string':
      return serde.string()
    case 'int':
      return serde.int32()
    case 'long':
      return serde.int64()
    case 'double':
      return serde.double()
    case 'boolean':
      return serde.boolean()
    case 'bytes':
      return serde.bytes()
    case 'json':
      return serde.json()
    case 'windowed':
      if (size === 'session') return serde.sessionWindowed(serdeOf(inner))
      return serde.windowed(
        serdeOf(inner),
        size === undefined || size === 'unlimited' ? Number.POSITIVE_INFINITY : Number(size),
      )
    default:
      throw new Error(`no serde '${name}'`)
  }
}
