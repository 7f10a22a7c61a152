// The words for windows: tumbling, hopping, sliding, session, unlimited. Grace is how much later than
// its window's end a record may still come; a record after that is dropped and counted, and there is
// no default long enough to hide a forgotten one: without `grace` it is 0.

import type {
  SessionWindows,
  SlidingWindows,
  TimeWindows,
  UnlimitedWindows,
} from '#actors/topology/windows'
import { MillraceError } from '#protocols/core/errors'
import { type Duration, durationMs } from './duration.ts'

interface Graceful {
  /** How long after the end of a window records may still come; default 0. */
  readonly grace?: Duration | undefined
}

/**
 * Windows one after another: [0, size), [size, 2 size) ...
 * @throws MillraceError DURATION_INVALID
 */
export function tumbling({ size, grace }: { readonly size: Duration } & Graceful): TimeWindows {
  const sizeMs = durationMs(size, 'the size of a window', 1)
  return { kind: 'time', sizeMs, advanceMs: sizeMs, graceMs: graceMs(grace) }
}

/**
 * Windows of one size that begin every `advance`, and so overlap; a record belongs to all it lies in.
 * @throws MillraceError DURATION_INVALID, WINDOW_INVALID when the advance is longer than the size
 */
export function hopping(
  options: { readonly size: Duration; readonly advance: Duration } & Graceful,
): TimeWindows {
  const sizeMs = durationMs(options.size, 'the size of a window', 1)
  const advanceMs = durationMs(options.advance, 'the advance of a window', 1)
  if (advanceMs > sizeMs) {
    throw new MillraceError({
      code: 'WINDOW_INVALID',
      what: `windows of ${sizeMs} ms cannot advance by ${advanceMs} ms`,
      hint: 'Records between two windows would belong to none: advance by at most the size',
    })
  }
  return { kind: 'time', sizeMs, advanceMs, graceMs: graceMs(options.grace) }
}

/**
 * A window for every set of records of a key that are at most `difference` apart; both ends belong to
 * the window.
 * @throws MillraceError DURATION_INVALID
 */
export function sliding(options: { readonly difference: Duration } & Graceful): SlidingWindows {
  const differenceMs = durationMs(options.difference, 'the difference of sliding windows')
  return { kind: 'sliding', differenceMs, graceMs: graceMs(options.grace) }
}

/**
 * A window for every run of records of a key with at most `gap` between them; a record that comes
 * between two sessions makes them one.
 * @throws MillraceError DURATION_INVALID
 */
export function session({ gap, grace }: { readonly gap: Duration } & Graceful): SessionWindows {
  return {
    kind: 'session',
    gapMs: durationMs(gap, 'the gap of a session', 1),
    graceMs: graceMs(grace),
  }
}

/**
 * One window that never ends. Earlier records are passed over.
 * @param options.start event time it begins at, ms; default 0
 * @throws MillraceError DURATION_INVALID
 */
export function unlimited(options: { readonly start?: number | undefined } = {}): UnlimitedWindows {
  return { kind: 'unlimited', startMs: durationMs(options.start ?? 0, 'the start of a window') }
}

const graceMs = (grace: Duration | undefined): number =>
  durationMs(grace ?? 0, 'the grace of a window')
