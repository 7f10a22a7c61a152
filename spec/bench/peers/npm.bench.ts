// Millrace beside what else npm has for Kafka: a consumer, a Map and a producer by hand
// (@platformatic/kafka), and @kafkats/flow. The same lines in the same partitions, the same guarantee, in
// turn; Kafka is started as for Kafka Streams (peers.bench.ts), and is part of what a side uses. Ours flushes
// every commit to the disk and keeps its state there; by hand, state is a Map that no commit covers. What
// they come to must be equal.
//
//   LINES (default 200,000), FLOW_LINES (500) of @kafkats/flow, which waits for Kafka with every record, and
//   ROUNDS (3) turn it up or down; ONLY=word runs what has the word in its name. A peer has PATIENCE (120)
//   seconds for a run; one that is not done, or comes to something else, has a line that says so.

import { type Figure, report, shown } from '../harness.ts'
import { median, setting } from '../measure.ts'
import type { Tally } from '../outcome.ts'
import { text } from '../text.ts'
import { buildKafka, withKafka } from './kafka.ts'
import { withMillrace } from './millrace.ts'
import { installPeers, type NpmPeer, type NpmProgram, startPeer } from './npm.ts'
import { lineCounting, lineMapping, type Run, recordsOf, type Workload } from './workload.ts'

const LINES = setting('LINES', 200_000)
const ROUNDS = setting('ROUNDS', 3)
const ONLY = process.env['ONLY'] ?? ''
const PATIENCE_MS = setting('PATIENCE', 120) * 1000
const MB = 1 << 20

interface Peer {
  readonly peer: NpmPeer
  readonly name: string
  /** Fewer where all would take hours. */
  readonly lines: number
}

const PEERS: readonly Peer[] = [
  { peer: 'platformatic', name: 'by hand, @platformatic/kafka 1.35.0', lines: LINES },
  { peer: 'kafkats', name: '@kafkats/flow 0.12.0', lines: setting('FLOW_LINES', 500) },
]
const GUARANTEES = ['exactly-once', 'at-least-once'] as const

async function main(): Promise<void> {
  buildKafka()
  const directory = installPeers()
  const figures: Figure[] = []
  for (const workloadOf of [lineMapping, lineCounting]) {
    const workload = workloadOf(text(LINES))
    for (const guarantee of GUARANTEES) {
      const what = `${workload.name}, ${guarantee}`
      for (const { peer, name, lines } of PEERS) {
        if (!`${what}: ${name}`.includes(ONLY)) continue
        process.stderr.write(`${what}: ${name}\n`)
        const few = workloadOf(text(lines))
        figures.push(...(await compare(what, workload, few, name, { directory, peer, guarantee })))
      }
    }
  }
  report('beside peers of npm over Kafka, 2 workers of ours, a process of theirs', figures)
}

/** @param few what the peer is given */
async function compare(
  what: string,
  workload: Workload,
  few: Workload,
  name: string,
  program: NpmProgram,
): Promise<Figure[]> {
  const options = { guarantee: program.guarantee, workers: 2 } as const
  const right = await withMillrace(few, (side) => side.tally(few, options))
  const [owns, peers]: [Run[], Run[]] = [[], []]
  for (let round = 0; round < ROUNDS; round++) {
    owns.push(await withMillrace(workload, (side) => side.run(workload, options)))
    try {
      peers.push(await runPeer(few, program, right))
    } catch (error) {
      const [note = ''] = String(error).split('\n')
      return [{ name: `${what}: ${name} failed`, value: peers.length, unit: 'rounds', note }]
    }
  }
  return figuresOf(`${what}: `, name, [recordsOf(workload), recordsOf(few)], owns, peers)
}

/** @throws when it does not come to what we came to */
async function runPeer(workload: Workload, program: NpmProgram, right: Tally): Promise<Run> {
  const run = await withKafka(workload, (side) =>
    side.watched(workload, (at) => startPeer(at, workload.topology, program), PATIENCE_MS),
  )
  const [ours, theirs] = [right, run.tally].map((tally) => JSON.stringify(tally))
  if (ours !== theirs) throw new Error(`we came to ${ours}, it came to ${theirs}`)
  return run
}

function figuresOf(
  what: string,
  peer: string,
  [ownRecords, peerRecords]: readonly [own: number, peer: number],
  owns: readonly Run[],
  peers: readonly Run[],
): Figure[] {
  const row = (name: string, unit: string, of: (run: Run, records: number) => number): Figure => {
    const ours = median(owns.map((run) => of(run, ownRecords)))
    const theirs = median(peers.map((run) => of(run, peerRecords)))
    const note = `the peer: ${shown(theirs)}, of ${shown(peerRecords)} records`
    return { name: what + name, value: ours, unit, ratio: { to: peer, value: ours / theirs }, note }
  }
  return [
    row('throughput', 'records/s', ({ ms }, records) => (records / ms) * 1000),
    row('processor time', 's a million records', ({ cpuMs }, records) => (cpuMs / records) * 1000),
    row('memory', 'MB', ({ peakBytes }) => peakBytes / MB),
    row('start', 'ms', ({ startMs }) => startMs),
  ]
}

await main()
