// Durations as people write them: milliseconds, or a number with its unit.

import { MillraceError } from '#protocols/core/errors'

/** Milliseconds, or text such as '100ms', '30s', '5m', '1h', '1d'. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/**
 * A duration in whole ms.
 * @param what names it in the error: `the size of a window`
 * @param leastMs the shortest allowed; default 0
 * @throws MillraceError DURATION_INVALID
 */
export function durationMs(duration: Duration, what = 'a duration', leastMs = 0): number {
  const ms = typeof duration === 'number' ? duration : parse(duration)
  if (Number.isSafeInteger(ms) && ms >= leastMs) return ms
  throw new MillraceError({
    code: 'DURATION_INVALID',
    what: `${what} cannot be ${JSON.stringify(duration)}`,
    hint: `Durations are whole milliseconds, at least ${leastMs}, or text such as '30s', '5m', '1h'`,
  })
}

function parse(text: string): number {
  const found = /^(-?\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text)
  const unit = UNITS[found?.[2] ?? '']
  return unit === undefined ? Number.NaN : Number(found?.[1]) * unit
}
