// The catalogue's tables and joins: of streams, of streams with tables of every kind, of tables by
// their own keys and by the keys of others.

import { serde, type Table } from 'millrace'
import { type Builder, type Claim, claim, LEFT, RIGHT, type Text, THIRD } from './claim.ts'
import { end } from './streams.ts'
import { GRACE_MS, isFlush, letterOf, TIME_MAX, waves } from './waves.ts'

const text = serde.string()
const one = waves(['left'])
const both = waves(['left', 'right'])
const three = waves(['left', 'right', 'third'])
const ending = waves(['left', 'right'], { closes: true })
const endingInOrder = waves(['left', 'right'], { closes: true, keyless: true, inOrder: true })
const endingSelf = waves(['left'], { closes: true })
const endingSelfInOrder = waves(['left'], { closes: true, keyless: true, inOrder: true })
const racing = { isRacing: true }
/** A record meets the row that is there when it comes. */
const inWaves = { order: 'waves' } as const
const pair = (left: Text, right: Text): string => `${left}-${right}`
const versioned = { historyMs: 2 * GRACE_MS }
/** A new key for each; not for those that are there to reach every partition. */
const doubled = (key: Text): string => (isFlush(key) ? `${key}` : `${key}${key}`)

const leftTable = ({ t, kept }: Builder) => t.table(LEFT, kept('l'))
const rightTable = ({ t, kept }: Builder) => t.table(RIGHT, kept('r'))

const TABLES: readonly Claim[] = [
  claim('a table', 'rows', one, (at) => end(leftTable(at).toStream())),
  claim('table filter and mapValues, computed', 'rows', one, ({ t }) =>
    end(
      t
        .table(LEFT)
        .filter((_key, value) => letterOf(value) !== 'a')
        .mapValues((value) => (letterOf(value) === 'b' ? null : `${value}!`))
        .toStream(),
    ),
  ),
  claim('table filter and mapValues, kept', 'rows', one, (at) =>
    end(
      leftTable(at)
        .filter((_key, value) => letterOf(value) !== 'a', at.kept('f'))
        .filterNot((_key, value) => letterOf(value) === 'c')
        .mapValues((value) => (letterOf(value) === 'b' ? null : `${value}!`), at.kept('m'))
        .toStream(),
    ),
  ),
  claim('transformValues', 'rows', one, (at) =>
    end(
      leftTable(at)
        .transformValues(() => (key, value) => (value === null ? null : `${key} ${value}`), {
          ...at.kept('s'),
        })
        .toStream(),
    ),
  ),
  claim('a versioned table', 'rows', one, ({ t, place: { medium } }) =>
    end(t.table(LEFT, { store: 'l', medium, versioned }).toStream()),
  ),
  claim(
    'groups of a versioned table',
    'rows',
    one,
    ({ t, kept, place: { medium } }) =>
      end(
        t
          .table(LEFT, { store: 'l', medium, versioned })
          .groupBy((key, value) => [letterOf(value), key], { key: text })
          .count(kept('s'))
          .toStream(),
      ),
    racing,
  ),
]

type Kind = 'join' | 'leftJoin' | 'outerJoin'
const KINDS: readonly Kind[] = ['join', 'leftJoin', 'outerJoin']
const STREAM_KINDS: readonly ('join' | 'leftJoin')[] = ['join', 'leftJoin']

/** Two tables by key; the joiner takes what any kind of join gives it. */
const joinedTables = (
  kind: Kind,
  left: Table<string, string, null>,
  right: Table<string, string, null>,
  options = {},
): Table<string, string, null> => left[kind as 'outerJoin'](right, pair, options)

const tableJoins = KINDS.flatMap((kind): Claim[] => [
  claim(`${kind} of tables`, 'rows', both, (at) =>
    end(joinedTables(kind, leftTable(at), rightTable(at)).toStream()),
  ),
  claim(`${kind} of tables, kept`, 'rows', both, (at) =>
    end(joinedTables(kind, leftTable(at), rightTable(at), at.kept('j')).toStream()),
  ),
  claim(`${kind} of three tables`, 'rows', three, (at) =>
    end(
      joinedTables(
        kind,
        joinedTables(kind, leftTable(at), rightTable(at)),
        at.t.table(THIRD),
        at.kept('j'),
      ).toStream(),
    ),
  ),
  claim(`${kind} of versioned tables`, 'rows', both, ({ t, kept, place: { medium } }) => {
    const left = t.table(LEFT, { store: 'l', medium, versioned })
    const right = t.table(RIGHT, { store: 'r', medium, versioned })
    end(joinedTables(kind, left, right, kept('j')).toStream())
  }),
])

const selfJoins = (['leftJoin', 'outerJoin'] as const).map(
  (kind): Claim =>
    claim(`${kind} of a table with what is made of it`, 'rows', one, (at) => {
      const table = leftTable(at)
      const other = table.filter((_key, value) => letterOf(value) !== 'a')
      end(joinedTables(kind, table, other, at.kept('j')).toStream())
    }),
)

/** Who asks and who answers are tasks of their own: results may come in another order, the last is right. */
const byKey = (['joinByKey', 'leftJoinByKey'] as const).flatMap((kind): Claim[] => [
  claim(
    kind,
    'rows',
    both,
    (at) =>
      end(
        leftTable(at)
          [kind as 'leftJoinByKey'](rightTable(at), letterOf, pair, at.kept('j'))
          .toStream(),
      ),
    racing,
  ),
  claim(
    `${kind} to a table by its own values`,
    'rows',
    one,
    (at) => {
      const table = leftTable(at)
      const others = table.mapValues((value) => `${value}?`)
      end(table[kind as 'leftJoinByKey'](others, letterOf, pair, at.kept('j')).toStream())
    },
    racing,
  ),
])

