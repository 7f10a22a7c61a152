// Aggregations over tumbling, hopping and unlimited windows. A record is folded into every window it
// lies in; a window that closed takes no more, and each one counts as a drop.
//
// Source of the semantics: Kafka Streams KStreamWindowAggregate. A null key is dropped and counted; a
// null value is folded as any other. The operator has its own clock, the newest time it saw; a window
// is closed when end <= clock - grace. A result's time is the newest of the records in it.

import type { Windowed } from '#protocols/records/windowed'
import type { NodeContext, Receive } from '../topology/node.ts'
import type { TimeWindows, UnlimitedWindows } from '../topology/windows.ts'
import { guardedFold, type WindowSetup, windowOutputs } from './window-folds.ts'

export const foldTimeWindows =
  <K, V, A>(windows: TimeWindows, setup: WindowSetup<K, V, A>) =>
  (context: NodeContext): Receive<K | null, V> => {
    const { sizeMs, advanceMs, graceMs } = windows
    const clock = context.cell('time', -1)
    const out = windowOutputs(context, setup)
    const fold = folding(context, setup, out.update)
    const closing = setup.emit === 'on-close' ? closingWindows(context, windows, setup, out) : null
    context.onIdle((time) => {
      if (time > clock.value) clock.value = time
      closing?.(clock.value - graceMs)
    })
    return (key, value, time) => {
      if (key === null) return context.drop('null-key')
      if (time > clock.value) clock.value = time
      const closeTime = clock.value - graceMs
      // Windows that close now take nothing of this record, so they may go first, while the store
      // still has them.
      if (closing !== null) closing(closeTime)
      let isTaken = false
      const earliest = Math.max(0, time - sizeMs + advanceMs)
      let start = earliest - (earliest % advanceMs)
      for (; start <= time; start += advanceMs) {
        if (start + sizeMs > closeTime) {
          isTaken = true
          fold(key, value, time, start, start + sizeMs)
        } else context.drop('late')
      }
      if (!isTaken) out.late(key, value, time)
    }
  }

export const foldUnlimitedWindow =
  <K, V, A>({ startMs }: UnlimitedWindows, setup: WindowSetup<K, V, A>) =>
  (context: NodeContext): Receive<K | null, V> => {
    const fold = folding(context, setup, windowOutputs(context, setup).update)
    return (key, value, time) => {
      if (key === null) return context.drop('null-key')
      if (time >= startMs) fold(key, value, time, startMs, Number.POSITIVE_INFINITY)
    }
  }

function folding<K, V, A>(
  context: NodeContext,
  setup: WindowSetup<K, V, A>,
  emit: Receive<Windowed<K>, { before: A | null; after: A | null }>,
): (key: K, value: V, time: number, start: number, end: number) => void {
  const kept = context.storeOf<K, A, 'window'>(setup.store, 'window')
  const { initialize, update } = guardedFold(context.node, setup.fold)
  return (key, value, time, start, end) => {
    const slot = kept.slot(key, start)
    const before = slot?.value
    const isNew = slot === null || before === undefined
    const after = update(isNew ? initialize() : (before as A), value, key)
    const newest = isNew || time > slot.time ? time : slot.time
    if (slot !== null) kept.write(slot, after ?? undefined, newest)
    emit({ key, start, end }, { before: before ?? null, after }, newest)
  }
}

/** Sends the results of the windows that closed since it was last asked, by start and key. */
function closingWindows<K, V, A>(
  context: NodeContext,
  { sizeMs, advanceMs }: TimeWindows,
  { store }: WindowSetup<K, V, A>,
  { close }: { close: Receive<Windowed<K>, { before: null; after: A }> },
): (closeTime: number) => void {
  const kept = context.storeOf<K, A, 'window'>(store, 'window')
  const closed = context.cell('closed', -1)
  return (closeTime) => {
    if (closeTime <= closed.value) return
    const from = Math.max(0, closed.value - sizeMs + 1)
    const to = closeTime - sizeMs
    closed.value = closeTime
    // No window starts between two advances.
    if (to < 0 || Math.ceil(from / advanceMs) * advanceMs > to) return
    for (const { key, start, end, value, time } of kept.fetchAll(from, to)) {
      close({ key, start, end }, { before: null, after: value }, time)
    }
  }
}
