// Delays under a part of the load that a side sustained just before, on a log that is not empty any more: a
// process that was started for it, warmed up, then lines at a pace, whatever becomes of them.
//
// What is sustained is measured as delays are: one process appends lines, and one reads the counts, beside
// the side itself, and no more lines are under way than it works off in WINDOW_S when it has the machine to
// itself. How fast it works off what lies there already says less: nobody appends and reads then.

import { type PeerOptions, type Percentiles, withKafka } from './kafka.ts'
import { type OwnOptions, withMillrace } from './millrace.ts'
import { recordsOf, type Workload } from './workload.ts'

export interface Pace {
  /** Counts words of `lines`. */
  readonly workload: Workload
  /** Parts of the load that is sustained, in the order they are tried. */
  readonly loads: readonly number[]
  /** Loads to try after those, lines per second. */
  readonly rates?: readonly number[]
  readonly seconds: number
}

export interface Delays {
  /** Lines per second of what lay there already, without anybody who appends or reads. */
  readonly alone: number
  /** Lines per second that were sustained. */
  readonly full: number
  /** Of each load, then of each rate, ms. */
  readonly delays: readonly Percentiles[]
}

const WARM_LOAD = 0.1
const WINDOW_S = 2

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

interface Loaded {
  /** Delays of counts of lines that come at a pace, ms. */
  latency(linesPerSecond: number, seconds: number): Promise<Percentiles>
  /** Lines per second that go all the way while no more than a window of them is under way. */
  sustained(window: number, seconds: number): Promise<number>
}

async function paced(
  app: { stop(): Promise<void> },
  side: Loaded,
  { workload, loads, rates = [], seconds }: Pace,
  ms: number,
): Promise<Delays> {
  const alone = (recordsOf(workload) / ms) * 1000
  const delays: Percentiles[] = []
  await side.latency(alone * WARM_LOAD, seconds)
  const full = await side.sustained(Math.round(alone * WINDOW_S), seconds)
  const linesPerSecond = [...loads.map((load) => full * load), ...rates]
  for (const rate of linesPerSecond) delays.push(await side.latency(rate, seconds))
  await app.stop()
  return { alone, full, delays }
}
