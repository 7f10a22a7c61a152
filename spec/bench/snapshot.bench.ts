// How long a task waits that starts on a host without its state: by a snapshot and what the log has after
// it, and by the whole log, over NATS and on the embedded broker. The size of the state is a setting, MB;
// keys are scattered, as hashes are, or in order with SCATTERED=0, which fills large states sooner. NATS=0
// and EMBEDDED=0 leave one out.

import { Arrival, replay } from '#actors/task/replay'
import { openState, type SnapshotPorts, SnapshotTaker } from '#actors/task/snapshots'
import type { Broker, TaskSession } from '#protocols/broker/broker'
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
import { type Figure, report } from './harness.ts'
import { setting } from './measure.ts'

const MB = setting('MB', 64)
const SCATTERED = setting('SCATTERED', 1) === 1
const NATS = setting('NATS', 1) === 1
const EMBEDDED = setting('EMBEDDED', 1) === 1
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

interface Started {
  readonly state: TaskState
  /** Until the stores were opened, and until they were true at the claim. */
  readonly openMs: number
  readonly ms: number
}

async function start(broker: Broker, directory: string): Promise<Started> {
  const startMs = performance.now()
  const storage = taskDirectories(directory)
  const ports = { engines: () => storage.open(spec), snapshots: portsOf(broker, directory) }
  const state = await openState(claim, stores, ports)
  const openMs = performance.now() - startMs
  const session = await broker.claim(claim)
  const arrival = new Arrival()
  await replay({
    ...{ state, session, arrival, clock: machineClock },
    isStopped: () => false,
    onProgress: () => {},
  })
  return { state, openMs, ms: performance.now() - startMs }
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
      return { ms: performance.now() - startMs, pauseMs, bytes: found.bytes }
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** A state is written, copied, and begun from nothing by either way. */
async function figuresOf(name: string, broker: Broker): Promise<Figure[]> {
  await write(await broker.claim(claim), 0, KEYS)
  const first = tempDir()
  const whole = await start(broker, first)
  const taken = await take(broker, whole.state, first)
  await whole.state.close()
  await write(await broker.claim(claim), 0, Math.round(KEYS * TAIL_PART))
  const cold = await start(broker, tempDir())
  await cold.state.close()
  await broker.close()
  return [
    {
      name: `${name}: cold start by snapshot and tail`,
      ...{ value: cold.ms, unit: 'ms', goal: { most: 5_000 } },
      ratio: { to: 'the whole log', value: cold.ms / whole.ms },
      note: `open after ${Math.round(cold.openMs)} ms; tail of ${TAIL_PART * 100} %`,
    },
    { name: `${name}: cold start by the whole log`, ...{ value: whole.ms, unit: 'ms' } },
    {
      name: `${name}: taking the snapshot, beside the work`,
      ...{ value: taken.ms, unit: 'ms' },
      note: `${(taken.bytes / 1e6).toFixed(0)} MB; longest pause of others ${taken.pauseMs.toFixed(0)} ms`,
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
