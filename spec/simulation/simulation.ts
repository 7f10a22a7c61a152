// A whole cluster in one process under one seed: hosts that count words, are killed, stopped, paused and
// started, drained and fenced, and their tasks pinned, frozen and ordered about, while lines come
// (sender.ts), time passes, the wall clock is set, the weather between hosts and broker changes (weather.ts)
// and the power of the machine fails (machine.ts). After each step its history is looked at (history.ts); in
// the end everybody comes back, the sky clears, nothing is wished any more, each line that was acknowledged
// must be in the input, and what is there must have been counted once. Hosts may be upgraded meanwhile: who
// starts again runs the next program or the one before, and in the end all run the next.
//
// The same seed and steps give the same run. `make sim SEED=... STEPS=...` runs one.

import { serde, type TopologyBuilder, topic, topology } from 'millrace'
import { type HostPlace, type Testkit, type TestkitOptions, testkit } from 'millrace/testkit'
import type { TaskOrder } from '#actors/host/messages'
import type { Broker, Keys, TaskName } from '#protocols/broker/broker'
import { isMillraceError } from '#protocols/core/errors'
import { NOTHING_WISHED, type Wishes } from '#protocols/messages/membership'
import { changeWishes } from '#runtime/process/group-look'
import type { Read, RecordPlace } from '#runtime/process/store-query'
import { freezing, marking, pinning } from '#runtime/process/wishes'
import { seededRandom } from '#runtime/testkit/seeded-random'
import type { ProcessClock } from '#runtime/testkit/simulated-clock'
import type { Engine } from '#stores/engine/engine'
import { History } from './history.ts'
import { Machine } from './machine.ts'
import { Sender } from './sender.ts'
import { CALM, Weather } from './weather.ts'

export interface Simulation {
  readonly seed: number
  readonly steps: number
  /** What differs from a host as it is: faults, unsafe variants. */
  readonly options?: Pick<TestkitOptions, 'broker' | 'guarantee' | 'sealIntervalMs'> | undefined
  /** What the log has instead of its engine as it is: disks that say what is not so. */
  readonly engine?: ((engine: Engine) => Engine) | undefined
  /** Hosts that start again may run the next program. */
  readonly isUpgraded?: boolean | undefined
  readonly say?: ((line: string) => void) | undefined
}

/** Something that must not be, and how it came to it. */
export class Violation extends Error {
  readonly trace: readonly string[]

  constructor(what: readonly string[], trace: readonly string[]) {
    super(`${what.join('; ')}\n${trace.join('\n')}`)
    this.trace = trace
  }
}

const PARTITIONS = 3
const HAND_OVER_MS = 5000
const HOSTS = ['host-1', 'host-2', 'host-3']
const WORDS = ['river', 'mill', 'wheel', 'stone', 'flour']
const SENDER = 'sender'
/** The slowest disk there is. */
const FLUSH_MS = 20_000
const text = serde.string()
const lines = topic('lines', { value: text, partitions: PARTITIONS })
const counted = topic('counted', { key: text, value: serde.int64(), partitions: PARTITIONS })

const wordsOf = (t: TopologyBuilder) =>
  t
    .stream(lines)
    .flatMapValues((line) => line.split(' '))
    .groupBy((_key, word) => word, { key: text })
    .count({ store: 'counts' })
    .toStream()

const counting = topology('counting', (t) => {
  wordsOf(t).to(counted)
})

/** With a store more beside the counts, and a sub-topology more that counts what was written. */
const next = topology('counting', (t) => {
  const words = wordsOf(t)
  words.to(counted)
  words.groupByKey({ value: serde.int64() }).count({ store: 'beside' })
  t.stream(counted).groupByKey().count({ store: 'updates' })
})

