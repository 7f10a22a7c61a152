// Delays under a part of the load that a side sustained just before, on a log that is not empty any more: a
// process that was started for it, warmed up, then lines at a pace, whatever becomes of them.

import { type PeerOptions, type Percentiles, withKafka } from './kafka.ts'
import { type OwnOptions, withMillrace } from './millrace.ts'
import { recordsOf, type Workload } from './workload.ts'

export interface Pace {
  /** Counts words of `lines`. */
  readonly workload: Workload
  /** Parts of the load that is sustained, in the order they are tried. */
  readonly loads: readonly number[]
  readonly seconds: number
}

export interface Delays {
  /** Lines per second that were sustained. */
  readonly full: number
  /** Of each load, ms. */
  readonly delays: readonly Percentiles[]
}

const WARM_LOAD = 0.1

export const ownDelays = (pace: Pace, options: OwnOptions): Promise<Delays> =>
  withMillrace(pace.workload, async (side) => {
    const { ms } = await side.run(pace.workload, options)
    const app = side.app(pace.workload, options)
    await app.next('')
    return paced(app, side, pace, ms)
  })

export const peerDelays = (pace: Pace, options: PeerOptions): Promise<Delays> =>
  withKafka(pace.workload, async (side) => {
    const { ms } = await side.run(pace.workload, options)
    const app = side.app(pace.workload, options)
    // The broker waits for the process before this one until its session is over.
    await app.next('state RUNNING')
    return paced(app, side, pace, ms)
  })

async function paced(
  app: { stop(): Promise<void> },
  side: { latency(linesPerSecond: number, seconds: number): Promise<Percentiles> },
  { workload, loads, seconds }: Pace,
  ms: number,
): Promise<Delays> {
  const full = (recordsOf(workload) / ms) * 1000
  const delays: Percentiles[] = []
  await side.latency(full * WARM_LOAD, seconds)
  for (const load of loads) delays.push(await side.latency(full * load, seconds))
  await app.stop()
  return { full, delays }
}
