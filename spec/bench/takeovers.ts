// How long nobody works on a partition: when a host comes and gets its share, when one leaves that was
// asked to, and when one is killed; with standbys and without. Real processes, a word count with so many
// words in its stores, fed all the time.

import { fileURLToPath } from 'node:url'
import { utf8 } from '#protocols/core/bytes'
import type { Member } from '#protocols/messages/membership'
import { RecordWriter } from '#runtime/process/record-writer'
import { HostGroup, NEVER_MS } from '../kit/host-group.ts'
import { HostProcess, manifestIn } from '../kit/host-process.ts'
import { within } from '../kit/within.ts'
import { Follower } from './follower.ts'
import type { Figure } from './harness.ts'
import { median, pause } from './measure.ts'
import { type Meeting, type MeetingKind, withMeeting } from './meeting.ts'

const PARTITIONS = 4
const TASKS = 2 * PARTITIONS
const FEED_MS = 5
const FED_WORDS = 16
/** Long enough for every partition to be written after a change, and for copies to be made. */
const SETTLE_MS = 3_000
const wordcount = fileURLToPath(new URL('../examples/wordcount/wordcount.ts', import.meta.url))

/** Longest silences of partitions, ms, and when each was over. */
class Silences {
  readonly #last = new Map<number, number>()
  readonly #longest = new Map<number, { readonly ms: number; readonly end: number }>()