/** Answers how many words were counted. @throws Violation */
export async function simulate(simulation: Simulation): Promise<number> {
  const { seed, steps, options = {}, isUpgraded = false, say = () => {} } = simulation
  const weather = new Weather(seededRandom(seed + 1))
  const machine = new Machine(seededRandom(seed + 2), simulation.engine)
  const open = (place: HostPlace): Broker => {
    const broker = machine.open(place.clock, true)
    return weather.over(options.broker?.(broker, place) ?? broker, place)
  }
  const cluster = new Cluster({ seed, say, isUpgraded, weather, machine, open })
  const t = await testkit(counting, {
    seed,
    partitions: PARTITIONS,
    standbys: seed % 2,
    handOverMs: HAND_OVER_MS,
    ...options,
    broker: (_, host) => open(host),
    hosts: HOSTS.length,
  })
  cluster.begin(t)
  try {
    for (let step = 1; step <= steps; step++) await cluster.step(step)
    return await cluster.heal()
  } finally {
    cluster.end()
  }
}

interface Surroundings {
  readonly seed: number
  readonly say: (line: string) => void
  readonly isUpgraded: boolean
  readonly weather: Weather
  readonly machine: Machine
  /** The broker as a process sees it. */
  readonly open: (place: HostPlace) => Broker
}

class Cluster {
  readonly #random
  readonly #say: (line: string) => void
  readonly #trace: string[] = []
  readonly #alive = new Set(HOSTS)
  readonly #paused = new Set<string>()
  readonly #isUpgraded: boolean
  /** Hosts that run the next program. */
  readonly #upgraded = new Set<string>()
  readonly #sent = new Map<string, number>()
  readonly #weather: Weather
  /** The last answer for each word. */
  readonly #answers = new Map<string, { value: number; positions: readonly RecordPlace[] }>()
  readonly #machine: Machine
  readonly #openFor: (place: HostPlace) => Broker
  readonly #sender = new Sender(lines.name, PARTITIONS)
  #senderClock: ProcessClock | null = null
  #broker: Broker | null = null
  #words = 0
  #wishes = NOTHING_WISHED
  #kit: Testkit | null = null
  #history: History | null = null

  constructor({ seed, say, isUpgraded, weather, machine, open }: Surroundings) {
    this.#weather = weather
    this.#machine = machine
    this.#openFor = open
    this.#random = seededRandom(seed)
    this.#say = say
    this.#isUpgraded = isUpgraded
  }

  begin(t: Testkit): void {
    this.#kit = t
    this.#open()
    this.#beginSender()
  }

