// Spans of tasks that come and leave, by a tracer that writes them down.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { TaskSpans } from '#actors/host/task-spans'
import type { Tracer } from '#actors/task/tracer'

const TRACE = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), flags: 1, state: null }

function spansInto(lines: string[]): TaskSpans {
  const tracer: Tracer = {
    begin(name, { task, placement }, parent) {
      const within = parent === null ? '' : ' in a trace'
      lines.push(`${name} ${task} by ${placement ?? 'nothing'}${within}`)
      const end = (facts: object, failure: Error | null): void =>
        void lines.push(`end of ${name}: ${failure?.message ?? JSON.stringify(facts)}`)
      return { context: null, end }
    },
    record: () => null,
  }
  return new TaskSpans({ application: 'app', host: 'one', tracer: () => tracer })
}

test('a task comes once, however often it is ordered, and leaves once', () => {
  const lines: string[] = []
  const spans = spansInto(lines)
  const by = { placement: 3, trace: TRACE }
  spans.comes('a', by)
  spans.comes('a', by)
  assert.ok(spans.coming('a') !== null)
  spans.came('a', null)
  spans.came('a', null)
  assert.is(spans.coming('a'), null)
  spans.leaves('a', { placement: 4, trace: null })
  spans.leaves('a', { placement: 4, trace: null })
  spans.left('a', true)
  spans.left('a', true)
  assert.equal(lines, [
    ...['open a by 3 in a trace', 'end of open: {}'],
    ...['close a by 4', 'end of close: {"isClean":true}'],
  ])
})

test('a task that leaves before it ran says so of its coming', () => {
  const lines: string[] = []
  const spans = spansInto(lines)
  spans.comes('a', undefined)
  spans.left('a', false)
  assert.equal(lines, ['open a by nothing', 'end of open: task a was closed before it ran'])
})

test.run()
