// What a thread says of itself: how busy its event loop is and what its heap holds, from counters that
// Node keeps anyway, so that nobody pays for what nobody asks.

import { performance } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import type { ThreadFacts } from '#actors/host/messages'
import type { DeadLetters } from '#actors/kernel/dead-letters'

type Utilization = ReturnType<typeof performance.eventLoopUtilization>

/** Looks that are closer together than this say the same, lest two who ask take it from one another. */
const WHILE_MS = 1000

let before: { readonly at: number; readonly reading: Utilization } | null = null
let newest = { at: Number.NEGATIVE_INFINITY, utilization: 0 }

/** Of the thread it is called in. */
export function threadFacts(worker: number | null, deadLetters: DeadLetters): ThreadFacts {
  const heap = getHeapStatistics()
  return {
    worker,
    utilization: utilization(),
    busyMs: performance.eventLoopUtilization().active,
    heapUsed: heap.used_heap_size,
    heapMax: heap.heap_size_limit,
    deadLetters: deadLetters.read(),
  }
}

function utilization(): number {
  const at = performance.now()
  if (at - newest.at < WHILE_MS) return newest.utilization
  const reading = performance.eventLoopUtilization()
  const since =
    before === null ? reading : performance.eventLoopUtilization(reading, before.reading)
  before = { at, reading }
  newest = { at, utilization: since.utilization }
  return since.utilization
}
