// How long a task waits that starts on a host without its state: by a snapshot and what the log has after
// it, and by the whole log, over NATS and on the embedded broker. The size of the state is a setting, MB;
// keys are scattered, as hashes are, or in order with SCATTERED=0, which fills large states sooner. NATS=0
// and EMBEDDED=0 leave one out. Starts by snapshot take ROUNDS turns with the floor: a copy of the file of
// the state on the same disk, which is as fast as a start can be where blocks are not shared.

import { constants } from 'node:fs'
import { copyFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { replay } from '#actors/task/replay'
import { openState, type SnapshotPorts, SnapshotTaker } from '#actors/task/snapshots'
import type { Broker, TaskSession } from '#protocols/broker/broker'
import { Bell } from '#protocols/core/bell'
import { EMPTY, utf8 } from '#protocols/core/bytes'
import { silent } from '#protocols/core/log'
import { serde } from '#protocols/serdes/serdes'
import { taskDirectories } from '#runtime/process/task-directories'
import { ChangelogRecorder } from '#stores/changelog/recorder'
import type { TaskState } from '#stores/changelog/task-state'
import type { StoreSpec } from '#stores/store'
import { claimOf } from '../contracts/broker-kit.ts'
import { NatsServer } from '../kit/nats-server.ts'
import { tempDir } from '../kit/temp-dir.ts'
import { jetBroker } from '../protocols/jetstream/jet-world.ts'
import { directoryBroker, machineClock } from '../stores/log/brokers.ts'
import { type Figure, report, shown } from './harness.ts'
import { cpuMsSince, median, type Spent, setting, timed } from './measure.ts'

const MB = setting('MB', 64)
const SCATTERED = setting('SCATTERED', 1) === 1
const NATS = setting('NATS', 1) === 1
const EMBEDDED = setting('EMBEDDED', 1) === 1
const ROUNDS = setting('ROUNDS', 3)
const VALUE = 'x'.repeat(100)
const KEYS = Math.round((MB * 1e6) / (VALUE.length + 10))
const COMMIT_KEYS = 4_000
const TAIL_PART = 0.02

const stores: readonly StoreSpec[] = [
  // The state holds stores of every type alike.
  { name: 'rows', kind: 'keyvalue', key: serde.string(), value: serde.string() } as StoreSpec,
]
const claim = claimOf('bench')
const spec = { ...claim, id: 'flow/count/0', count: 1 }

const keyOf = (n: number): string =>
  (SCATTERED ? (n * 2_654_435_761) % 2 ** 32 : n).toString(36).padStart(7, '0')

async function write(session: TaskSession, from: number, to: number): Promise<void> {
  const recorder = new ChangelogRecorder()
  const value = utf8(VALUE)
  for (let n = from; n < to; ) {
    for (let i = 0; i < COMMIT_KEYS && n < to; i++, n++) {
      recorder.record('rows', utf8(keyOf(n)), value, n)
    }
    const changes = recorder.take()
    await session.commit({ positions: [], changes, outputs: [], meta: EMPTY })
    changes?.clear()
  }
}

const STAGES = ['find', 'install', 'open', 'claim', 'replay'] as const
type Stage = (typeof STAGES)[number]
type Stages = Map<Stage, Spent>

/** Runs a part of a start, and adds what it takes to its stage. */
async function staged<T>(stages: Stages, stage: Stage, body: () => Promise<T>): Promise<T> {
  const cpu = process.cpuUsage()
  const startMs = performance.now()
  const result = await body()
  const { ms, cpuMs } = stages.get(stage) ?? { ms: 0, cpuMs: 0 }
  stages.set(stage, { ms: ms + performance.now() - startMs, cpuMs: cpuMs + cpuMsSince(cpu) })
  return result
}

interface Started extends Spent {
  readonly state: TaskState
  readonly stages: Stages
}

async function start(broker: Broker, directory: string): Promise<Started> {
  const stages: Stages = new Map()
  const storage = taskDirectories(directory)
  const ports = {
    engines: () => staged(stages, 'open', () => storage.open(spec)),
    snapshots: stagedPorts(broker, directory, stages),
  }
  const opened: { state?: TaskState } = {}
  const spent = await timed(async () => {
    const { state } = await openState(claim, stores, ports)
    opened.state = state
    const session = await staged(stages, 'claim', () => broker.claim(claim))
    await staged(stages, 'replay', () =>
      replay({
        ...{ state, session, arrival: new Bell(), clock: machineClock },
        isStopped: () => false,
        onProgress: () => {},
      }),
    )
  })
  if (opened.state === undefined) throw new Error('it was opened')
  return { ...spent, state: opened.state, stages }
}

function stagedPorts(broker: Broker, directory: string, stages: Stages): SnapshotPorts | null {
  const ports = portsOf(broker, directory)
  if (ports === null) return null
  const { snapshots, files } = ports
  return {
    ...ports,
    snapshots: {
      list: (task) => staged(stages, 'find', () => snapshots.list(task)),
      read: (task, snapshot) => snapshots.read(task, snapshot),
      put: (task, facts, bytes) => snapshots.put(task, facts, bytes),
    },
    files: {
      copy: (disk) => files.copy(disk),
      install: (bytes) => staged(stages, 'install', () => files.install(bytes)),
    },
  }
}

function portsOf({ snapshots }: Broker, directory: string): SnapshotPorts | null {
  const files = taskDirectories(directory).files?.(spec)
  if (snapshots === null || files === undefined) return null
  return { snapshots, files, log: silent, bytesMin: 1 }
}

/** Takes a snapshot beside whatever else there is to do; the longest that nobody else had a turn. */
async function take(broker: Broker, state: TaskState, directory: string) {
  const ports = portsOf(broker, directory)
  if (ports === null) throw new Error('it keeps snapshots')
  const cpu = process.cpuUsage()
  const startMs = performance.now()
  let lastMs = startMs
  let pauseMs = 0
  const turns = setInterval(() => {
    const nowMs = performance.now()
    pauseMs = Math.max(pauseMs, nowMs - lastMs)
    lastMs = nowMs
  }, 1)
  new SnapshotTaker(claim, stores, ports, 1).look(state)
  for (;;) {
    const [found] = await ports.snapshots.list(claim)
    if (found !== undefined) {
      clearInterval(turns)
      const spent = { ms: performance.now() - startMs, cpuMs: cpuMsSince(cpu) }
      return { ...spent, pauseMs, bytes: found.bytes }
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Starts by snapshot, each after a copy of the file of the first state, and what reading alone takes. */
async function inTurns(broker: Broker, first: string) {
  const copies: Spent[] = []
  const reads: Spent[] = []
  const starts: Started[] = []
  const file = join(first, claim.topology, claim.subtopology, String(claim.partition), 'data.mdb')
  for (let round = 0; round < ROUNDS; round++) {
    const [to, target] = [tempDir(), tempDir()]
    copies.push(await timed(() => copyFile(file, join(to, 'copy'), constants.COPYFILE_EXCL)))
    await rm(to, { recursive: true })
    reads.push(await timed(() => readAll(broker)))
    const started = await start(broker, target)
    await started.state.close()
    await rm(target, { recursive: true })
    starts.push(started)
  }
  return { copies, reads, starts }
}

async function readAll({ snapshots }: Broker): Promise<void> {
  const [newest] = (await snapshots?.list(claim)) ?? []
  if (snapshots === null || newest === undefined) throw new Error('it keeps snapshots')
  for await (const _ of snapshots.read(claim, newest));
}

const medianMs = (spent: readonly Spent[]): number => median(spent.map(({ ms }) => ms))
const cpuNote = (spent: readonly Spent[]): string =>
  `processor time ${(median(spent.map(({ cpuMs }) => cpuMs)) / 1000).toFixed(2)} s`

/** A state is written, copied, and begun from nothing by either way. */
async function figuresOf(name: string, broker: Broker): Promise<Figure[]> {
  await write(await broker.claim(claim), 0, KEYS)
  const first = tempDir()
  const whole = await start(broker, first)
  const taken = await take(broker, whole.state, first)
  await whole.state.close()
  await write(await broker.claim(claim), 0, Math.round(KEYS * TAIL_PART))
  const { copies, reads, starts } = await inTurns(broker, first)
  await broker.close()
  const floorMs = medianMs(copies)
  const toFloor = (spent: readonly Spent[]): Omit<Figure, 'name'> => ({
    ...{ value: medianMs(spent), unit: 'ms', note: cpuNote(spent) },
    ratio: { to: 'the floor', value: medianMs(spent) / floorMs },
  })
  const stages = STAGES.map((stage): Figure => {
    const spent = starts.map((it) => it.stages.get(stage) ?? { ms: 0, cpuMs: 0 })
    return { name: `${name}: of it, ${stage}`, ...toFloor(spent) }
  })
  return [
    {
      name: `${name}: cold start by snapshot and tail`,
      ...{ value: medianMs(starts), unit: 'ms', goal: { most: 5_000 } },
      ratio: { to: 'the whole log', value: medianMs(starts) / whole.ms },
      note: `${cpuNote(starts)}; tail of ${TAIL_PART * 100} %; ${shown(medianMs(starts) / floorMs)} of the floor`,
    },
    ...stages,
    { name: `${name}: reading the snapshot alone`, ...toFloor(reads) },
    {
      name: `${name}: the floor, a copy of the file`,
      ...{ value: floorMs, unit: 'ms', note: cpuNote(copies) },
    },
    {
      name: `${name}: cold start by the whole log`,
      ...{ value: whole.ms, unit: 'ms', note: cpuNote([whole]) },
    },
    {
      name: `${name}: taking the snapshot, beside the work`,
      ...{ value: taken.ms, unit: 'ms' },
      note: `${cpuNote([taken])}; ${(taken.bytes / 1e6).toFixed(0)} MB; longest pause of others ${taken.pauseMs.toFixed(0)} ms`,
    },
  ]
}

async function overNats(): Promise<Figure[]> {
  const server = await NatsServer.start()
  const figures = await figuresOf('NATS', await jetBroker(server))
  await server.stop()
  return figures
}

const figures: Figure[] = [
  ...(NATS ? await overNats() : []),
  ...(EMBEDDED ? await figuresOf('embedded', directoryBroker(tempDir())) : []),
]
report(`snapshot, ${MB} MB of state, ${KEYS} keys${SCATTERED ? '' : ' in order'}`, figures)
process.exit(0)
