// A whole cluster in one process under one seed: hosts that count words, are killed, stopped, paused
// and started, drained and fenced, and their tasks pinned and frozen, while lines come and time passes.
// After each step its history is looked at; in the end everybody comes back, nothing is wished any
// more, and what was sent must have been counted once. Hosts may be upgraded meanwhile: who starts again
// runs the next program or the one before, and in the end all run the next.
//
// The same seed and steps give the same run. `make sim SEED=... STEPS=...` runs one.

import { serde, type TopologyBuilder, topic, topology } from 'millrace'
import { type Testkit, type TestkitOptions, testkit } from 'millrace/testkit'
import type { TaskName } from '#protocols/broker/broker'
import { isMillraceError } from '#protocols/core/errors'
import { NOTHING_WISHED, type Wishes } from '#protocols/messages/membership'
import { changeWishes } from '#runtime/process/group-look'
import { freezing, marking, pinning } from '#runtime/process/wishes'
import { seededRandom } from '#runtime/testkit/seeded-random'
import { History } from './history.ts'

export interface Simulation {
  readonly seed: number
  readonly steps: number
  /** What differs from a host as it is: faults, unsafe variants. */
  readonly options?: Pick<TestkitOptions, 'broker' | 'guarantee' | 'sealIntervalMs'> | undefined
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
const HOSTS = ['host-1', 'host-2', 'host-3']
const WORDS = ['river', 'mill', 'wheel', 'stone', 'flour']
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
  const cluster = new Cluster(seed, say, isUpgraded)
  const t = await testkit(counting, {
    seed,
    partitions: PARTITIONS,
    ...options,
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
  #words = 0
  #wishes = NOTHING_WISHED
  #kit: Testkit | null = null
  #history: History | null = null

  constructor(seed: number, say: (line: string) => void, isUpgraded: boolean) {
    this.#random = seededRandom(seed)
    this.#say = say
    this.#isUpgraded = isUpgraded
  }

  begin(t: Testkit): void {
    this.#kit = t
    const tasks = ['lines', 'counts'].flatMap((subtopology) =>
      Array.from({ length: PARTITIONS }, (_, partition): TaskName => {
        return { application: 'test', topology: 'counting', subtopology, partition }
      }),
    )
    this.#history = new History(t.broker, tasks, counted.name, PARTITIONS)
  }

  async step(number: number): Promise<void> {
    const what = await this.#act()
    this.#trace.push(`${number}: ${what}`)
    this.#say(`${number}: ${what}`)
    this.#look()
  }

  /** Everybody comes back and time passes: then all is counted, by one owner for each task. */
  async heal(): Promise<number> {
    const t = this.#t
    for (const id of this.#paused) t.resume(id)
    this.#paused.clear()
    await this.#change(() => NOTHING_WISHED)
    for (const id of HOSTS) if (!this.#alive.has(id)) await this.#start(id, this.#isUpgraded)
    for (const id of HOSTS) if (this.#isUpgraded && !this.#upgraded.has(id)) await this.#replace(id)
    await t.advance('10m')
    this.#trace.push('everybody is back')
    this.#look()
    const wrong: string[] = []
    const totals = this.#history?.updates.totals ?? new Map<string, number>()
    for (const [word, sent] of this.#sent) {
      const found = totals.get(word) ?? 0
      if (found !== sent) wrong.push(`'${word}' was sent ${sent} times and counted ${found} times`)
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
    return this.#words
  }

  end(): void {
    this.#history?.close()
  }

  get #t(): Testkit {
    if (this.#kit === null) throw new Error('the cluster was begun')
    return this.#kit
  }

  #look(): void {
    const found = this.#history?.violations(this.#words) ?? []
    if (found.length > 0) throw new Violation(found, this.#trace)
  }

  async #act(): Promise<string> {
    const t = this.#t
    const roll = this.#below(23)
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
      // It waits for what only time brings: it is not given that.
      if (!isOver) t.kill(awake)
      return `${awake} is stopped${isOver ? '' : ' and killed'}`
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
    if (roll > 19) return this.#wish()
    const [dead] = this.#pick(HOSTS.filter((id) => !this.#alive.has(id)))
    if (dead === undefined) return this.#run()
    const isNext = this.#isUpgraded && this.#below(2) === 0
    await this.#start(dead, isNext)
    return `${dead} starts${this.#upgraded.has(dead) ? ' with the next program' : ''}`
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
      this.#t.kill(id)
      await this.#start(id, true)
    }
  }

  async #replace(id: string): Promise<void> {
    await this.#t.advance('1m')
    if (!(await ended(this.#t.stop(id)))) this.#t.kill(id)
    await this.#start(id, true)
    this.#trace.push(`${id} is replaced`)
  }

  async #wish(): Promise<string> {
    const what = this.#below(4)
    const [host = ''] = this.#pick(HOSTS)
    const task = `counting/${this.#below(2) === 0 ? 'lines' : 'counts'}/${this.#below(PARTITIONS)}`
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
    this.#wishes = await changeWishes(this.#t.broker.keys, 'test', change)
  }

  #send(): string {
    const count = 1 + this.#below(8)
    const words = Array.from({ length: count }, () => WORDS[this.#below(WORDS.length)] ?? '')
    for (const word of words) this.#sent.set(word, (this.#sent.get(word) ?? 0) + 1)
    this.#words += count
    this.#t.topic(lines).send({ key: null, value: words.join(' ') })
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

/** False when it waits for others that are away: then it goes on when time does. */
async function ended(promise: Promise<void>): Promise<boolean> {
  try {
    await promise
    return true
  } catch (thrown) {
    if (isMillraceError(thrown, 'TEST_STUCK')) return false
    throw thrown
  }
}