const within = { before: 20, after: 10, grace: GRACE_MS }
const near = { before: TIME_MAX, after: TIME_MAX, grace: GRACE_MS }
/**
 * A record without a partner whose window is behind the clock of its task goes out alone at once. So
 * where the window is short, times do not go back; else it is as long as the times of the input.
 */
const unorderly = {
  except: { order: 'out of order, some records go out alone before their partner comes' },
}
const alone = (kind: Kind) =>
  kind === 'join'
    ? ({ both: ending, self: endingSelf, rest: {} } as const)
    : ({ both: endingInOrder, self: endingSelfInOrder, rest: unorderly } as const)

const streamJoins = KINDS.flatMap((kind): Claim[] => [
  claim(
    `${kind} of streams`,
    'bag',
    alone(kind).both,
    ({ t, store }) =>
      end(t.stream(LEFT)[kind as 'outerJoin'](t.stream(RIGHT), pair, { within, ...store('j') })),
    alone(kind).rest,
  ),
  claim(`${kind} of streams, out of order`, 'bag', ending, ({ t, store }) =>
    end(
      t.stream(LEFT)[kind as 'outerJoin'](t.stream(RIGHT), pair, { within: near, ...store('j') }),
    ),
  ),
  claim(`${kind} of streams under new keys`, 'bag', ending, ({ t, store }) =>
    end(
      t
        .stream(LEFT)
        .selectKey(doubled)
        [kind as 'outerJoin'](t.stream(RIGHT).selectKey(doubled), pair, {
          ...{ within: near, key: text, left: text, right: text },
          ...store('j'),
        }),
    ),
  ),
  claim(
    `${kind} of a stream with itself`,
    'bag',
    alone(kind).self,
    (at) => {
      const stream = at.t.stream(LEFT)
      end(stream[kind as 'outerJoin'](stream, pair, { within, ...at.store('j') }))
    },
    alone(kind).rest,
  ),
])

const tableLookups = STREAM_KINDS.flatMap((kind): Claim[] => [
  claim(
    `${kind} of a stream with a table`,
    'list',
    both,
    (at) => end(at.t.stream(LEFT)[kind as 'leftJoin'](rightTable(at), pair)),
    inWaves,
  ),
  claim(
    `${kind} of a stream under a new key with a table`,
    'list',
    both,
    (at) =>
      end(
        at.t
          .stream(LEFT)
          .selectKey((key) => `${key}`)
          [kind as 'leftJoin'](rightTable(at), pair, { key: text }),
      ),
    inWaves,
  ),
  claim(
    `${kind} of a stream with a computed table`,
    'list',
    both,
    (at) =>
      end(
        at.t.stream(LEFT)[kind as 'leftJoin'](
          rightTable(at)
            .filter((_key, value) => letterOf(value) !== 'a')
            .mapValues((value) => `${value}!`),
          pair,
        ),
      ),
    inWaves,
  ),
])

const versionLookups = STREAM_KINDS.flatMap((kind): Claim[] => [
  claim(
    `${kind} of a stream with a versioned table`,
    'list',
    both,
    ({ t, place: { medium } }) =>
      end(
        t.stream(LEFT)[kind as 'leftJoin'](t.table(RIGHT, { store: 'r', medium, versioned }), pair),
      ),
    inWaves,
  ),
  claim(
    `${kind} of a stream that waits for a versioned table`,
    'bag',
    ending,
    ({ t, place: { medium } }) => {
      const table = t.table(RIGHT, { store: 'r', medium, versioned })
      const stream = t.stream(LEFT)
      end(stream[kind as 'leftJoin'](table, pair, { grace: GRACE_MS, store: 'w' }))
    },
  ),
  claim(
    `${kind} of a stream with a global table`,
    'list',
    both,
    ({ t, place: { medium } }) =>
      end(
        t
          .stream(LEFT)
          [kind as 'leftJoin'](
            t.globalTable(RIGHT, { medium }),
            (_key: Text, value: string) => letterOf(value),
            pair,
          ),
      ),
    inWaves,
  ),
])

const manyWays = ({ t, kept, store }: Builder): void => {
  const counts = t.stream(THIRD).groupByKey().count(kept('c'))
  end(
    t
      .stream(LEFT)
      .join(t.stream(RIGHT), pair, { within, ...store('j') })
      .leftJoin(counts, (both, count) => `${both} ${count}`),
  )
}

export const JOINS: readonly Claim[] = [
  ...TABLES,
  ...tableJoins,
  ...selfJoins,
  ...byKey,
  ...streamJoins,
  ...tableLookups,
  ...versionLookups,
  // After the end every row is past its time, everywhere.
  claim(
    'leftJoin of a stream with a table for a time',
    'list',
    ending,
    ({ t, kept }) =>
      end(t.stream(LEFT).leftJoin(t.table(RIGHT, { ...kept('r'), ttl: 5000 }), pair)),
    inWaves,
  ),
  claim(
    'joinByKey to counts, in groups',
    'rows',
    both,
    (at) => {
      const counts = at.t.stream(RIGHT).groupByKey().count(at.kept('c'))
      end(
        leftTable(at)
          .joinByKey(counts, letterOf, (value, count) => `${value} ${count}`, at.kept('j'))
          .groupBy((key, value) => [letterOf(value), key], { key: text })
          .count(at.kept('g'))
          .filter((_key, count) => count > 0)
          .toStream(),
      )
    },
    racing,
  ),
  claim('two streams and a count, joined', 'bag', three, manyWays, inWaves),
]