  async step(number: number): Promise<void> {
    for (const id of this.#alive) if (!this.#t.isAlive(id)) this.#alive.delete(id)
    const what = await this.#act()
    this.#trace.push(`${number}: ${what}`)
    this.#say(`${number}: ${what}`)
    this.#look()
  }

  /** Everybody comes back and time passes: then all is counted, by one owner for each task. */
  async heal(): Promise<number> {
    const t = this.#t
    this.#weather.clear()
    this.#machine.flushMs = 0
    for (const id of this.#paused) t.resume(id)
    this.#paused.clear()
    await this.#change(() => NOTHING_WISHED)
    await t.settle()
    for (const id of HOSTS) if (!t.isAlive(id)) await this.#start(id, this.#isUpgraded)
    for (const id of HOSTS) if (this.#isUpgraded && !this.#upgraded.has(id)) await this.#replace(id)
    await t.advance('10m')
    // What was paused or put into quarantine waits for this.
    for (const { id } of await t.tasks()) {
      await t.orderTask(id, 'resume')
      await t.orderTask(id, 'restart')
    }
    await t.advance('1m')
    this.#trace.push('everybody is back')
    this.#look()
    const wrong: string[] = []
    const { waiting } = this.#sender
    if (waiting > 0) wrong.push(`${waiting} lines were never acknowledged`)
    const totals = this.#history?.updates.totals ?? new Map<string, number>()
    for (const [word, sent] of this.#sender.words) {
      const found = totals.get(word) ?? 0
      if (found !== sent) wrong.push(`'${word}' came ${sent} times and was counted ${found} times`)
      const row = await t.store<string, number>('counts').get(word)
      if (row !== sent) wrong.push(`the store has ${row} of ${sent} '${word}'`)
      const updates = this.#isUpgraded ? await t.store<string, number>('updates').get(word) : sent
      if (updates !== sent) wrong.push(`the new store has ${updates} of ${sent} '${word}'`)
    }
    const tasks = await t.tasks()
    const idle = tasks.filter(({ state }) => state === 'running.idle').map(({ id }) => id)
    const parts = this.#isUpgraded ? 3 : 2
    if (new Set(idle).size !== parts * PARTITIONS || idle.length !== tasks.length) {
      wrong.push(
        `tasks: ${tasks.map(({ id, host, state }) => `${id} ${host} ${state}`).join(', ')}`,
      )
    }
    if (wrong.length > 0) throw new Violation(wrong, this.#trace)
    return sum(this.#sender.words.values())
  }

  end(): void {
    this.#history?.close()
  }

  /** Looks at the log anew, as it is. */
  #open(isCutBack = false): void {
    const t = this.#t
    const broker = this.#machine.open(t.clock.process(), false)
    const tasks = ['lines', 'counts'].flatMap((subtopology) =>
      Array.from({ length: PARTITIONS }, (_, partition): TaskName => {
        return { application: 'test', topology: 'counting', subtopology, partition }
      }),
    )
    this.#broker = broker
    this.#history?.close()
    this.#history = new History({
      ...{ broker, tasks, isCutBack },
      disks: () => t.disks,
      input: lines.name,
      store: 'counts',
      output: counted.name,
      partitions: PARTITIONS,
    })
    this.#sender.watch(broker)
  }

  #beginSender(): void {
    this.#senderClock?.kill()
    const clock = this.#t.clock.process()
    this.#senderClock = clock
    this.#sender.begin(this.#openFor({ id: SENDER, clock }), clock)
  }

  /** Of all processes nothing is left, of the log what was flushed. */
  #losePower(): string {
    for (const id of this.#alive) if (this.#t.isAlive(id)) this.#t.kill(id)
    this.#alive.clear()
    this.#paused.clear()
    this.#machine.losePower()
    this.#answers.clear()
    this.#open(true)
    this.#beginSender()
    return 'the power fails'
  }

  get #t(): Testkit {
    if (this.#kit === null) throw new Error('the cluster was begun')
    return this.#kit
  }

  get #keys(): Keys {
    if (this.#broker === null) throw new Error('the log was opened')
    return this.#broker.keys
  }

  #look(): void {
    const found = [...(this.#history?.violations(this.#words) ?? []), ...this.#sender.violations()]
    if (found.length > 0) throw new Violation(found, this.#trace)
  }

  async #act(): Promise<string> {
    const t = this.#t
    const roll = this.#below(37)
    const [awake] = this.#pick([...this.#alive].filter((id) => !this.#paused.has(id)))
    if (roll < 6) return this.#send()
    if (roll < 10) return this.#run()
    if (roll < 13) {
      const ms = this.#below(15_000)
      await t.advance(ms)
      return `${ms} ms pass`
    }
    if (roll === 13 && awake !== undefined) {
      this.#alive.delete(awake)
      t.kill(awake)
      return `${awake} is killed`
    }
    if (roll === 14 && awake !== undefined) {
      this.#alive.delete(awake)
      const isOver = await ended(t.stop(awake))
      // It waits for others to copy what it runs, or for weather to pass: it is given time for the former.
      if (!isOver) await t.advance(HAND_OVER_MS)
      if (!isOver && t.isAlive(awake)) t.kill(awake)
      return `${awake} is stopped${isOver ? '' : ', late or killed'}`
    }
    if (roll === 15 && awake !== undefined) {
      this.#paused.add(awake)
      t.pause(awake)
      return `${awake} is paused`
    }
    if (roll === 16) {
      const [id] = this.#pick([...this.#paused])
      if (id === undefined) return this.#run()
      this.#paused.delete(id)
      t.resume(id)
      return `${id} goes on`
    }
    if (roll === 17) {
      await t.jump('1h')
      return 'the clock jumps an hour'
    }
    if (roll === 18) return this.#setClock()
    if (roll >= 20 && roll < 23) return this.#wish()
    if (roll >= 23 && roll < 26) return this.#turnWeather()
    if (roll >= 26 && roll < 28) return this.#stall()
    if (roll >= 28 && roll < 30) return this.#order(awake)
    if (roll >= 30 && roll < 33) return this.#ask(awake)
    if (roll === 33) return this.#deafen()
    if (roll === 34) {
      this.#beginSender()
      return 'the sender is killed, and another begins'
    }
    if (roll === 35) return this.#losePower()
    if (roll === 36) {
      this.#machine.flushMs = this.#below(2) * this.#below(FLUSH_MS)
      return `a flush takes up to ${this.#machine.flushMs} ms`
    }
    const [dead] = this.#pick(HOSTS.filter((id) => !this.#alive.has(id)))
    if (dead === undefined) return this.#run()
    const isNext = this.#isUpgraded && this.#below(2) === 0
    await this.#start(dead, isNext)
    return `${dead} starts${this.#upgraded.has(dead) ? ' with the next program' : ''}`
  }

  #setClock(): string {
    const ms = this.#below(7_200_000) - 3_600_000
    this.#t.clock.shift(ms)
    return `the wall clock is set by ${ms} ms`
  }

  #turnWeather(): string {
    const isCalm = this.#below(3) === 0
    const of = (most: number): number => this.#below(most + 1)
    this.#weather.gale = isCalm ? CALM : { late: of(40), failed: of(15), unanswered: of(15) }
    return `the weather is ${JSON.stringify(this.#weather.gale)}`
  }

