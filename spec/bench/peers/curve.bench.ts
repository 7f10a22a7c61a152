// How delays grow with the load: word count exactly once at parts of what a side sustains, from the moment a
// line was due until a count of it can be read elsewhere. Lines come at their pace whatever becomes of
// them, so that one that waits delays those behind it in the figures too.
//
//   LINES (default 300,000) are worked off first; SECONDS (10) each load lasts; PEER=1 does the same to
//   Kafka Streams, at parts of what that sustains.

import { type Figure, report, shown } from '../harness.ts'
import { setting } from '../measure.ts'
import { text } from '../text.ts'
import { type Delays, ownDelays, type Pace, peerDelays } from './delays.ts'
import { buildKafka } from './kafka.ts'
import { lineCounting } from './workload.ts'

const LOADS = [0.1, 0.25, 0.5, 0.75, 0.9]
const WORKERS = 2

async function main(): Promise<void> {
  const pace: Pace = {
    workload: lineCounting(text(setting('LINES', 300_000))),
    ...{ loads: LOADS, seconds: setting('SECONDS', 10) },
  }
  const own = await ownDelays(pace, { guarantee: 'exactly-once', workers: WORKERS })
  const figures = figuresOf('Millrace', own)
  if (process.env['PEER'] === '1') {
    buildKafka()
    const options = { guarantee: 'exactly_once_v2', threads: WORKERS } as const
    figures.push(...figuresOf('Kafka Streams', await peerDelays(pace, options)))
  }
  report('latency against load, word count exactly once, 2 workers', figures)
}

function figuresOf(side: string, { alone, full, delays }: Delays): Figure[] {
  const sustained: Figure = {
    name: `${side}, what it sustains`,
    ...{ value: full, unit: 'lines/s' },
    ratio: { to: 'what it works off alone', value: full / alone },
  }
  const curve = LOADS.map((load, n): Figure => {
    const { p50 = 0, p95 = 0, p99 = 0 } = delays[n] ?? {}
    const before = delays[n - 1]?.p99
    return {
      name: `${side}, at ${load} of what it sustains, p99`,
      ...{ value: p99, unit: 'ms' },
      ratio:
        before === undefined ? undefined : { to: `that at ${LOADS[n - 1]}`, value: p99 / before },
      note: `p50 ${shown(p50)}, p95 ${shown(p95)}; ${shown(full * load)} lines/s`,
    }
  })
  return [sustained, ...curve]
}

await main()
