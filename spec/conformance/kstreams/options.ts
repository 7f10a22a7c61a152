// Windows and stores of a request as the DSL's options.

import { hopping, type Materialized, session, sliding, tumbling, unlimited } from 'millrace'
import type { RequestConfig, StoreOp, WindowOp } from './request.ts'
import { serdeOf } from './serdes.ts'

export function materialized(
  store: StoreOp | undefined,
  { cacheMaxBytes = 0 }: RequestConfig,
): Materialized<object> & { readonly retention?: number | undefined } {
  const caching = cacheMaxBytes > 0 && store?.caching !== false
  if (store === undefined) return { caching }
  const { name, value, logging, inMemory, retentionMs, kind, historyRetentionMs } = store
  return {
    ...{ caching, store: name, logged: logging, retention: retentionMs },
    value: value === undefined ? undefined : serdeOf(value),
    medium: inMemory === true ? 'memory' : undefined,
    versioned: kind === 'versioned' ? { historyMs: historyRetentionMs ?? 0 } : undefined,
  }
}

export function windowsOf(window: WindowOp) {
  const { sizeMs: size = 0, advanceMs: advance = size, graceMs: grace = 0 } = window
  switch (window.type) {
    case 'tumbling':
      return tumbling({ size, grace })
    case 'hopping':
      return hopping({ size, advance, grace })
    case 'sliding':
      return sliding({ difference: window.timeDifferenceMs ?? 0, grace })
    case 'session':
      return session({ gap: window.gapMs ?? 0, grace })
    case 'unlimited':
      return unlimited({ start: window.startMs ?? 0 })
  }
}
