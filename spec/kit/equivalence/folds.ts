// The catalogue's folds: of streams, of several streams, of tables, without windows and in every kind
// of window, with results at every update, when a window closes, and held back.

import { hopping, serde, session, sliding, tumbling, unlimited } from 'millrace'
import { type Claim, claim, LEFT, RIGHT, type Text } from './claim.ts'
import { end } from './streams.ts'
import { GRACE_MS as grace, letterOf, waves } from './waves.ts'

const text = serde.string()
const one = waves(['left'])
const both = waves(['left', 'right'])
const closing = waves(['left'], { closes: true })
const none = (): string => ''
/** Tells every order of the values apart. */
const joined = (all: string, value: Text): string => `${all} ${value}`
const merged = (_key: string, older: string, newer: string): string => `${older} +${newer}`
const byValue = (_key: Text, value: Text): string | null => letterOf(value)
const [racing, onClose] = [{ isRacing: true }, { emit: 'on-close' } as const]

const FOLDS: readonly Claim[] = [
  claim('count', 'rows', one, ({ t, kept }) =>
    end(t.stream(LEFT).groupByKey().count(kept('s')).toStream()),
  ),
  claim('reduce', 'rows', one, ({ t, kept }) =>
    end(t.stream(LEFT).groupByKey().reduce(joined, kept('s')).toStream()),
  ),
  claim('aggregate that deletes', 'rows', one, ({ t, kept }) =>
    end(
      t
        .stream(LEFT)
        .groupByKey()
        .aggregate(
          none,
          (all, value) => (letterOf(value) === 'd' ? null : joined(all, value)),
          kept('s'),
        )
        .toStream(),
    ),
  ),
  // Records of several keys meet in one, in any order: their folds do not tell orders apart.
  claim(
    'count under a new key',
    'rows',
    one,
    ({ t, kept }) =>
      end(t.stream(LEFT).groupBy(byValue, { key: text }).count(kept('s')).toStream()),
    racing,
  ),
  claim(
    'count of counts',
    'rows',
    one,
    ({ t, kept }) =>
      end(
        t
          .stream(LEFT)
          .groupBy(byValue, { key: text })
          .count(kept('s'))
          .groupBy((key, count) => [count % 2 === 0 ? 'even' : 'odd', key], { key: text })
          .count(kept('c'))
          .filter((_key, count) => count > 0)
          .toStream(),
      ),
    racing,
  ),
  // After the end every row is past its time, everywhere.
  claim('count for a time', 'rows', closing, ({ t, kept }) =>
    end(
      t
        .stream(LEFT)
        .groupByKey()
        .count({ ...kept('s'), ttl: 5000 })
        .toStream(),
    ),
  ),
  claim('cogroup', 'rows', both, ({ t, kept }) =>
    end(
      t
        .stream(LEFT)
        .groupByKey()
        .cogroup<readonly string[]>((all, value) => [...all, `${value}`].sort())
        .cogroup(t.stream(RIGHT).groupByKey(), (all, value) => [...all, `${value}`].sort())
        .aggregate(() => [], kept('s'))
        .toStream(),
    ),
  ),
  claim(
    'cogroup under new keys',
    'rows',
    both,
    ({ t, kept }) => {
      const add = (all: number, value: Text): number => all + (value?.length ?? 0)
      end(
        t
          .stream(LEFT)
          .groupBy(byValue, { key: text })
          .cogroup<number>(add)
          .cogroup(t.stream(RIGHT).groupBy(byValue, { key: text }), add)
          .aggregate(() => 0, kept('s'))
          .toStream(),
      )
    },
    racing,
  ),
  // A group that was filled and emptied between two commits was never there with a cache, and is empty
  // without: empty groups are left out.
  claim(
    'a changed row leaves its group for another',
    'rows',
    one,
    ({ t, kept }) =>
      end(
        t
          .table(LEFT, kept('t'))
          .groupBy((key, value) => [letterOf(value), `${key}${value}`], { key: text })
          .aggregate<readonly string[]>(
            () => [],
            (all, value) => [...all, value].sort(),
            (all, value) => all.filter((it) => it !== value),
            kept('s'),
          )
          .filter((_key, all) => all.length > 0)
          .toStream(),
      ),
    racing,
  ),
  claim(
    'sum of a group of rows',
    'rows',
    one,
    ({ t, kept }) =>
      end(
        t
          .table(LEFT)
          .mapValues((value) => Number(value.slice(1)))
          .groupBy((key, value) => [key < 'd' ? 'low' : 'high', value], { key: text })
          .reduce(
            (sum, value) => sum + value,
            (sum, value) => sum - value,
            kept('s'),
          )
          .filter((_key, sum) => sum > 0)
          .toStream(),
      ),
    racing,
  ),
  claim('suppress for a time', 'rows', closing, ({ t, kept, store }) =>
    end(
      t.stream(LEFT).groupByKey().count(kept('s')).suppress({ until: 20 }, store('b')).toStream(),
    ),
  ),
  // What is let out early depends on what else is held; the last result does not.
  claim('suppress that lets out early', 'rows', closing, ({ t, kept, store }) =>
    end(
      t
        .stream(LEFT)
        .groupByKey()
        .count(kept('s'))
        .suppress({ until: 20 }, { ...store('b'), maxRecords: 2, whenFull: 'emit-early' })
        .toStream(),
    ),
  ),
]

