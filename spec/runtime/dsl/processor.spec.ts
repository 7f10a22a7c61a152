// Processors in a topology: their stores, and who shares them.

import { type KeyValueStore, topology } from 'millrace'
import { testkit } from 'millrace/testkit'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { serde } from '#protocols/serdes/serdes'
import { topic } from '#runtime/dsl/topic'
import { DrivePlan } from '../../kit/drive-plan.ts'

const text = serde.string()
const input = topic('in', { key: text, value: text })
const queries = topic('queries', { key: text, value: text })
const output = topic('out', { key: text, value: text })

test('a store is shared by the processors that list it, which then share a task', () => {
  const drive = new DrivePlan((t) => {
    const kept = t.store({ name: 'kept', kind: 'keyvalue', key: text, value: text })
    t.stream(input).process({
      stores: [kept],
      make: ({ store }) => {
        const rows = store(kept)
        return { process: ({ key, value }) => rows.put(key, value) }
      },
    })
    t.stream(queries)
      .processValues<string>({
        stores: [kept],
        make: ({ store, forward }) => {
          const rows = store(kept)
          return { process: ({ key }) => forward({ value: rows.get(key) ?? 'none' }) }
        },
      })
      .to(output)
  })
  assert.is(drive.plan.subtopologies.length, 1)
  drive.send(input, { key: 'a', value: '1' })
  drive.send(queries, { key: 'a', value: '?' })
  drive.send(queries, { key: 'b', value: '?' })
  assert.equal(drive.pairs('out'), [
    ['a', '1'],
    ['b', 'none'],
  ])
})

test('two stores of one name are refused, unless they are the same definition', () => {
  assert.throws(
    () =>
      new DrivePlan((t) => {
        const define = () => t.store({ name: 'kept', kind: 'keyvalue', key: text, value: text })
        const stream = t.stream(input)
        for (const kept of [define(), define()]) {
          stream.process({ stores: [kept], make: () => ({ process() {} }) })
        }
      }),
    (error: unknown) => isMillraceError(error, 'NAME_TAKEN'),
  )
})

test('process may change keys, so what depends on them is repartitioned; processValues may not', () => {
  const parts = (changes: boolean): number =>
    new DrivePlan((t) => {
      const stream = t.stream(input)
      const after = changes
        ? stream.process<string, string>({
            make: ({ forward }) => ({ process: ({ value }) => forward({ key: value, value }) }),
          })
        : stream.processValues<string>({
            make: ({ forward }) => ({ process: ({ value }) => forward({ value }) }),
          })
      after.groupByKey({ key: text, value: text }).count({ store: 'counts' })
    }).plan.subtopologies.length
  assert.is(parts(true), 2)
  assert.is(parts(false), 1)
})

/** The highest scores, over rows of every player's best. */
class Podium {
  readonly #rows: KeyValueStore<string, number>
  readonly #best: Map<string, number>

  constructor(rows: KeyValueStore<string, number>) {
    this.#rows = rows
    this.#best = new Map(rows.all())
  }

  score(player: string, points: number, time: number): void {
    if (points <= (this.#best.get(player) ?? 0)) return
    this.#best.set(player, points)
    this.#rows.put(player, points, time)
  }

  get places(): string {
    const places = [...this.#best].sort(([, a], [, b]) => b - a)
    return places.map(([player]) => player).join(' ')
  }
}

test('a store of one’s own is made once per task over rows that are kept for it', async () => {
  let made = 0
  const playing = topology('playing', (t) => {
    const podium = t.store({
      ...{ name: 'podium', kind: 'custom', key: text, value: serde.int32() },
      make: (rows: KeyValueStore<string, number>) => {
        made++
        return new Podium(rows)
      },
    })
    const scores = t.stream(input)
    scores.process({
      stores: [podium],
      make: ({ store }) => {
        const best = store(podium)
        return { process: ({ key, value, time }) => best.score(key, Number(value), time) }
      },
    })
    t.stream(queries)
      .processValues<string>({
        stores: [podium],
        make: ({ store, forward }) => {
          const best = store(podium)
          return { process: () => forward({ value: best.places }) }
        },
      })
      .to(output)
  })
  await using t = await testkit(playing)
  const scored = [
    ['ann', '3'],
    ['bob', '9'],
    ['ann', '5'],
    ['cy', '7'],
  ] as const
  t.topic(input).send(...scored.map(([key, value]) => ({ key, value })))
  await t.settle()
  assert.is(made, 1, 'both processors share it')
  assert.is(await t.store<string, number>('podium').get('ann'), 5)
  t.kill('host-1')
  await t.start('host-1')
  t.topic(queries).send({ key: 'who', value: '?' })
  await t.advance('20s')
  assert.equal(t.topic(output).takeValues(), [['who', 'bob cy ann']])
  assert.is(made, 2)
})

test.run()