  readonly heard = (partition: number): void => {
    const end = Date.now()
    const ms = end - (this.#last.get(partition) ?? end)
    if (ms > (this.#longest.get(partition)?.ms ?? 0)) this.#longest.set(partition, { ms, end })
    this.#last.set(partition, end)
  }

  forget(): void {
    this.#longest.clear()
  }

  of(partitions: readonly number[]): number[] {
    return partitions.map((partition) => this.#longest.get(partition)?.ms ?? 0)
  }

  /** Until each of the partitions was heard of again. */
  async until(partitions: readonly number[]): Promise<void> {
    while (!partitions.every((partition) => this.#longest.has(partition))) await pause(FEED_MS)
  }

  /** When the last of the partitions was heard of again. */
  endOf(partitions: readonly number[]): number {
    return Math.max(...partitions.map((partition) => this.#longest.get(partition)?.end ?? 0))
  }
}

interface Outcome {
  readonly came: readonly number[]
  readonly left: readonly number[]
  /** Of the killed host's partitions: ms from the kill, and from when the other one knew. */
  readonly killed: number
  readonly known: number
}

export async function takeovers(kind: MeetingKind, words: number): Promise<Figure[]> {
  const hot = await withMeeting(kind, (meeting) => run(meeting, words, 1))
  const cold = await withMeeting(kind, (meeting) => run(meeting, words, 0))
  const figure = (name: string, value: number, most?: number, note?: string): Figure => ({
    ...{ name: `${kind}: ${name}`, value, unit: 'ms', note },
    goal: most === undefined ? undefined : { most },
  })
  const silences = (name: string, of: 'came' | 'left'): Figure => {
    const all = [...hot[of], ...cold[of]]
    return figure(name, median(all), 300, `with standbys ${hot[of]}, without ${cold[of]}`)
  }
  return [
    silences('a host came, silence of a partition that moved, p50', 'came'),
    silences('a host left as it was asked to, p50', 'left'),
    figure('killed, with standbys: from the kill to the last partition at work', hot.killed, 4000),
    figure('killed, with standbys: from when it was known', hot.known, 1000),
    figure('killed, without standbys: from when it was known', cold.known),
  ]
}

async function run(meeting: Meeting, words: number, standbys: number): Promise<Outcome> {
  const { broker, directory, name } = meeting
  const manifest = manifestIn(directory, {
    ...{ application: 'words', broker: name, workers: 1, partitions: PARTITIONS },
    ...{ log: 'info', standbys, actors: [{ topology: wordcount }] },
  })
  const group = new HostGroup('words', broker)
  const one = new HostProcess(manifest, ['--id', 'one'])
  await one.ready()
  const load = new Load(meeting, words)
  await load.fill()
  const silences = new Silences()
  const outputs = new Follower(broker, 'word-counts', PARTITIONS, silences.heard)
  await outputs.until(words)
  const feeding = load.run()
  const settled = async (hosts: number): Promise<readonly number[]> => {
    let moved: readonly number[] = []
    await group.until(`${hosts} hosts share ${TASKS} tasks`, (tasks, members) => {
      moved = partitionsOn('two', tasks)
      const isShared = members.length === hosts && tasks.size === TASKS && isEven(members)
      return isShared && (hosts === 1 || standbys === 0 || areCopied(members))
    })
    await pause(SETTLE_MS)
    return moved
  }
  const change = async (hosts: number, what: () => Promise<unknown>): Promise<void> => {
    silences.forget()
    await what()
    await settled(hosts)
    await within(NEVER_MS, 'all partitions are at work', silences.until(others([])))
  }
  await settled(1)
  const two = new HostProcess(manifest, ['--id', 'two'])
  await change(2, () => two.ready())
  const moved = await settled(2)
  const came = silences.of(moved)
  await change(1, () => two.signal('SIGTERM'))
  const left = silences.of(moved)
  const again = new HostProcess(manifest, ['--id', 'two'])
  await change(2, () => again.ready())
  const lost = others(await settled(2))
  let killedMs = 0
  await change(1, () => {
    killedMs = Date.now()
    return one.signal('SIGKILL')
  })
  const gone = again.log.map((line) => JSON.parse(line)).find(({ code }) => code === 'HOST_GONE')
  const end = silences.endOf(lost)
  await load.stop(feeding)
  outputs.close()
  await again.signal('SIGTERM')
  return { came, left, killed: end - killedMs, known: end - Number(gone?.time ?? Number.NaN) }
}

/** Partitions of the outputs that a host writes. */
const partitionsOn = (host: string, tasks: ReadonlyMap<string, string>): number[] =>
  [...tasks].flatMap(([task, owner]) =>
    owner === host && task.includes('/counts/') ? [Number(task.split('/').at(-1))] : [],
  )

const others = (partitions: readonly number[]): number[] =>
  Array.from({ length: PARTITIONS }, (_, n) => n).filter((n) => !partitions.includes(n))

const isEven = (members: readonly Member[]): boolean =>
  members.every(({ held }) => held.length === TASKS / members.length)

/** Every task with state has its copy, and it is fresh. */
const areCopied = (members: readonly Member[]): boolean => {
  const lags = members.flatMap(({ copies = {} }) => Object.values(copies))
  return lags.length === PARTITIONS && lags.every((lag) => lag >= 0 && lag <= 10_000)
}

/** All words once, then some of them for ever. */
class Load {
  readonly #writer: RecordWriter
  readonly #words: number
  #isFed = true

  constructor({ broker }: Meeting, words: number) {
    this.#writer = new RecordWriter(broker.producer(), 'lines', PARTITIONS)
    this.#words = words
  }

  async fill(): Promise<void> {
    for (let n = 0; n < this.#words; n += 1000) {
      this.#add(Array.from({ length: 1000 }, (_, i) => `w${n + i}`).join(' '))
      if (n % 20_000 === 0) await this.#writer.flush()
    }
    await this.#writer.flush()
  }

  async run(): Promise<void> {
    for (let n = 0; this.#isFed; n += FED_WORDS) {
      for (let i = 0; i < FED_WORDS; i++) this.#add(`w${(n + i) % this.#words}`)
      await this.#writer.flush()
      await pause(FEED_MS)
    }
  }

  async stop(running: Promise<void>): Promise<void> {
    this.#isFed = false
    await running
  }

  #add(line: string): void {
    this.#writer.add({ key: null, value: utf8(line), time: 0, headers: [] })
  }
}
