// Type tests of mapAsync: compiled, never run. Each wrong line carries the error it must give.

import { type Stream, serde, topic, topology } from 'millrace'

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const holds = <_ extends true>(): void => {}

const words = topic('words', { key: serde.string(), value: serde.string() })
const lengths = topic('lengths', { key: serde.string(), value: serde.int32() })

topology('types', (t) => {
  // The new values are what the promise brings.
  const plain = t.stream(words).mapAsync(async (word) => word.length)
  holds<Equal<typeof plain, Stream<string, number>>>()
  plain.to(lengths)

  const tuned = t
    .stream(words)
    .mapAsync(async (word, key, { signal }) => (signal.aborted ? 0 : word.length + key.length), {
      ...{ concurrency: 2, timeoutMs: 100, retry: { max: 1, backoffMs: 10 } },
      value: serde.int32(),
    })
  holds<Equal<typeof tuned, Stream<string, number>>>()

  // A function that answers at once is mapValues.
  // @ts-expect-error: it answers no promise
  t.stream(words).mapAsync((word) => word.length)

  // @ts-expect-error: the serde is not one of the new values
  t.stream(words).mapAsync(async (word) => word.length, { value: serde.string() })

  // @ts-expect-error: a dead letter topic has a name
  t.stream(words).mapAsync(async (word) => word.length, { onFailure: 'dlq' })
})
