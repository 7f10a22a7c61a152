// The real clock, chance and logger: the only place where a process reads the time or draws a number.

import { performance } from 'node:perf_hooks'
import { wallTime } from '#protocols/core/brands'
import type { Clock, Random } from '#protocols/core/clock'

export const systemClock: Clock = {
  now: () => wallTime(Date.now()),
  monotonic: () => performance.now(),
  after(delayMs, fire) {
    const timer = setTimeout(fire, delayMs)
    return () => clearTimeout(timer)
  },
  defer: (run) => {
    setImmediate(run)
  },
}

export const systemRandom: Random = { next: () => Math.random() }
