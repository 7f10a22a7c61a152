// Which trace a record belongs to, in its headers, as W3C Trace Context writes it:
//
//   traceparent = version "-" trace-id "-" span-id "-" flags        all in lower case hex
//   version     = 2 digits; ff is none. Newer ones may have more after the flags, and are read like 00
//   trace-id    = 32 digits, not all zero; span-id = 16 digits, not all zero; flags = 2 digits, 01: sampled
//   tracestate  = whatever tracing systems add; carried on as it is
//
// https://www.w3.org/TR/trace-context/. What cannot be read is no trace context, and no error.

import { fromUtf8, utf8 } from '../core/bytes.ts'
import type { Header, Headers } from './record.ts'

export interface TraceContext {
  readonly traceId: string
  readonly spanId: string
  /** Bit 0: sampled. */
  readonly flags: number
  /** The text of `tracestate`, if there is one. */
  readonly state: string | null
}

const PARENT = 'traceparent'
const STATE = 'tracestate'
const SAMPLED = 1
const FORM =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

/** Null: the headers name no trace. Of several headers with the name the first is read. */
export function readTraceContext(headers: Headers): TraceContext | null {
  const parent = headers.find(isParent)
  if (parent === undefined) return null
  const context = parseTraceParent(fromUtf8(parent[1]))
  if (context === null) return null
  const states = headers.filter(isState).map(([, value]) => fromUtf8(value))
  return states.length > 0 ? { ...context, state: states.join(',') } : context
}

/** The text of `traceparent`; null: it names no trace. */
export function parseTraceParent(text: string): TraceContext | null {
  const [, version, traceId, spanId, flags, more] = FORM.exec(text) ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return null
  if (version === '00' && more !== undefined) return null
  return { traceId, spanId, flags: Number.parseInt(flags, 16), state: null }
}

// Of the flags only `sampled` may be passed on by who does not know the others.
export const traceParentOf = ({ traceId, spanId, flags }: TraceContext): string =>
  `00-${traceId}-${spanId}-0${flags & SAMPLED}`

export const isSampled = ({ flags }: TraceContext): boolean => (flags & SAMPLED) === SAMPLED

/** The same headers with another trace context; the others keep their order. */
export function withTraceContext(headers: Headers, context: TraceContext): Headers {
  const { state } = context
  const others = headers.filter((header) => !isParent(header) && !isState(header))
  const parent: Header = [PARENT, utf8(traceParentOf(context))]
  return state === null ? [...others, parent] : [...others, parent, [STATE, utf8(state)]]
}

const isParent = ([name]: Header): boolean => name === PARENT
const isState = ([name]: Header): boolean => name === STATE
