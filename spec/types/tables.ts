// Type tests of tables and processors: compiled, never run. Each wrong line carries the error it must
// give, so that a change which makes it compile fails the build.

import {
  type GroupedTable,
  type KeyValueStore,
  type StoreDefinition,
  type Stream,
  serde,
  type Table,
  topic,
  topology,
} from 'millrace'

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const holds = <_ extends true>(): void => {}

const text = serde.string()
const players = topic('players', {
  key: text,
  value: serde.json<{ team: string; points: number }>(),
})
const maybe = topic('maybe', { key: serde.nullable(text), value: serde.nullable(text) })
const lines = topic('lines', { key: text, value: text })

topology('types', (t) => {
  // A table has keys and values, and rows that can be deleted, whatever its topic says.
  const table = t.table(players)
  holds<Equal<typeof table, Table<string, { team: string; points: number }, null>>>()
  const known = t.table(maybe)
  holds<Equal<typeof known, Table<string, string, null>>>()
  const streamed = known.toStream()
  holds<Equal<typeof streamed, Stream<string, string | null>>>()

  // A filter narrows; a mapper that may answer null makes rows deletable.
  const points = table.mapValues(({ points: earned }) => (earned > 0 ? earned : null))
  holds<Equal<typeof points, Table<string, number, null>>>()

  // Groups follow from the pair that the mapper answers.
  const teams = table.groupBy((_key, { team, points: earned }) => [team, earned] as const)
  holds<Equal<typeof teams, GroupedTable<string, number>>>()
  const sums = teams.reduce(
    (kept, earned) => kept + earned,
    (kept, earned) => kept - earned,
  )
  holds<Equal<typeof sums, Table<string, number>>>()

  // Branches are a record with the names that were given.
  const { long, rest } = t
    .stream(lines)
    .split({ long: (_key, value) => value.length > 80 }, { default: 'rest' })
  holds<Equal<typeof long, Stream<string, string>>>()
  holds<Equal<typeof rest, Stream<string, string>>>()

  // A store is what its kind says.
  const store = t.store({ name: 'kept', kind: 'keyvalue', key: text, value: serde.int64() })
  holds<Equal<typeof store, StoreDefinition<KeyValueStore<string, number>>>>()

  // What a processor forwards is typed by what it is asked to.
  const lengths = t.stream(lines).processValues<number>({
    stores: [store],
    make: (context) => ({
      process({ key, value }) {
        context.store(store).put(key, value.length)
        context.forward({ value: value.length })
        // @ts-expect-error a value of another type than was said
        context.forward({ value })
        // @ts-expect-error keys are kept
        context.forward({ key, value: 1 })
      },
    }),
  })
  holds<Equal<typeof lengths, Stream<string, number>>>()

  // @ts-expect-error a branch that was not named
  void t.stream(lines).split({ long: () => true }).short

  // @ts-expect-error a row has no such field
  table.filter((_key, { age }) => age > 3)

  t.stream(lines).to((_key, value) => value, { topics: [lines] })
  // @ts-expect-error the topics that may be named must be listed
  t.stream(lines).to((_key, value) => value)
})
