// Appends: batches are read and their checksums checked before the transaction; inside it they get
// their offsets, all or none (step 11 of a record's journey). Callers of one turn share a transaction
// and a flush: that is the engine's doing.

import type { Append } from '#protocols/broker/broker'
import { appendConflict } from '#protocols/broker/errors'
import { assert } from '#protocols/core/assert'
import { type Offset, offset } from '#protocols/core/brands'
import type { Batch } from '#protocols/records/batch'
import type { Catalog } from './catalog.ts'
import { placeName } from './log-reader.ts'
import { type Partitions, readStored } from './partitions.ts'

/** An append whose batch was read. */
export interface CheckedAppend {
  readonly append: Append
  readonly batch: Batch
}

/** @throws MillraceError BATCH_CORRUPT for bytes that are no record batch */
export function checkAppends(appends: readonly Append[]): readonly CheckedAppend[] {
  return appends.map((append) => {
    const expected = append.expectedNext ?? 0
    const batch = readStored(append.to, expected, append.batch)
    assert(batch.span >= 1, 'a batch takes at least one offset')
    return { append, batch }
  })
}

/** What an append did: the bases it gave out, and where. */
export interface Appended {
  readonly bases: readonly Offset[]
  readonly places: ReadonlySet<string>
}

/**
 * Inside a body; what it throws undoes all of them.
 * @throws MillraceError TOPIC_UNKNOWN, APPEND_CONFLICT
 */
export function appendAll(
  catalog: Catalog,
  partitions: Partitions,
  appends: readonly CheckedAppend[],
): Appended {
  const places = new Set<string>()
  const bases = appends.map(({ append, batch }) => {
    const { topic, partition } = append.to
    const place = { topicId: catalog.get(topic, partition).id, partition }
    const { expectedNext } = append
    if (expectedNext !== undefined) {
      const { next } = partitions.head(place)
      if (next !== expectedNext) throw appendConflict(append.to, expectedNext, offset(next))
    }
    places.add(placeName(place))
    return partitions.append(place, append.batch, batch)
  })
  return { bases, places }
}
