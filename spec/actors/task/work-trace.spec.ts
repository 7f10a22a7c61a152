// What a work tells a tracer, by a tracer that writes it down.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { RecordSpan, Span, Tracer } from '#actors/task/tracer'
import { NO_HEADERS } from '#protocols/records/record'
import { CountWorld } from './count-world.ts'

function writing(lines: string[], sampled: (offset: number) => boolean): Tracer {
  const span = (name: string): Span => ({
    context: null,
    end: (facts, failure) => {
      const { records, changes } = facts
      lines.push(`${name} ${failure?.message ?? 'well'} ${records ?? changes ?? ''}`.trimEnd())
    },
  })
  return {
    begin(name, _facts, parent) {
      lines.push(`${name}${parent === null ? '' : ' of another'}`)
      return span(`end of ${name}:`)
    },
    record({ topic, partition, offset }, _facts, _batch, isLinked): RecordSpan | null {
      if (!sampled(offset)) return null
      const name = `${topic}/${partition}/${offset}`
      const run = (work: () => void): void => {
        lines.push(`${name}${isLinked ? ' linked' : ''}`)
        work()
      }
      return { ...span(`end of ${name}:`), headers: NO_HEADERS, run }
    },
  }
}

test('a batch goes from its first record to its commit, whatever others are sampled', async () => {
  const lines: string[] = []
  const world = await new CountWorld().begin()
  const work = await world.started('h1', { tracer: writing(lines, (offset) => offset === 1) })
  assert.equal(lines, [])
  await world.append('a=x', 'b=x', 'a=x')
  work.work(100)
  await work.commit()
  await work.commit()
  assert.equal(lines, [
    ...['batch', 'in/0/1 linked', 'end of in/0/1: well'],
    ...['commit of another', 'end of commit: well 2', 'end of batch: well 3'],
  ])
  await work.close(true)
  assert.is(lines.length, 6)
  await world.broker.close()
})

test('a batch that was not committed ends with its work, and says so', async () => {
  const lines: string[] = []
  const world = await new CountWorld().begin()
  const work = await world.started('h1', { tracer: writing(lines, () => false) })
  await world.append('a=x')
  work.work(100)
  await work.close(false)
  const why = 'the task ended before the records were committed'
  assert.equal(lines, ['batch', `end of batch: ${why} 1`])
  await world.broker.close()
})

test.run()
