// suppress in the DSL: which tables can wait for windows, and what goes on downstream.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { utf8 } from '#protocols/core/bytes'
import { isMillraceError } from '#protocols/core/errors'
import { serde } from '#protocols/serdes/serdes'
import { topic } from '#runtime/dsl/topic'
import { type TopologyBuilder, topology } from '#runtime/dsl/topology'
import { session, tumbling, unlimited } from '#runtime/dsl/windows'
import { DrivePlan } from '../../kit/drive-plan.ts'

const text = serde.string()
const input = topic('in', { key: text, value: serde.nullable(text) })
const results = topic('out', {
  key: serde.windowed(text, 10),
  value: serde.nullable(serde.int64()),
})

test('each window has one result, when it is closed', () => {
  const drive = new DrivePlan((t) => {
    t.stream(input)
      .groupByKey()
      .windowedBy(tumbling({ size: 10, grace: 5 }))
      .count({ store: 'counts' })
      .suppress({ until: 'window-closes' }, { store: 'final' })
      .toStream()
      .to(results)
  })
  for (const [key, time] of [
    ['a', 1],
    ['a', 12],
    ['a', 9],
    ['b', 15],
    ['a', 3],
  ] as const) {
    drive.send(input, { key, value: 'x', time })
  }
  assert.equal(drive.pairs('out'), [[{ key: 'a', start: 0, end: 10 }, 2]])
})

test('sessions close after their gap as well', () => {
  const out = topic('sessions', { key: serde.sessionWindowed(text), value: serde.int64() })
  const drive = new DrivePlan((t) => {
    t.stream(input)
      .groupByKey()
      .windowedBy(session({ gap: 5 }))
      .count({ store: 'counts' })
      .filter((_key, n) => n > 1, { store: 'many' })
      .suppress({ until: 'window-closes' }, { store: 'final' })
      .toStream()
      .filter((_key, n): n is number => n !== null)
      .to(out)
  })
  for (const time of [0, 5, 10, 11]) drive.send(input, { key: 'a', value: 'x', time })
  assert.equal(drive.pairs('sessions'), [])
  drive.send(input, { key: 'b', value: 'x', time: 16 })
  drive.send(input, { key: 'b', value: 'x', time: 17 })
  assert.equal(drive.pairs('sessions'), [[{ key: 'a', start: 0, end: 11 }, 4]])
})

test('what is released has the headers of its own newest change, not of who released it', () => {
  const seen: string[] = []
  const drive = new DrivePlan((t) => {
    t.stream(input)
      .groupByKey()
      .count({ store: 'counts' })
      .suppress({ until: 10 }, { store: 'held' })
      .toStream()
      .process({
        make: () => ({
          process: ({ headers }) => {
            for (const [, bytes] of headers) seen.push(Buffer.from(bytes).toString())
          },
        }),
      })
  })
  for (const [name, time] of [
    ['first', 0],
    ['second', 1],
    ['third', 30],
  ] as const) {
    const key = time === 30 ? 'b' : 'a'
    drive.send(input, { key, value: 'x', time, headers: [['h', utf8(name)]] })
  }
  assert.equal(seen, ['second'])
})

test('waiting for windows that are not there, or ending the wait early, is refused', () => {
  const build = (wire: (t: TopologyBuilder) => void) => () => topology('app', wire)
  const counts = (t: TopologyBuilder) => t.stream(input).groupByKey().count({ store: 'counts' })
  const windowed = (t: TopologyBuilder) =>
    t
      .stream(input)
      .groupByKey()
      .windowedBy(tumbling({ size: 10 }))
      .count({ store: 'counts' })
  const refused: readonly (readonly [string, () => unknown])[] = [
    [
      'SUPPRESS_NEEDS_WINDOWS',
      // As from JavaScript: the types refuse it as well.
      build((t) => void counts(t).suppress({ until: 'window-closes' as never }, { store: 's' })),
    ],
    [
      'SUPPRESS_NEEDS_FINAL',
      build((t) => {
        windowed(t).suppress({ until: 'window-closes' }, { whenFull: 'emit-early', store: 's' })
      }),
    ],
    [
      'WINDOW_NEVER_CLOSES',
      build((t) => {
        const ever = t.stream(input).groupByKey().windowedBy(unlimited()).count({ store: 'c' })
        ever.suppress({ until: 'window-closes' }, { store: 's' })
      }),
    ],
    ['DURATION_INVALID', build((t) => void counts(t).suppress({ until: -1 }, { store: 's' }))],
  ]
  for (const [code, make] of refused) {
    assert.throws(make, (error: unknown) => isMillraceError(error, code), code)
  }
})

test.run()