/** Grace is longer than the times of the input, for lateness is by the clock of a task. */
const WINDOWS = {
  tumbling: tumbling({ size: 10, grace }),
  hopping: hopping({ size: 10, advance: 4, grace }),
  sliding: sliding({ difference: 6, grace }),
}

/** Every kind of window that is alike in the program. */
const windows = Object.entries(WINDOWS).flatMap(([kind, window]): Claim[] => [
  claim(`${kind} windows`, 'rows', closing, ({ t, kept }) =>
    end(
      t
        .stream(LEFT)
        .groupByKey()
        .windowedBy(window as typeof WINDOWS.tumbling)
        .aggregate(none, joined, kept('s'))
        .toStream(),
    ),
  ),
  claim(
    `${kind} windows under a new key`,
    'rows',
    closing,
    ({ t, kept }) =>
      end(
        t
          .stream(LEFT)
          .groupBy(byValue, { key: text })
          .windowedBy(window as typeof WINDOWS.tumbling)
          .count(kept('s'))
          .toStream(),
      ),
    racing,
  ),
  claim(`${kind} windows on close`, 'list', closing, ({ t, kept }) =>
    end(
      t
        .stream(LEFT)
        .groupByKey()
        .windowedBy(window as typeof WINDOWS.tumbling, onClose)
        .aggregate(none, joined, kept('s'))
        .toStream(),
    ),
  ),
  claim(`${kind} windows, suppressed until they close`, 'list', closing, ({ t, kept, store }) =>
    end(
      t
        .stream(LEFT)
        .groupByKey()
        .windowedBy(window as typeof WINDOWS.tumbling)
        .aggregate(none, joined, kept('s'))
        .suppress({ until: 'window-closes' }, store('b'))
        .toStream(),
    ),
  ),
  claim(`records too late for ${kind} windows`, 'list', closing, ({ t, kept }) => {
    const windowed = t
      .stream(LEFT)
      .groupByKey()
      .windowedBy(window as typeof WINDOWS.tumbling)
    windowed.reduce(joined, kept('s'))
    end(windowed.late())
  }),
])

const gap = session({ gap: 5, grace })