  #stall(): string {
    const [id = ''] = this.#pick(HOSTS)
    const ms = this.#below(25_000)
    this.#weather.stall(id, this.#t.clock.monotonic() + ms)
    return `the broker stands still for ${id}, ${ms} ms`
  }

  #deafen(): string {
    const [id = ''] = this.#pick(HOSTS)
    this.#weather.deafen(id)
    return `${id} hears of no change any more`
  }

  async #order(host: string | undefined): Promise<string> {
    const orders: TaskOrder[] = ['pause', 'resume', 'restart', 'quarantine', 'reset', 'skip']
    const order = orders[this.#below(orders.length)] ?? 'restart'
    const task = this.#anyTask()
    if (host === undefined) return this.#run()
    const isHeard = await ended(this.#t.orderTask(task, order, host)).catch((thrown: unknown) => {
      if (!isMillraceError(thrown, 'TASK_UNKNOWN')) throw thrown
      return false
    })
    return `${host} is to ${order} ${task}${isHeard ? '' : ', and does not say whether it did'}`
  }

  /** What is committed when it is asked for is in the answer, and an answer after another is no older. */
  async #ask(host: string | undefined): Promise<string> {
    const [word = ''] = this.#pick(WORDS)
    const isBound = this.#below(2) === 0
    const before = isBound ? this.#answers.get(word) : undefined
    const bound = before === undefined ? { maxAge: 0 } : { atLeast: before.positions }
    if (host === undefined) return this.#run()
    const committed = this.#history?.updates.totals.get(word) ?? 0
    const answer = await answered(async () =>
      this.#t.store<string, number>('counts', host).read(word, bound),
    )
    if (answer === null) return `${host} has no answer for '${word}'`
    const { value = 0, positions } = answer
    const least = before?.value ?? committed
    if (value < least || value > (this.#sent.get(word) ?? 0)) {
      throw new Violation(
        [`${host} answers ${value} '${word}' of ${this.#sent.get(word)}, and ${least} were there`],
        this.#trace,
      )
    }
    this.#answers.set(word, { value, positions })
    return `${host} answers ${value} '${word}'`
  }

  #anyTask(): string {
    return `counting/${this.#below(2) === 0 ? 'lines' : 'counts'}/${this.#below(PARTITIONS)}`
  }

  /** Once the next program is active the one before is refused: then it is the next. */
  async #start(id: string, isNext: boolean): Promise<void> {
    this.#alive.add(id)
    this.#upgraded.delete(id)
    if (isNext) this.#upgraded.add(id)
    try {
      await ended(this.#t.start(id, [isNext ? next : counting]))
    } catch (thrown) {
      if (isNext || !isMillraceError(thrown, 'PLAN_INCOMPATIBLE')) throw thrown
      await this.#start(id, true)
    }
  }

  async #replace(id: string): Promise<void> {
    await this.#t.advance('1m')
    // Refused by now, where it ran the program before, it has ended.
    if (this.#t.isAlive(id)) await ended(this.#t.stop(id))
    if (this.#t.isAlive(id)) this.#t.kill(id)
    await this.#start(id, true)
    this.#trace.push(`${id} is replaced`)
  }

  async #wish(): Promise<string> {
    const what = this.#below(4)
    const [host = ''] = this.#pick(HOSTS)
    const task = this.#anyTask()
    await this.#change((wishes) => {
      const turned = (mark: 'draining' | 'fenced') =>
        marking(mark, host, !wishes[mark].includes(host))(wishes)
      if (what === 0) return turned('draining')
      if (what === 1) return turned('fenced')
      return what === 2 ? freezing(!wishes.isFrozen)(wishes) : pinning(task, host)(wishes)
    })
    return `it is wished: ${JSON.stringify(this.#wishes)}`
  }

  async #change(change: (wishes: Wishes) => Wishes): Promise<void> {
    this.#wishes = await changeWishes(this.#keys, 'test', change)
  }

  #send(): string {
    const count = 1 + this.#below(8)
    const words = Array.from({ length: count }, () => WORDS[this.#below(WORDS.length)] ?? '')
    for (const word of words) this.#sent.set(word, (this.#sent.get(word) ?? 0) + 1)
    this.#words += count
    this.#sender.send(words.join(' '))
    return `'${words.join(' ')}' is sent`
  }

  /** Some of what could run does, one thing at a time. */
  async #run(): Promise<string> {
    const most = 1 + this.#below(60)
    let ran = 0
    while (ran < most && this.#t.clock.runOne()) {
      ran++
      await new Promise((resolve) => setImmediate(resolve))
    }
    return `${ran} things happen`
  }

  #pick(ids: readonly string[]): readonly string[] {
    const id = ids[this.#below(Math.max(1, ids.length))]
    return id === undefined ? [] : [id]
  }

  #below(bound: number): number {
    return Math.floor(this.#random.next() * bound)
  }
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((a, b) => a + b, 0)

/** Null where nobody could answer now. */
async function answered(ask: () => Promise<Read<number>>): Promise<Read<number> | null> {
  try {
    return await ask()
  } catch (thrown) {
    const { code = '', retry = 'never' } = isMillraceError(thrown) ? thrown : {}
    if (retry === 'soon' || ['TEST_STUCK', 'STORE_UNKNOWN'].includes(code)) return null
    throw thrown
  }
}

/** False when it waits for others that are away, until time goes on, or met weather. */
async function ended(promise: Promise<void>): Promise<boolean> {
  try {
    await promise
    return true
  } catch (thrown) {
    if (isMillraceError(thrown) && (thrown.code === 'TEST_STUCK' || thrown.retry === 'soon')) {
      return false
    }
    throw thrown
  }
}
