// Aggregations over sessions: runs of records of a key with no more than a gap between them. A record
// may begin a session, extend one, or join several into one.
//
// Source of the semantics: Kafka Streams KStreamSessionWindowAggregate. Sessions that are absorbed are
// deleted first, oldest first, also one that the record fell inside of; then comes the new one. What
// is folded: a new aggregate, merged with those absorbed, then the record's value, also a null one. The
// joined session decides lateness: it is closed when end < clock - gap - grace. Updates carry no
// headers, as they may be about several records; results on close have those of the closing record.

import { NO_HEADERS } from '#protocols/records/record'
import type { Windowed } from '#protocols/records/windowed'
import type { SessionRow } from '#stores/store'
import type { Change, NodeContext, Receive, RecordContext } from '../topology/node.ts'
import type { SessionWindows } from '../topology/windows.ts'
import { ClosingWindows } from './closing-windows.ts'
import { guardedFold, type WindowSetup, windowOutputs } from './window-folds.ts'

export const foldSessions =
  <K, V, A>(windows: SessionWindows, setup: WindowSetup<K, V, A>) =>
  (context: NodeContext): Receive<K | null, V> => {
    const { gapMs, graceMs } = windows
    const clock = context.cell('time', -1)
    const kept = context.storeOf<K, A, 'session'>(setup.store, 'session')
    const { initialize, update, merge } = guardedFold(context.node, setup.fold)
    const out = windowOutputs(context, setup)
    const emit = withoutHeaders(context, out.update)
    const closing = setup.emit === 'on-close' ? closingSessions(context, windows, setup) : null
    const close = (session: Windowed<K>): void => {
      const value = kept.fetchSession(session.key, session.start, session.end)
      if (value !== undefined) out.close(session, { before: null, after: value }, session.end)
    }
    context.onIdle((time) => {
      if (time > clock.value) clock.value = time
      closing?.close(clock.value - gapMs - graceMs, close)
    })
    return (key, value, time) => {
      if (key === null) return context.drop('null-key')
      if (time > clock.value) clock.value = time
      const closeTime = clock.value - gapMs - graceMs
      // Sessions that close now are out of this record's reach, so they may go first, while the store
      // still has them.
      closing?.close(closeTime, close)
      const absorbed = kept.findSessions(key, Math.max(0, time - gapMs), time + gapMs)
      const { start, end } = joined(absorbed, time)
      if (end < closeTime) {
        context.drop('late')
        return out.late(key, value, time)
      }
      let aggregate = initialize()
      for (const session of absorbed) aggregate = merge(key, aggregate, session.value)
      // Before anything is touched: the functions may throw.
      const after = update(aggregate, value, key)
      const isExtended = start !== time || end !== time
      if (isExtended) {
        for (const session of absorbed) {
          kept.remove(session)
          const gone = { key, start: session.start, end: session.end }
          emit(gone, { before: session.value, after: null }, session.end)
        }
      }
      kept.put({ key, start, end }, after)
      closing?.note({ key, start, end })
      // A session of one instant is updated in place.
      const before = isExtended ? null : (absorbed[0]?.value ?? null)
      emit({ key, start, end }, { before, after }, end)
    }
  }

/** From the first to the last of the sessions and the record. */
function joined<K, A>(absorbed: readonly SessionRow<K, A>[], time: number) {
  let [start, end] = [time, time]
  for (const session of absorbed) {
    if (session.start < start) start = session.start
    if (session.end > end) end = session.end
  }
  return { start, end }
}

function withoutHeaders<K, A>(
  context: NodeContext,
  update: Receive<Windowed<K>, Change<A>>,
): Receive<Windowed<K>, Change<A>> {
  const { record } = context
  return (key, change, time) => {
    const { topic, partition, offset } = record
    const bare: RecordContext = { topic, partition, offset, headers: () => NO_HEADERS }
    context.under(bare, () => update(key, change, time))
  }
}

function closingSessions<K, V, A>(
  context: NodeContext,
  { gapMs, graceMs }: SessionWindows,
  { store, key }: WindowSetup<K, V, A>,
): ClosingWindows<K> {
  const kept = context.storeOf<K, A, 'session'>(store, 'session')
  return new ClosingWindows<K>({
    ...{ key, closed: context.cell('closed', -1), aheadMs: (gapMs + graceMs) / 4 },
    *walk(from, to) {
      for (const { key, start, end } of kept.findSessionsOfKeys({}, from, to)) {
        if (end >= to) return
        yield { key, start, end }
      }
    },
  })
}
