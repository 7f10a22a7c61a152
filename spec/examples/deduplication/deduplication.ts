// Deduplication: a reading that was sent again within a day goes on once. What is known and what is
// forgotten goes by event time, so a replay decides as the first run did; a reading that comes more
// than a day late could be either, and is passed over.

import { serde, topic, topology } from 'millrace'

interface Reading {
  /** Given by the device; the same when it sends the reading again. */
  readonly id: string
  readonly value: number
}

const DAY_MS = 86_400_000
const device = serde.string()

export const sent = topic('sent', { key: device, value: serde.json<Reading>() })
export const once = topic('once', { key: device, value: serde.json<Reading>() })

export const deduplication = topology('deduplication', (t) => {
  const seen = t.store({
    name: 'seen',
    kind: 'window',
    key: serde.string(),
    value: serde.boolean(),
    windowSizeMs: 1,
    retentionMs: DAY_MS,
  })
  t.stream(sent)
    .processValues<Reading>({
      stores: [seen],
      make: ({ store, forward }) => {
        const known = store(seen)
        return {
          process({ key, value, time }) {
            const id = `${key}/${value.id}`
            const isKnown = known.fetch(id, time - DAY_MS, time + DAY_MS).length > 0
            if (!isKnown && known.put(id, true, time)) forward({ value })
          },
        }
      },
    })
    .to(once)
})
