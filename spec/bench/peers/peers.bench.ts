// Millrace beside Kafka Streams: the same input bytes in the same partitions, the same topologies, the
// same guarantee, the brokers of both on this machine, in turn. What they come to must be equal.
//
//   throughput       from the first input that is known to have been read until all output can be read
//   processor time   of all processes of a side, from their start
//   memory           what is theirs alone, at its peak
//   start            from the start of a process to the first output that others can read
//   latency          from the moment a line was due until a count of it can be read elsewhere, at a
//                    tenth and at half of the load that each side sustained; the first second is left out
//   restore          from the start of a process without state until its tasks run
//
// A commit of ours is on the disk when it counts; Kafka leaves that to the system, as it comes.
//
//   LINES (500,000), EVENTS (500,000), KEYS (1,000,000), SECONDS (15), ROUNDS (3) turn it up or down;
//   ONLY=word runs what has the word in its name.

import { serde, topic } from 'millrace'
import { asError } from '#protocols/core/errors'
import type { Contest } from '../contest.ts'
import { type Figure, report, shown } from '../harness.ts'
import { foreignKeyContest } from '../joins/foreign-key.ts'
import { streamsContest } from '../joins/streams.ts'
import { tableContest } from '../joins/table.ts'
import { InputBuilder } from '../keyed-input.ts'
import { median, setting } from '../measure.ts'
import { text } from '../text.ts'
import { hoppingContest } from '../windows/hopping.ts'
import { sessionContest } from '../windows/session.ts'
import { tumblingContest } from '../windows/tumbling.ts'
import { makeVisits } from '../windows/visits.ts'
import { ownDelays, peerDelays } from './delays.ts'
import { buildKafka, type PeerOptions, type Percentiles, withKafka } from './kafka.ts'
import { type OwnOptions, withMillrace } from './millrace.ts'
import {
  keyedInput,
  lineCounting,
  lineMapping,
  PARTITIONS,
  type Run,
  recordsOf,
  type Workload,
} from './workload.ts'

const LINES = setting('LINES', 500_000)
const EVENTS = setting('EVENTS', 500_000)
const KEYS = setting('KEYS', 1_000_000)
const SECONDS = setting('SECONDS', 15)
const ROUNDS = setting('ROUNDS', 3)
const ONLY = process.env['ONLY'] ?? ''
const MB = 1 << 20

type Once = readonly [own: OwnOptions, peer: PeerOptions]

const EXACTLY: Once = [
  { guarantee: 'exactly-once', workers: 2 },
  { guarantee: 'exactly_once_v2', threads: 2 },
]
const AT_LEAST: Once = [
  { guarantee: 'at-least-once', workers: 2 },
  { guarantee: 'at_least_once', threads: 2 },
]

async function main(): Promise<void> {
  buildKafka()
  const isWanted = ({ name }: Workload): boolean => name.includes(ONLY)
  const figures: Figure[] = []
  for (const workload of workloads().filter(isWanted)) {
    figures.push(...(await told(workload.name, () => compare(workload, EXACTLY))))
  }
  for (const workload of [mapping(), counting()].filter(isWanted)) {
    figures.push(...(await told(workload.name, () => compare(workload, AT_LEAST))).slice(0, 1))
  }
  if ('latency'.includes(ONLY)) figures.push(...(await told('latency', latencies)))
  if ('restore'.includes(ONLY)) figures.push(...(await told('restore', restores)))
  report('beside Kafka Streams 4.4.0, 2 threads each', figures)
}

/** What fails is said, in the exit code too; what was measured beside it is not lost. */
async function told(what: string, measured: () => Promise<Figure[]>): Promise<Figure[]> {
  try {
    return await measured()
  } catch (thrown) {
    process.stderr.write(`${what} was not measured: ${asError(thrown).message}\n`)
    process.exitCode = 1
    return []
  }
}

// ---- what is run ----------------------------------------------------------------------------------

const mapping = (): Workload => ({ ...lineMapping(text(LINES)), least: 3 })
const counting = (): Workload => ({ ...lineCounting(text(LINES)), least: 3 })

function workloads(): Workload[] {
  const visits = makeVisits(EVENTS)
  return [
    mapping(),
    counting(),
    { ...counting(), name: 'word count, every update told', cacheBytes: 0, least: undefined },
    of(tumblingContest(visits), 'windows/tumbling', 3),
    of(hoppingContest(visits), 'windows/hopping', 3),
    of(sessionContest(visits), 'windows/session'),
    of(streamsContest(EVENTS), 'joins/streams', 2),
    of(tableContest(EVENTS), 'joins/table', 2),
    of(foreignKeyContest(EVENTS / 5), 'joins/foreign-key'),
  ]
}

/** With a cache, the peer tells only the newest of several updates: then only those can be equal. */
function of(contest: Contest, module: string, least?: number): Workload {
  const { name, topology, inputs, output } = contest
  const counts = module.startsWith('windows/') ? 'newest' : contest.counts
  const facts = { name, topology: topology.name, module, output, counts, least }
  return { ...facts, inputs: inputs.map(keyedInput) }
}

// ---- how it is measured ---------------------------------------------------------------------------

