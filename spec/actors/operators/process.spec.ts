// Processors: what they are given, and what they may do.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type ProcessorContext, process, processValues } from '#actors/operators/process'
import { utf8 } from '#protocols/core/bytes'
import { isMillraceError } from '#protocols/core/errors'
import type { Headers } from '#protocols/records/record'
import { serde } from '#protocols/serdes/serdes'
import type { KeyValueStore, StoreSpec } from '#stores/store'
import { DriveOne } from '../../kit/drive.ts'

type Context = ProcessorContext<unknown, unknown>
type Seen = { key: unknown; value: unknown; time: number; headers: Headers }

const processor = (run: (context: Context, record: Seen) => void, stores: StoreSpec[] = []) =>
  new DriveOne(
    process((context: Context) => ({ process: (record: Seen) => run(context, record) }), ['kept']),
    stores,
  )

const refused = (code: string, run: () => void): void =>
  assert.throws(run, (error: unknown) => isMillraceError(error, code))

test('what is forwarded has the time of the record, unless the processor says otherwise', () => {
  const it = processor((context, { key, value }) => {
    context.forward({ key, value })
    context.forward({ key: 'other', value, time: 9 })
  })
  it.send('a', 1, 5)
  assert.equal(it.take(), [
    ['a', 1, 5],
    ['other', 1, 9],
  ])
})

test('headers are those of the record, unless the processor gives others', () => {
  const seen: string[][] = []
  const it = new DriveOne((context: Parameters<ReturnType<typeof process>>[0]) =>
    process<unknown, unknown, unknown, unknown>(
      ({ forward }) => ({
        process({ key, value }) {
          forward({ key, value })
          forward({ key, value, headers: [['mine', utf8('')]] })
        },
      }),
      [],
    )({
      ...context,
      forward: () => seen.push(context.record.headers().map(([name]) => name)),
    }),
  )
  it.send('a', 1, 0, [['input', utf8('')]])
  assert.equal(seen, [['input'], ['mine']])
})

test('a child is found by its name; another name, and a time before 0, are refused', () => {
  const it = processor(({ forward }, { key, value }) =>
    forward({ key, value, time: Number(value) }, String(key)),
  )
  it.send('remember', 1)
  assert.equal(it.take(), [['remember', 1, 1]])
  refused('CHILD_UNKNOWN', () => it.send('nobody', 1))
  refused('TIME_INVALID', () => it.send('remember', -1))
})

test('a processor has the stores it lists and no others', () => {
  const spec: StoreSpec = {
    ...{ name: 'kept', kind: 'keyvalue' },
    ...{ key: serde.json(), value: serde.json() },
  }
  const it = processor(
    ({ store, forward }, { key, value }) => {
      const kept = store<KeyValueStore<unknown, unknown>>({ name: String(value), kind: 'keyvalue' })
      const before = kept.get(key) ?? 0
      kept.put(key, Number(before) + 1)
      forward({ key, value: kept.get(key) })
    },
    [spec],
  )
  it.send('a', 'kept')
  it.send('a', 'kept')
  assert.equal(
    it.take().map(([, value]) => value),
    [1, 2],
  )
  refused('STORE_NOT_CONNECTED', () => it.send('a', 'strange'))
})

test('a processor of values forwards under the key of its record, and nowhere else', () => {
  let forward = (_record: { value: unknown }): void => {}
  const it = new DriveOne(
    processValues<unknown, unknown, unknown>((context) => {
      forward = context.forward
      return { process: ({ value }) => context.forward({ value: `<${value}>` }) }
    }, []),
  )
  it.send('a', 1, 5)
  assert.equal(it.take(), [['a', '<1>', 5]])
  refused('KEY_MISSING', () => forward({ value: 1 }))
})

test('a punctuation forwards at stream time and has no record', () => {
  const places: unknown[] = []
  const it = new DriveOne(
    process((context: Context) => {
      context.schedule(10, 'stream-time', (time) => {
        places.push(context.metadata())
        context.forward({ key: 'tick', value: time })
      })
      return { process: () => void places.push(context.metadata()?.offset) }
    }, []),
  )
  it.send('a', 1, 3)
  it.send('a', 1, 27)
  assert.equal(it.take(), [
    ['tick', 3, 3],
    ['tick', 27, 27],
  ])
  assert.equal(places, [0, null, 1, null])
})

test('a punctuation can cancel itself, and schedule another that is due at once', () => {
  const it = new DriveOne(
    process((context: Context) => {
      const once = context.schedule(10, 'stream-time', (time) => {
        once.cancel()
        context.forward({ key: 'once', value: time })
        context.schedule(5, 'stream-time', (at) => context.forward({ key: 'again', value: at }))
      })
      return { process() {} }
    }, []),
  )
  for (const time of [3, 4, 6]) it.send('a', 1, time)
  assert.equal(
    it.take().map(([key, value]) => [key, value]),
    [
      ['once', 3],
      ['again', 3],
      ['again', 6],
    ],
  )
})

test('what a processor throws says which operator it was; closing tells it once', () => {
  let closed = 0
  const it = new DriveOne(
    process(
      () => ({
        process() {
          throw new Error('no')
        },
        close: () => void closed++,
      }),
      [],
    ),
  )
  refused('USER_FUNCTION_FAILED', () => it.send('a', 1))
  it.topology.close()
  assert.is(closed, 1)
})

test.run()
