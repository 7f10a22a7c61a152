// Trace contexts in headers, against W3C Trace Context (https://www.w3.org/TR/trace-context/).

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fromUtf8, utf8 } from '#protocols/core/bytes'
import type { Headers } from '#protocols/records/record'
import { isSampled, readTraceContext, withTraceContext } from '#protocols/records/trace-context'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'

const headers = (...pairs: [string, string][]): Headers =>
  pairs.map(([name, text]) => [name, utf8(text)] as const)

const read = (parent: string) => readTraceContext(headers(['traceparent', parent]))

test('a trace context is read as W3C writes it', () => {
  const known = headers(
    ['a', 'b'],
    ['traceparent', `00-${TRACE}-${SPAN}-01`],
    ['tracestate', 'x=1'],
  )
  const context = readTraceContext(known)
  assert.equal(context, { traceId: TRACE, spanId: SPAN, flags: 1, state: 'x=1' })
  assert.is(context !== null && isSampled(context), true)
  const unsampled = read(`00-${TRACE}-${SPAN}-00`)
  assert.is(unsampled !== null && isSampled(unsampled), false)
})

test('a newer version is read by what this one knows of it', () => {
  assert.is(read(`cc-${TRACE}-${SPAN}-01-what-comes`)?.spanId, SPAN)
  assert.is(read(`cc-${TRACE}-${SPAN}-01`)?.spanId, SPAN)
})

test('what is no trace context is none, and no error', () => {
  const wrong = [
    ...['', '00', `00-${TRACE}-${SPAN}`, `00-${TRACE}-${SPAN}-1`, `00-${TRACE}-${SPAN}-01-more`],
    ...[`ff-${TRACE}-${SPAN}-01`, `00-${'0'.repeat(32)}-${SPAN}-01`, `0-${TRACE}-${SPAN}-01`],
    ...[`00-${TRACE}-${'0'.repeat(16)}-01`, `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ...[`cc-${TRACE}-${SPAN}-01.`, ` 00-${TRACE}-${SPAN}-01`, `00-${TRACE}-${SPAN}-01\n`],
  ]
  for (const text of wrong) assert.is(read(text), null, text)
  assert.is(readTraceContext([]), null)
  assert.is(readTraceContext([['traceparent', Uint8Array.of(0xff, 0x00, 0x80)]]), null)
})

const hex = (length: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length })
    .map((digits) => digits.join(''))
    .filter((text) => !/^0+$/.test(text))

test('what is written is read again, beside the other headers in their order', () => {
  const other = fc.tuple(fc.constantFrom('a', 'traceparents', 'Tracestate', ''), fc.string())
  const state = fc.constantFrom(null, 'x=1', 'a=b,c=d')
  const parts = { traceId: hex(32), spanId: hex(16), flags: fc.constantFrom(0, 1), state }
  const context = fc.record(parts, { noNullPrototype: true })
  fc.assert(
    fc.property(fc.array(other), context, context, (others, first, second) => {
      const once = withTraceContext(headers(...others), first)
      assert.equal(readTraceContext(once), first)
      const twice = withTraceContext(once, second)
      assert.equal(readTraceContext(twice), second)
      const kept = twice.map(([name, value]) => [name, fromUtf8(value)] as const)
      const rest = kept.filter(([name]) => name !== 'traceparent' && name !== 'tracestate')
      assert.equal(rest, others)
      assert.is(twice.length, others.length + (second.state === null ? 1 : 2))
    }),
  )
})

test.run()
