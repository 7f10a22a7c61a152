// What windows are: how event time is cut, and when a window closes. Definitions only; the operators
// that fold records into windows read them (operators/window-fold.ts and its kin).
//
// Source of the semantics: Kafka Streams TimeWindows, SlidingWindows, SessionWindows,
// UnlimitedWindows. Time windows are aligned to time 0 and end exclusively; sliding windows and
// sessions are made by records and end inclusively. All times are event times in ms.

/** Tumbling (advance and size are the same) and hopping windows. */
export interface TimeWindows {
  readonly kind: 'time'
  readonly sizeMs: number
  /** From one window's start to the next; at most the size. */
  readonly advanceMs: number
  readonly graceMs: number
}

/** Windows around records that are at most `differenceMs` apart. */
export interface SlidingWindows {
  readonly kind: 'sliding'
  readonly differenceMs: number
  readonly graceMs: number
}

/** Records of a key with no more than `gapMs` between one and the next. */
export interface SessionWindows {
  readonly kind: 'session'
  readonly gapMs: number
  readonly graceMs: number
}

/** One window from a time on, for ever. Records before it belong to none. */
export interface UnlimitedWindows {
  readonly kind: 'unlimited'
  readonly startMs: number
}

export type Windows = TimeWindows | SlidingWindows | SessionWindows | UnlimitedWindows

/** When results go on: with every record, or once per window, when it closes. */
export type EmitMode = 'on-update' | 'on-close'

/** How long after its end a window takes records, ms; infinite when it never closes. */
export function closesAfterMs(windows: Windows): number {
  if (windows.kind === 'unlimited') return Number.POSITIVE_INFINITY
  return windows.kind === 'session' ? windows.gapMs + windows.graceMs : windows.graceMs
}

/** From a window's start to its end, ms; null where that differs from window to window. */
export function spanMs(windows: Windows): number | null {
  if (windows.kind === 'time') return windows.sizeMs
  if (windows.kind === 'sliding') return windows.differenceMs
  return windows.kind === 'unlimited' ? Number.POSITIVE_INFINITY : null
}

/**
 * How long a store must keep rows at least, ms: until their windows close. Making a new sliding window
 * takes those of twice the difference before it.
 */
export function retentionLeastMs(windows: Windows): number {
  if (windows.kind === 'time') return windows.sizeMs + windows.graceMs
  if (windows.kind === 'sliding') return windows.differenceMs * 2 + windows.graceMs
  return windows.kind === 'session' ? windows.gapMs + windows.graceMs : Number.MAX_SAFE_INTEGER
}
