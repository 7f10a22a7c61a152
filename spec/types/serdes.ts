// Type tests of serdes: compiled, never run; each wrong line carries the error it must give.

import { type Serde, type SerdeType, serde, type Topic, topic } from 'millrace'
import protobuf from 'protobufjs'
import { z } from 'zod'

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const holds = <_ extends true>(): void => {}

interface Order {
  customer: string
  amount: number
}

// A serde knows its type, and so does what is built of it.
const maybe = serde.nullable(serde.string())
holds<Equal<typeof maybe, Serde<string | null>>>()
holds<Equal<SerdeType<typeof maybe>, string | null>>()
const big = serde.int64({ bigint: true })
holds<Equal<typeof big, Serde<bigint>>>()
const plain = serde.int64()
holds<Equal<typeof plain, Serde<number>>>()

// JSON is unknown until somebody says what it is: a type that is trusted, or a schema.
const unsaid = serde.json()
holds<Equal<typeof unsaid, Serde<unknown>>>()
const trusted = serde.json<Order>()
holds<Equal<typeof trusted, Serde<Order>>>()
const checked = serde.json(z.object({ customer: z.string(), amount: z.number() }))
holds<Equal<typeof checked, Serde<Order>>>()
const changed = serde.json(z.coerce.date())
holds<Equal<typeof changed, Serde<Date>>>()

// A topic takes a schema where it takes a serde.
const orders = topic('orders', { value: z.object({ customer: z.string(), amount: z.number() }) })
holds<Equal<typeof orders, Topic<Uint8Array | null, Order>>>()

// A reflected protobuf type is told its TypeScript type.
const message = serde.protobuf<Order>(new protobuf.Type('Order'))
holds<Equal<typeof message, Serde<Order>>>()

// An Avro schema does not know a TypeScript type either.
const datum = serde.avro<Order>({ type: 'record', name: 'Order', fields: [] }, { id: 1 })
holds<Equal<typeof datum, Serde<Order>>>()

// @ts-expect-error a serde of another type than was said
export const wrong: Serde<string> = serde.int32()

// @ts-expect-error the only option of int64 is bigint: true
serde.int64({ bigint: false })

// @ts-expect-error a topic is declared with serdes or schemas, not with types
topic('orders', { value: String })
