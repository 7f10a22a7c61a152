// The catalogue's processors of one's own, with a store of every kind.

import { type KeyValueStore, type StoreDefinition, type Stream, serde } from 'millrace'
import { type Builder, type Claim, claim, LEFT, type Text } from './claim.ts'
import { end } from './streams.ts'
import { GRACE_MS, letterOf, TIME_MAX, waves } from './waves.ts'

const text = serde.string()
const one = waves(['left'])
const closing = waves(['left'], { closes: true })

type Counts = StoreDefinition<KeyValueStore<string, number>>

/** What every store of a processor has in common. */
const inPlace = ({ place: { medium, cacheEntriesMax } }: Builder) => ({
  ...{ name: 's', key: text, medium, cacheEntriesMax },
})

const counts = (at: Builder, ttlMs?: number): Counts =>
  at.t.store<string, number>({ ...inPlace(at), kind: 'keyvalue', value: serde.int32(), ttlMs })

/** Numbers the records of each key. */
const numbers = (stream: Stream<Text, Text>, store: Counts): Stream<Text, Text> =>
  stream.processValues<Text>({
    stores: [store],
    make(context) {
      const kept = context.store(store)
      return {
        process({ key, value, time }) {
          const count = (kept.get(`${key}`) ?? 0) + 1
          kept.put(`${key}`, count, time)
          context.forward({ value: `${value} ${count}` })
        },
      }
    },
  })

/** A store that is changed by every record, and all it then knows of the record's key. */
function telling<S>(
  at: Builder,
  store: StoreDefinition<S>,
  tell: (store: S, key: string, value: Text, time: number) => unknown,
): void {
  end(
    at.t.stream(LEFT).processValues<string>({
      stores: [store],
      make(context) {
        const kept = context.store(store)
        return {
          process({ key, value, time }) {
            context.forward({ value: JSON.stringify(tell(kept, `${key}`, value, time)) })
          },
        }
      },
    }),
  )
}

export const PROCESSORS: readonly Claim[] = [
  claim('a processor with a store', 'list', one, (at) =>
    end(numbers(at.t.stream(LEFT), counts(at))),
  ),
  claim('two processors with one store', 'list', one, (at) => {
    const store = counts(at)
    end(numbers(numbers(at.t.stream(LEFT), store), store))
  }),
  claim('a processor with ranges of a store', 'list', one, (at) => {
    const store = at.t.store<string, string>({ ...inPlace(at), kind: 'timestamped', value: text })
    telling(at, store, (kept, key, value, time) => {
      const [from, to] = [`${key} `, `${key}!`]
      if (value === null) for (const [it] of [...kept.range(from, to)]) kept.delete(it)
      else kept.put(`${key} ${letterOf(value)}`, value, time)
      return [...kept.reverseRange(from, to)]
    })
  }),
  claim('a processor with a window store', 'list', one, (at) => {
    const spec = { kind: 'window', windowSizeMs: 10, retentionMs: GRACE_MS } as const
    const store = at.t.store<string, string>({ ...inPlace(at), ...spec, value: text })
    telling(at, store, (kept, key, value, time) => {
      kept.put(key, value, time - (time % 10), time)
      return kept.fetch(key, 0, TIME_MAX)
    })
  }),
  claim('a processor with a session store', 'list', one, (at) => {
    const spec = { kind: 'session', retentionMs: GRACE_MS } as const
    const store = at.t.store<string, string>({ ...inPlace(at), ...spec, value: text })
    telling(at, store, (kept, key, value, time) => {
      for (const found of kept.findSessions(key, time, time)) kept.remove(found)
      kept.put({ key, start: Math.max(0, time - 5), end: time + 5 }, value)
      return kept.fetch(key)
    })
  }),
  claim('a processor with a versioned store', 'list', one, (at) => {
    const spec = { kind: 'versioned', historyRetentionMs: GRACE_MS } as const
    const store = at.t.store<string, string>({ ...inPlace(at), ...spec, value: text })
    telling(at, store, (kept, key, value, time) => [
      kept.put(key, value, time),
      kept.get(key, TIME_MAX / 2),
      kept.history(key, 0, TIME_MAX),
    ])
  }),
  claim('a processor with a buffer', 'list', one, (at) => {
    const store = at.t.store<string, string>({
      ...inPlace(at),
      ...{ kind: 'buffer', keeps: 'all', value: text },
    })
    telling(at, store, (kept, key, value, time) => {
      if (value === null) kept.remove(key, time)
      else kept.put(time, key, value)
      return [...kept.entries()].filter((entry) => entry.key === key)
    })
  }),
  // Forgets after less than the time to the end, so that what comes late is new again everywhere.
  claim('a processor that lets the first of a kind through', 'list', closing, (at) => {
    const store = counts(at, 5000)
    end(
      at.t.stream(LEFT).processValues<Text>({
        stores: [store],
        make(context) {
          const seen = context.store(store)
          return {
            process({ key, value, time }) {
              const kind = `${key} ${letterOf(value)}`
              if (seen.putIfAbsent(kind, 1, time) === undefined) context.forward({ value })
            },
          }
        },
      }),
    )
  }),
  claim(
    'a processor with a punctuation by stream time',
    'list',
    one,
    (at) => {
      const store = counts(at)
      end(
        at.t.stream(LEFT).process<string, number>({
          stores: [store],
          make(context) {
            const kept = context.store(store)
            context.schedule(10, 'stream-time', (time) => {
              for (const [key, value] of kept.all()) context.forward({ key, value, time })
            })
            return {
              process({ key, time }) {
                kept.put(`${key}`, (kept.get(`${key}`) ?? 0) + 1, time)
              },
            }
          },
        }),
      )
    },
    {
      except: {
        partitions: 'stream time is that of a task',
        order: 'the order of times decides which record reaches an interval',
      },
    },
  ),
]
