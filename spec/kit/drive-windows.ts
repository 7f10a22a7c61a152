// Drives one aggregation over windows: records in, changes of windowed rows out, with the check that
// every change begins where the last one of its row ended.

import fc from 'fast-check'
import { foldSessions } from '#actors/operators/session-windows'
import { foldSlidingWindows } from '#actors/operators/sliding-windows'
import { foldTimeWindows, foldUnlimitedWindow } from '#actors/operators/time-windows'
import { aggregateFold, type WindowFold, type WindowSetup } from '#actors/operators/window-folds'
import type { Change } from '#actors/topology/node'
import { retentionLeastMs, spanMs, type Windows } from '#actors/topology/windows'
import type { Windowed } from '#protocols/records/windowed'
import { serde } from '#protocols/serdes/serdes'
import { DriveOne } from './drive.ts'

export type Row = readonly [key: string, start: number, end: number]

export interface Sent {
  readonly key: string
  readonly value: number
  readonly time: number
}

export interface WindowedChange {
  readonly row: Row
  readonly before: unknown
  readonly after: unknown
  readonly time: number
}

export interface DriveWindowsOptions {
  readonly emit?: 'on-update' | 'on-close'
  readonly isHeld?: boolean
  /** Default: as the DSL has it. */
  readonly retentionMs?: number
  readonly fold?: WindowFold<string, never, never>
}

const STORE = 'kept'

/** Values in the order in which they were folded in. */
export const listFold = aggregateFold<string, number, readonly number[]>(
  () => [],
  (all, value) => [...all, value],
  (_key, older, newer) => [...older, ...newer],
)

export class DriveWindows extends DriveOne {
  constructor(windows: Windows, options: DriveWindowsOptions = {}) {
    const span = spanMs(windows)
    const emit = options.emit ?? 'on-update'
    const isSeenClosing = emit === 'on-close' || windows.kind === 'session'
    const leastMs = retentionLeastMs(windows) + (isSeenClosing ? 1 : 0)
    const common = {
      ...{ name: STORE, key: serde.json(), value: serde.json() },
      retentionMs: options.retentionMs ?? Math.max(1, leastMs),
    }
    const setup = {
      ...{ store: STORE, emit, isHeld: options.isHeld ?? false, value: serde.json() },
      fold: options.fold ?? listFold,
      key: span === null ? serde.sessionWindowed(serde.json()) : serde.windowed(serde.json(), span),
      late: () => null,
    }
    super(operator(windows, setup as never), [
      span === null
        ? { ...common, kind: 'session' }
        : { ...common, kind: 'window', windowSizeMs: span },
    ])
  }

  /** What was forwarded since it was last asked, as rows of windows. */
  changes(): WindowedChange[] {
    return this.take().map(([key, change, time]) => {
      const windowed = key as Windowed<string>
      const { before = null, after } = change as Change<unknown>
      return { row: [windowed.key, windowed.start, windowed.end], before, after, time }
    })
  }

  get late(): number {
    return this.topology.counters.dropped.late
  }
}

function operator(windows: Windows, setup: WindowSetup<string, number, unknown>): unknown {
  if (windows.kind === 'time') return foldTimeWindows(windows, setup)
  if (windows.kind === 'sliding') return foldSlidingWindows(windows, setup)
  if (windows.kind === 'session') return foldSessions(windows, setup)
  return foldUnlimitedWindow(windows, setup)
}

/**
 * The rows that are left after all changes, as a table downstream would have them.
 * @throws when a change begins with something else than what its row was
 */
export function tableOf(changes: readonly WindowedChange[]): Map<string, unknown> {
  const rows = new Map<string, unknown>()
  for (const { row, before, after } of changes) {
    const name = JSON.stringify(row)
    const known = rows.get(name) ?? null
    if (JSON.stringify(known) !== JSON.stringify(before)) {
      throw new Error(`${name} was ${JSON.stringify(known)}, not ${JSON.stringify(before)}`)
    }
    if (after === null) rows.delete(name)
    else rows.set(name, after)
  }
  return rows
}

/** Records that mostly move the time on a little, sometimes come late, and seldom jump ahead. */
export const arrivals = (keys: readonly string[], maxLength: number): fc.Arbitrary<Sent[]> =>
  fc
    .array(
      fc.record({
        key: fc.constantFrom(...keys),
        value: fc.nat(99),
        by: fc.oneof(
          { weight: 5, arbitrary: fc.integer({ min: 0, max: 4 }) },
          { weight: 4, arbitrary: fc.integer({ min: -20, max: 0 }) },
          { weight: 1, arbitrary: fc.nat(300) },
        ),
      }),
      { maxLength },
    )
    .map((steps) => {
      let clock = 0
      return steps.map(({ key, value, by }) => {
        const time = Math.max(0, clock + by)
        clock = Math.max(clock, time)
        return { key, value, time }
      })
    })
