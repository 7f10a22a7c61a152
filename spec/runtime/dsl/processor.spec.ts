// Processors in a topology: their stores, and who shares them.

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

test.run()
