// A look into a topic, against a plain list of what was written: over batches of any size, from either end.

import fc from 'fast-check'
import { serde, topic } from 'millrace'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fromUtf8, utf8 } from '#protocols/core/bytes'
import { isMillraceError } from '#protocols/core/errors'
import { BatchBuilder } from '#protocols/records/batch'
import { NO_HEADERS } from '#protocols/records/record'
import { type PeekQuestion, peek, serdesOf } from '#runtime/process/peek'
import { HostWorld } from '../../actors/host/host-world.ts'
import { wordcount } from '../../examples/wordcount/wordcount.ts'

async function written(batches: readonly number[]): Promise<HostWorld> {
  const world = new HostWorld()
  await world.now(world.broker.topics.ensure({ name: 't', partitions: 1 }))
  let n = 0
  for (const size of batches) {
    const batch = new BatchBuilder()
    for (let left = size; left > 0; left--) batch.add(null, utf8(`${n++}`), n, NO_HEADERS)
    const to = { topic: 't', partition: 0 }
    await world.now(world.broker.producer().append([{ to, batch: batch.finish() }]))
  }
  return world
}

async function seen(world: HostWorld, question: Omit<PeekQuestion, 'topic'>): Promise<number[]> {
  const looked = await world.now(peek(world.broker, { topic: 't', ...question }))
  return looked.map(({ record: { offset, value } }) => {
    assert.is(fromUtf8(value ?? new Uint8Array()), `${offset}`)
    return offset
  })
}

test('of what is there it shows the first, the last, or those from an offset on, and no more', async () => {
  const batches = fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 6 })
  const from = fc.oneof(fc.constantFrom('first', 'last'), fc.nat(50))
  const count = fc.integer({ min: 1, max: 20 })
  await fc.assert(
    fc.asyncProperty(batches, from, count, async (sizes, start, most) => {
      const all = Array.from({ length: sizes.reduce((sum, size) => sum + size, 0) }, (_, n) => n)
      const expected =
        start === 'last'
          ? all.slice(-most)
          : all.filter((n) => n >= (start === 'first' ? 0 : start)).slice(0, most)
      assert.equal(await seen(await written(sizes), { from: start, count: most }), expected)
    }),
    { numRuns: 60 },
  )
})

test('what cannot be looked at is refused', async () => {
  const world = await written([1])
  const codeOf = async (question: Partial<PeekQuestion>): Promise<string> => {
    try {
      await world.now(peek(world.broker, { topic: 't', from: 'first', count: 1, ...question }))
      return 'none'
    } catch (thrown) {
      return isMillraceError(thrown) ? thrown.code : String(thrown)
    }
  }
  assert.is(await codeOf({ topic: 'u' }), 'TOPIC_UNKNOWN')
  assert.is(await codeOf({ partition: 1 }), 'PARTITION_UNKNOWN')
  for (const count of [0, -1, 1001, 0.5]) assert.is(await codeOf({ count }), 'OPTION_INVALID')
})

test('a topic is read as the topology reads it, or writes it', () => {
  const plans = [wordcount.plan('app')]
  const names = (name: string) => {
    const found = serdesOf(plans, name)
    return found === null ? null : [found.key.name, found.value.name]
  }
  assert.equal(names('word-counts'), ['string', 'int64'])
  assert.equal(names('lines')?.[1], topic('x', { value: serde.string() }).value.name)
  assert.is(names('app.wordcount.counts.repartition')?.[0], 'string')
  assert.is(names('nowhere'), null)
})

test.run()
