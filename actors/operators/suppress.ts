// suppress: holds back the changes of a table, of each key the newest, until some time has passed since
// the first of them, or until the key's window is closed.
//
// Source of the semantics: Kafka Streams KTableSuppressProcessor. Time is the operator's own, the
// newest it was sent: no change, no progress. What is released comes by the time it was held from,
// then by key, with the time and record context of the newest change. Final results of windows leave
// out deletions. The value before is the one that was last sent on, so what is downstream adds up.
//
// Invariant: a key that is held has one entry in the buffer, at the time of its first change.

import { MillraceError } from '#protocols/core/errors'
import type { Windowed } from '#protocols/records/windowed'
import type { BufferEntry, BufferStore } from '#stores/store'
import type { Change, NodeContext, Receive } from '../topology/node.ts'
import type { TableView } from '../topology/table-view.ts'
import type { SuppressedChange } from './suppressed-change.ts'

export interface Suppression {
  /** A buffer that keeps the newest. */
  readonly store: string
  /** `record`: from the time of the first change; `window-end`: from the end of the key's window. */
  readonly from: 'record' | 'window-end'
  readonly waitMs: number
  /** More than this many, or this many bytes, are too many; infinite when any number is fine. */
  readonly recordsMax: number
  readonly bytesMax: number
  readonly whenFull: 'emit-early' | 'shut-down'
}

export const suppress =
  <K, V>(setup: Suppression) =>
  (context: NodeContext): Receive<K, Change<V>> => {
    const { from, waitMs } = setup
    const { forward } = context
    const buffer = bufferOf<K, V>(context, setup.store)
    const clock = context.cell('time', -1)
    const isFinal = from === 'window-end'
    const release = ({ key, value: held }: BufferEntry<K, SuppressedChange<V>>): void => {
      if (isFinal && held.after === null) return
      const change = { before: held.before, after: held.after }
      context.under(held.record, () => forward(key, change, held.time))
    }
    context.onIdle((time) => {
      if (time > clock.value) clock.value = time
      buffer.popUntil(clock.value - waitMs, release)
    })
    return (key, change, time) => {
      if (time > clock.value) clock.value = time
      const held = buffer.get(key)?.value
      const before = held === undefined ? (change.before ?? null) : held.before
      const record = context.keepRecord()
      const heldFrom = isFinal ? endOf(key) : time
      buffer.put(heldFrom, key, { before, after: change.after, time, record })
      buffer.popUntil(clock.value - waitMs, release)
      if (isFull(buffer, setup)) relieve(context.node, buffer, setup, release)
    }
  }

/** What downstream knows of a key: of one that is held, what was last sent on. */
export const suppressView =
  <K, V>(parent: (context: NodeContext) => TableView<K, V>, store: string) =>
  (context: NodeContext): TableView<K, V> => {
    const rows = parent(context)
    const buffer = bufferOf<K, V>(context, store)
    return {
      get(key) {
        const held = buffer.get(key)?.value
        if (held === undefined) return rows.get(key)
        // When that was is not known; any other time is later.
        return held.before === null ? undefined : { value: held.before, time: 0 }
      },
    }
  }

const bufferOf = <K, V>(context: NodeContext, store: string) =>
  context.storeOf<K, SuppressedChange<V>, 'buffer'>(store, 'buffer')

/** Only tables with windowed keys wait for the ends of windows: the builder sees to it. */
const endOf = (key: unknown): number => (key as Windowed<unknown>).end

type Filling = Pick<BufferStore<unknown, unknown>, 'size' | 'bytes'>

const isFull = ({ size, bytes }: Filling, { recordsMax, bytesMax }: Suppression): boolean =>
  size > recordsMax || bytes > bytesMax

function relieve<K, V>(
  node: string,
  buffer: BufferStore<K, V>,
  setup: Suppression,
  release: (entry: BufferEntry<K, V>) => void,
): void {
  if (setup.whenFull === 'shut-down') throw bufferFull(node, buffer)
  while (isFull(buffer, setup)) {
    const entry = buffer.pop()
    if (entry === undefined) return
    release(entry)
  }
}

const bufferFull = (node: string, { size, bytes }: Filling): MillraceError =>
  new MillraceError({
    code: 'SUPPRESS_BUFFER_FULL',
    what: `the buffer of '${node}' is full: ${size} records, ${bytes} bytes`,
    hint: "Raise maxRecords or maxBytes, or let it emit early with whenFull: 'emit-early'",
  })