async function compare(workload: Workload, once: Once): Promise<Figure[]> {
  process.stderr.write(`${workload.name}, ${once[0].guarantee}\n`)
  const [owns, peers] = [[] as Run[], [] as Run[]]
  for (let round = 0; round < ROUNDS; round++) {
    const own = await runOwn(workload, once[0])
    const peer = await runPeer(workload, once[1])
    const [ours, theirs] = [own.tally, peer.tally].map((tally) => JSON.stringify(tally))
    if (ours !== theirs) throw new Error(`${workload.name}: we came to ${ours}, Kafka to ${theirs}`)
    owns.push(own)
    peers.push(peer)
  }
  return figuresOf(workload, once[0].guarantee, medians(owns), medians(peers))
}

const runOwn = (workload: Workload, options: OwnOptions): Promise<Run> =>
  withMillrace(workload, (side) => side.run(workload, options))

const runPeer = (workload: Workload, options: PeerOptions): Promise<Run> =>
  withKafka(workload, (side) => side.run(workload, options))

function medians(runs: readonly Run[]): Omit<Run, 'tally'> {
  const of = (field: 'startMs' | 'ms' | 'cpuMs' | 'peakBytes'): number =>
    median(runs.map((run) => run[field]))
  return { startMs: of('startMs'), ms: of('ms'), cpuMs: of('cpuMs'), peakBytes: of('peakBytes') }
}

type Medians = ReturnType<typeof medians>

function figuresOf(workload: Workload, guarantee: string, own: Medians, peer: Medians): Figure[] {
  const { name, least } = workload
  const records = recordsOf(workload)
  const perSecond = ({ ms }: Medians): number => (records / ms) * 1000
  const cpu = ({ cpuMs }: Medians): number => (cpuMs / 1000 / records) * 1e6
  const row = (
    what: string,
    unit: string,
    of: (side: Medians) => number,
    goal?: Figure['goal'],
  ): Figure => ({
    name: `${name}, ${guarantee}: ${what}`,
    ...{ value: of(own), unit, goal },
    ratio: { to: 'Kafka Streams', value: of(own) / of(peer) },
    note: `Kafka Streams: ${shown(of(peer))}`,
  })
  return [
    row(
      'throughput',
      'records/s',
      perSecond,
      least === undefined ? undefined : { of: 'ratio', least },
    ),
    row('processor time', 's a million records', cpu),
    row('memory', 'MB', ({ peakBytes }) => peakBytes / MB, { of: 'ratio', most: 0.5 }),
    row('start', 'ms', ({ startMs }) => startMs, { of: 'ratio', most: 0.2 }),
  ]
}

/** At a tenth and at half of what each sustained just before, and ours at half of what the peer did. */
async function latencies(): Promise<Figure[]> {
  const loads = [0.1, 0.5] as const
  const how = { workload: counting(), loads, seconds: SECONDS }
  const peer = await peerDelays(how, EXACTLY[1])
  const own = await ownDelays({ ...how, rates: [peer.full * 0.5] }, EXACTLY[0])
  const at = (
    load: string,
    ours: Percentiles | undefined,
    theirs: Percentiles | undefined,
    goal?: Figure['goal'],
  ): Figure[] =>
    (['p50', 'p95', 'p99'] as const).map((q) => {
      const [value, peers] = [ours?.[q] ?? 0, theirs?.[q] ?? 0]
      return {
        name: `latency at ${load} load, ${q}`,
        ...{ value, unit: 'ms', ratio: { to: 'Kafka Streams', value: value / peers } },
        ...(q === 'p99' ? { goal } : {}),
        note: `Kafka Streams: ${shown(peers)}`,
      }
    })
  const sustained: Figure = {
    name: 'load that is sustained',
    ...{ value: own.full, unit: 'lines/s' },
    ratio: { to: 'Kafka Streams', value: own.full / peer.full },
    note: `Kafka Streams: ${shown(peer.full)}`,
  }
  return [
    sustained,
    ...at('0.1 of its', own.delays[0], peer.delays[0]),
    ...at('0.5 of its', own.delays[1], peer.delays[1], { of: 'ratio', most: 0.2 }),
    ...at("0.5 of the peer's", own.delays[2], peer.delays[1]),
  ]
}

async function restores(): Promise<Figure[]> {
  const workload = distinct()
  const own: number[] = []
  const peer: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    own.push(
      await withMillrace(workload, async (side) => {
        await side.run(workload, EXACTLY[0])
        return await side.restore(workload, EXACTLY[0])
      }),
    )
    peer.push(
      await withKafka(workload, async (side) => {
        await side.run(workload, EXACTLY[1])
        return await side.restore(workload, EXACTLY[1])
      }),
    )
  }
  const [ours, theirs] = [median(own), median(peer)]
  return [
    {
      name: `restore of ${shown(KEYS)} keys`,
      ...{ value: ours, unit: 'ms', ratio: { to: 'Kafka Streams', value: ours / theirs } },
      goal: { of: 'ratio', most: 1 / 3 },
      note: `Kafka Streams: ${shown(theirs)}`,
    },
  ]
}

/** As many keys as records. */
function distinct(): Workload {
  const documents = topic('documents', {
    ...{ key: serde.int32(), value: serde.bytes(), partitions: PARTITIONS },
  })
  const input = new InputBuilder(documents)
  for (let key = 0; key < KEYS; key++) input.add(key, new Uint8Array(8), 1_700_000_000_000 + key)
  const output = topic('replayed', {
    ...{ key: serde.int32(), value: serde.int64(), partitions: PARTITIONS },
  })
  return {
    ...{ name: 'restore', topology: 'counting', module: 'counting', counts: 'newest' },
    ...{ inputs: [keyedInput(input.finish())], output: output as Workload['output'] },
  }
}

await main()
