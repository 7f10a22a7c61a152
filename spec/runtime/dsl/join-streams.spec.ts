// The joins of streams in the graph: stores, names, repartition topics, and what is refused.

import { testkit } from 'millrace/testkit'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { TopologyPlan } from '#actors/topology/plan'
import { isMillraceError } from '#protocols/core/errors'
import { serde } from '#protocols/serdes/serdes'
import type { JoinWithin } from '#runtime/dsl/join-options'
import type { Stream } from '#runtime/dsl/stream'
import { topic } from '#runtime/dsl/topic'
import { type TopologyBuilder, topology } from '#runtime/dsl/topology'

const text = serde.string()
const LEFT = topic('left', { key: text, value: serde.int32() })
const RIGHT = topic('right', { key: text, value: text })

const sum = (left: number | null, right: string | null): string => `${left}${right}`
const plan = (build: (t: TopologyBuilder) => void): TopologyPlan =>
  topology('app', build).plan('shop')
const stores = ({ subtopologies }: TopologyPlan) => subtopologies.flatMap((it) => it.stores)
const repartitions = ({ topics }: TopologyPlan): string[] =>
  topics.filter(({ use }) => use === 'repartition').map(({ name }) => name.replace('shop.app.', ''))

test('each side has a window store that keeps duplicates for the whole time a partner may come', () => {
  const within = { before: '10s', after: '20s', grace: '5s' } as const
  const [left, right] = stores(
    plan((t) => t.stream(LEFT).join(t.stream(RIGHT), sum, { within, store: 'j' })),
  )
  const window = {
    kind: 'window',
    retainDuplicates: true,
    windowSizeMs: 30_000,
    retentionMs: 35_000,
  }
  for (const [name, store, value] of [
    ['j.left', left, 'int32'],
    ['j.right', right, 'string'],
  ] as const) {
    assert.ok(store?.kind === 'window')
    const { kind, retainDuplicates, windowSizeMs, retentionMs } = store
    assert.equal({ kind, retainDuplicates, windowSizeMs, retentionMs }, window)
    assert.equal([store.name, store.key.name, store.value.name], [name, 'string', value])
  }
})

test('a join that keeps lonely records has a buffer for both sides', () => {
  const build = (t: TopologyBuilder): void => {
    t.stream(LEFT).outerJoin(t.stream(RIGHT), sum, { within: 5, store: 'j', medium: 'memory' })
  }
  const found = stores(plan(build))
  assert.equal(found.map(({ name }) => name).sort(), ['j.left', 'j.right', 'j.unmatched'])
  assert.ok(found.every(({ medium }) => medium === 'memory'))
})

test('a join without a name for its stores says what that means', () => {
  const build = (t: TopologyBuilder): void => {
    t.stream(LEFT).join(t.stream(RIGHT), sum, { within: 5 })
  }
  const { warnings } = topology('app', build)
  assert.match(warnings.join(), /left\.join.*store/)
})

const rekeyed = (t: TopologyBuilder): Stream<string, number> =>
  t.stream(LEFT).selectKey((key) => key)

test('unnamed joins of one stream share its repartition topic; each with a name has its own', () => {
  const build = (names: readonly (string | undefined)[]) => (t: TopologyBuilder) => {
    const left = rekeyed(t)
    for (const [at, name] of names.entries()) {
      left.join(t.stream(RIGHT), sum, { within: 5, name, store: `j${at}`, key: text })
    }
  }
  assert.equal(repartitions(plan(build([undefined, undefined]))), ['left.selectKey.repartition'])
  const options = { optimize: false }
  const named = topology('app', build(['a', 'b']), options).plan('shop')
  assert.equal(repartitions(named), ['a-left.repartition', 'b-left.repartition'])
})

test('what is held back is held back over the death of a host, and goes out once', async () => {
  const out = topic('out', { key: text, value: text })
  const define = () =>
    topology('app', (t) => {
      const options = { within: { before: 40, after: 60, grace: 20 }, store: 'j' }
      t.stream(LEFT).outerJoin(t.stream(RIGHT), sum, options).to(out)
    })
  const run = async (isKilled: boolean): Promise<string[]> => {
    await using t = await testkit(define())
    for (let step = 0; step < 60; step++) {
      const time = step * 10 - (step % 4) * 15 + 100
      if (step % 3 === 0) t.topic(LEFT).send({ key: `k${step % 4}`, value: step, time })
      else t.topic(RIGHT).send({ key: `k${step % 5}`, value: `v${step}`, time })
      await t.settle()
      if (isKilled && step % 20 === 10) {
        t.kill('host-1')
        await t.start('host-1')
        await t.advance(30_000)
      }
    }
    return t
      .topic(out)
      .take()
      .map(({ key, value, time }) => `${key} ${value} ${time}`)
  }
  const [whole, killed] = [await run(false), await run(true)]
  assert.ok(whole.some((line) => line.includes('null')))
  assert.equal(killed, whole)
})

test('a window in which nothing can meet is refused', () => {
  const build = (within: JoinWithin) => (): unknown =>
    plan((t) => t.stream(LEFT).join(t.stream(RIGHT), sum, { within }))
  const code = (expected: string) => (error: unknown) => isMillraceError(error, expected)
  assert.throws(build({ before: -10, after: 5 }), code('JOIN_INVALID'))
  assert.throws(build({ before: 0, after: 0, grace: -1 }), code('DURATION_INVALID'))
  assert.throws(build(-1), code('DURATION_INVALID'))
  assert.not.throws(build({ before: -10, after: 10 }))
})

test.run()