const SESSIONS: readonly Claim[] = [
  claim('sessions', 'rows', closing, ({ t, kept }) =>
    end(
      t
        .stream(LEFT)
        .groupByKey()
        .windowedBy(gap)
        .aggregate(none, joined, merged, kept('s'))
        .toStream(),
    ),
  ),
  claim(
    'sessions under a new key',
    'rows',
    closing,
    ({ t, kept }) =>
      end(
        t.stream(LEFT).groupBy(byValue, { key: text }).windowedBy(gap).count(kept('s')).toStream(),
      ),
    racing,
  ),
  claim('sessions on close', 'list', closing, ({ t, kept }) =>
    end(
      t
        .stream(LEFT)
        .groupByKey()
        .windowedBy(gap, onClose)
        .aggregate(none, joined, merged, kept('s'))
        .toStream(),
    ),
  ),
  claim('sessions, suppressed until they close', 'list', closing, ({ t, kept, store }) =>
    end(
      t
        .stream(LEFT)
        .groupByKey()
        .windowedBy(gap)
        .aggregate(none, joined, merged, kept('s'))
        .suppress({ until: 'window-closes' }, store('b'))
        .toStream(),
    ),
  ),
  claim('records too late for sessions', 'list', closing, ({ t, kept }) => {
    const windowed = t.stream(LEFT).groupByKey().windowedBy(gap)
    windowed.count(kept('s'))
    end(windowed.late())
  }),
  claim('an unlimited window', 'rows', one, ({ t, kept }) =>
    end(
      t
        .stream(LEFT)
        .groupByKey()
        .windowedBy(unlimited({ start: 20 }))
        .aggregate(none, joined, kept('s'))
        .toStream(),
    ),
  ),
  claim('cogroup in windows', 'rows', both, ({ t, kept }) => {
    const add = (all: number, value: Text): number => all + (value?.length ?? 1)
    end(
      t
        .stream(LEFT)
        .groupByKey()
        .cogroup<number>(add)
        .cogroup(t.stream(RIGHT).groupByKey(), add)
        .windowedBy(WINDOWS.tumbling)
        .aggregate(() => 0, kept('s'))
        .toStream(),
    )
  }),
  claim('cogroup in sessions', 'rows', both, ({ t, kept }) => {
    const add = (all: number, value: Text): number => all + (value?.length ?? 1)
    end(
      t
        .stream(LEFT)
        .groupByKey()
        .cogroup<number>(add)
        .cogroup(t.stream(RIGHT).groupByKey(), add)
        .windowedBy(gap)
        .aggregate(
          () => 0,
          (_key, older, newer) => older + newer,
          kept('s'),
        )
        .toStream(),
    )
  }),
  claim(
    'sum of the windows of a key',
    'rows',
    closing,
    ({ t, kept }) =>
      end(
        t
          .stream(LEFT)
          .groupByKey()
          .windowedBy(WINDOWS.hopping)
          .count(kept('s'))
          .groupBy(({ key }, count) => [key, count], { key: text })
          .aggregate(
            () => 0,
            (sum, count) => sum + count,
            (sum, count) => sum - count,
            kept('g'),
          )
          .toStream(),
      ),
    racing,
  ),
  claim('windows of two streams, joined', 'rows', both, ({ t, kept }) => {
    const counted = (stream: typeof LEFT, store: string) =>
      t.stream(stream).groupByKey().windowedBy(WINDOWS.tumbling).count(kept(store))
    end(
      counted(LEFT, 'l')
        .outerJoin(counted(RIGHT, 'r'), (left, right) => `${left} ${right}`, kept('j'))
        .toStream(),
    )
  }),
  claim('windows whose rows are filtered, and held for a time', 'rows', closing, (at) =>
    end(
      at.t
        .stream(LEFT)
        .groupByKey()
        .windowedBy(WINDOWS.hopping)
        .count(at.kept('s'))
        .filter((_key, count) => count !== 2)
        .suppress({ until: 20 }, at.store('b'))
        .toStream(),
    ),
  ),
]

export const AGGREGATIONS: readonly Claim[] = [...FOLDS, ...windows, ...SESSIONS]
