// How long nobody works on a partition: when a host is killed, from the moment the other one knows, and
// when a host comes and gets its share. With a standby, and without one where there is a difference.
// Real processes, a word count with so many words in its stores, fed all the time.

import { fileURLToPath } from 'node:url'
import type { Broker } from '#protocols/broker/broker'
import { utf8 } from '#protocols/core/bytes'
import { brokerLocation } from '#runtime/process/broker-location'
import { openBroker } from '#runtime/process/open-broker'
import { RecordWriter } from '#runtime/process/record-writer'
import { HostProcess, manifestIn } from '../kit/host-process.ts'
import { tempDir } from '../kit/temp-dir.ts'
import { type Figure, report } from './harness.ts'
import { setting } from './measure.ts'

const PARTITIONS = 4
const WORDS = setting('WORDS', 400_000)
const FEED_MS = 5
const QUIET_MS = 20_000
const wordcount = fileURLToPath(new URL('../examples/wordcount/wordcount.ts', import.meta.url))

/** Follows when each partition of the outputs was last written, and its longest silence since `mark`. */
class Watch {
  readonly gaps = new Map<number, number>()
  readonly #last = new Map<number, number>()
  readonly #ends = new Map<number, number>()

  constructor(broker: Broker) {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const at = { topic: 'word-counts', partition }
      const reader = broker.reader(at, 'latest', () => {
        while (reader.take(1 << 20).length > 0) this.#see(partition)
      })
      reader.take(1)
    }
  }

  mark(): void {
    this.gaps.clear()
    this.#ends.clear()
  }

  /** When the longest silence of each partition that `ms` was in was over. */
  endsOf(ms: number): number[] {
    return [...this.#ends].flatMap(([partition, end]) =>
      end > ms && end - (this.gaps.get(partition) ?? 0) < ms ? [end] : [],
    )
  }

  #see(partition: number): void {
    const now = Date.now()
    const gap = now - (this.#last.get(partition) ?? now)
    if (gap > (this.gaps.get(partition) ?? 0)) {
      this.gaps.set(partition, gap)
      this.#ends.set(partition, now)
    }
    this.#last.set(partition, now)
  }
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms)
  })

interface Outcome {
  readonly moved: readonly number[]
  readonly taken: readonly number[]
}

async function run(standbys: number): Promise<Outcome> {
  const directory = tempDir()
  const manifest = manifestIn(directory, {
    ...{ application: 'words', workers: 1, partitions: PARTITIONS, log: 'info', standbys },
    actors: [{ topology: wordcount }],
  })
  const one = new HostProcess(manifest, ['--id', 'one'])
  await one.ready()
  const broker = openBroker(brokerLocation('file:data', directory))
  const writer = new RecordWriter(broker.producer(), 'lines', PARTITIONS)
  const feed = (line: string): void => {
    writer.add({ key: null, value: utf8(line), time: 0, headers: [] })
  }
  for (let n = 0; n < WORDS; n += 1000) {
    feed(Array.from({ length: 1000 }, (_, i) => `w${n + i}`).join(' '))
    if (n % 20_000 === 0) await writer.flush()
  }
  await writer.flush()
  const watch = new Watch(broker)
  let isFed = true
  const feeding = (async () => {
    for (let n = 0; isFed; n++) {
      for (let i = 0; i < 16; i++) feed(`w${(n * 16 + i) % WORDS}`)
      await writer.flush()
      await pause(FEED_MS)
    }
  })()
  await pause(QUIET_MS)
  watch.mark()
  const two = new HostProcess(manifest, ['--id', 'two'])
  await two.ready()
  await pause(QUIET_MS)
  const moved = [...watch.gaps.values()]
  watch.mark()
  await one.signal('SIGKILL')
  await pause(QUIET_MS)
  const gone = two.log.map((line) => JSON.parse(line)).find(({ code }) => code === 'HOST_GONE')
  const knownMs = Number(gone?.time ?? Number.NaN)
  const taken = watch.endsOf(knownMs).map((ms) => ms - knownMs)
  isFed = false
  await feeding
  await two.signal('SIGTERM')
  await broker.close()
  return { moved, taken }
}

const middle = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN

const most = (values: readonly number[]): number => Math.max(...values)

const [hot, cold] = [await run(1), await run(0)]
const figures: Figure[] = [
  {
    name: 'killed, with standbys: from known to the last partition at work',
    ...{ value: most(hot.taken), unit: 'ms', goal: { most: 1000 } },
    note: `partitions: ${hot.taken.join(', ')}`,
  },
  {
    name: 'killed, without',
    ...{ value: most(cold.taken), unit: 'ms' },
    note: `partitions: ${cold.taken.join(', ')}`,
  },
  {
    name: 'a host came: longest silence, middle of partitions',
    ...{ value: middle([...hot.moved, ...cold.moved]), unit: 'ms', goal: { most: 300 } },
    note: [...hot.moved, ...cold.moved].join(', '),
  },
]
report(`takeover, ${WORDS} words in ${PARTITIONS} stores`, figures)
process.exit(0)
