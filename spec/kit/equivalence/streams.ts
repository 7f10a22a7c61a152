// The catalogue's streams: operators that look at one record at a time.

import { type Stream, serde } from 'millrace'
import { type Claim, claim, LEFT, RESULTS, RIGHT, type Text } from './claim.ts'
import { letterOf, waves } from './waves.ts'

const text = serde.string()
const one = waves(['left'])
const keyless = waves(['left'], { keyless: true })
const both = waves(['left', 'right'])

/** Writes what comes out, as JSON. */
export function end<K, V>(out: Stream<K, V>): void {
  const shown = (it: unknown): Text => (it === null ? null : JSON.stringify(it))
  out.map<Text, Text>((key, value) => [JSON.stringify(key), shown(value)]).to(RESULTS)
}

export const STREAMS: readonly Claim[] = [
  claim('filter, filterNot, mapValues, peek', 'bag', keyless, ({ t }) =>
    end(
      t
        .stream(LEFT)
        .filter((_key, value) => letterOf(value) !== 'a')
        .filterNot((key) => key === 'b')
        .peek(() => {})
        .mapValues((value) => `${value}!`),
    ),
  ),
  claim('map and flatMap', 'list', one, ({ t }) =>
    end(
      t
        .stream(LEFT)
        .map((key, value) => [`${key}0`, value])
        .flatMap((key, value) => [
          [`${key}1`, value],
          [`${key}2`, letterOf(value)],
        ]),
    ),
  ),
  claim('flatMapValues', 'list', one, ({ t }) =>
    end(t.stream(LEFT).flatMapValues((value) => [...(value ?? '')])),
  ),
  claim('selectKey and repartition', 'list', one, ({ t }) =>
    end(
      t
        .stream(LEFT)
        .selectKey((key) => `${key}${key}`)
        .repartition({ key: text, partitions: 3 }),
    ),
  ),
  claim('repartition of a stream without keys', 'bag', keyless, ({ t }) =>
    end(t.stream(LEFT).repartition()),
  ),
  // Which of two topics is read first decides the order of what comes out.
  claim('merge', 'bag', both, ({ t }) => end(t.stream(LEFT).merge(t.stream(RIGHT)))),
  claim('a stream of two topics', 'bag', both, ({ t }) => end(t.stream([LEFT, RIGHT]))),
  claim('split', 'list', one, ({ t }) => {
    const parts = t.stream(LEFT).split(
      {
        a: (_key, value) => letterOf(value) === 'a',
        b: (_key, value) => letterOf(value) === 'b',
      },
      { default: 'rest' },
    )
    for (const [name, part] of Object.entries(parts)) end(part.mapValues((it) => `${name} ${it}`))
  }),
  claim('toTable', 'rows', one, ({ t, kept }) => end(t.stream(LEFT).toTable(kept('s')).toStream())),
  claim('toTable under a new key', 'rows', one, ({ t, kept }) =>
    end(
      t
        .stream(LEFT)
        .selectKey((key) => `${key}${key}`)
        .toTable({ ...kept('s'), key: text })
        .toStream(),
    ),
  ),
  claim('mapAsync', 'list', one, ({ t, store }) =>
    end(
      t
        .stream(LEFT)
        .mapAsync(async (value, key) => `${key} ${value}`, { ...store('s'), concurrency: 2 }),
    ),
  ),
  claim('mapAsync before a fold', 'rows', one, ({ t, kept, store }) =>
    end(
      t
        .stream(LEFT)
        .mapAsync(async (value) => letterOf(value), store('p'))
        .groupByKey()
        .aggregate(
          () => '',
          (all, value) => `${all}${value}`,
          kept('s'),
        )
        .toStream(),
    ),
  ),
]
