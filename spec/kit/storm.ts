// A storm over a group of host processes that count words under a steady load: a seeded list of what
// happens to real clusters, one after another. How far each is left to recover before the next one
// comes is decided by what was written by then, never by the clock.

import type { Random } from '#protocols/core/clock'
import { frozen } from './frozen.ts'
import { NEVER_MS } from './host-group.ts'
import type { HostProcess } from './host-process.ts'
import { within } from './within.ts'
import type { WordGroup } from './word-group.ts'

export type Disturbance = 'kill' | 'freeze' | 'roll' | 'scale' | 'broker'

export interface StormPorts {
  readonly group: WordGroup
  readonly random: Random
  /** The ids of all hosts there will be; the first of them is never stopped for good. */
  readonly ids: readonly string[]
  /** Tasks the group has in all. */
  readonly tasks: number
  host(id: string): HostProcess
  /** Kills the broker and starts it again, where it is a process. */
  broker?(): Promise<void>
}

/** Lines that come together, and words that may wait to be counted before no more come. */
const LINES = 20
const AHEAD_MAX = 4_000
const BETWEEN_MS = 15
/** Words that must be counted between two disturbances, at most. */
const CALM_MAX = 3_000

export class Storm {
  readonly #ports: StormPorts
  readonly #hosts = new Map<string, HostProcess>()
  readonly #said: string[] = []
  #isFed = true
  #feeding: Promise<void> = Promise.resolve()

  constructor(ports: StormPorts) {
    this.#ports = ports
  }

  /** From one host to all of them, through everything on the list, and back to one, which goes as well. */
  async over(list: readonly Disturbance[]): Promise<void> {
    const [first = '', ...others] = this.#ports.ids
    try {
      await this.#start(first)
      this.#feeding = this.#feed()
      await this.#pass('one works', 500)
      await Promise.all(others.map((id) => this.#start(id)))
      for (const what of list) {
        await this.#calm()
        await this.#suffer(what)
      }
      await this.#whole()
      await Promise.all(others.map((id) => this.#stop(id)))
      await this.#pass('the last one works', 500)
      this.#isFed = false
      await this.#feeding
      const { lines, updates } = this.#ports.group
      await this.#reach('everything is counted', lines.words)
      this.#say(`${updates.count} of ${lines.words} words`)
    } catch (error) {
      throw new Error(`${error}\n${this.report()}`)
    } finally {
      this.#isFed = false
    }
  }

  /** Ends what still runs. */
  async end(): Promise<void> {
    for (const id of this.#hosts.keys()) await this.#stop(id)
  }

  kill(): void {
    for (const { child } of this.#hosts.values()) child.kill('SIGKILL')
  }

  /** What was done, and what the hosts had to say in the end. */
  report(): string {
    const logs = [...this.#hosts].flatMap(([id, { log }]) =>
      log.slice(-15).map((line) => `${id}: ${line}`),
    )
    return [...this.#said, ...logs].join('\n')
  }

  #suffer(what: Disturbance): Promise<void> {
    this.#say(what)
    switch (what) {
      case 'kill':
        return this.#kill(this.#any())
      case 'freeze':
        return this.#freeze(this.#any())
      case 'roll':
        return this.#roll()
      case 'scale':
        return this.#scale()
      case 'broker':
        return this.#ports.broker?.() ?? Promise.resolve()
    }
  }

  async #kill(id: string): Promise<void> {
    this.#say(`  kill ${id}`)
    await this.#hosts.get(id)?.signal('SIGKILL')
    // Sometimes the others take over first, and sometimes it is back before they know.
    if (this.#ports.random.next() < 0.5) await this.#pass('the others work', 300)
    await this.#start(id)
  }

  /**
   * Stands still for longer than its membership lasts. One that holds the log's write lock keeps the
   * others from writing too: then everybody's membership is over, and they come back together.
   */
  async #freeze(id: string): Promise<void> {
    const { group } = this.#ports
    const { child } = this.#host(id)
    child.kill('SIGSTOP')
    await within(NEVER_MS, `${id} stands still`, frozen(child.pid ?? 0))
    const isForgotten = async (): Promise<boolean> =>
      (await group.members()).every((member) => member.id !== id)
    await within(NEVER_MS, `${id} is given up`, group.watched(isForgotten))
    this.#say(`  freeze ${id}: left ${(await group.members()).map((it) => it.id).join(' ')}`)
    child.kill('SIGCONT')
  }

  async #roll(): Promise<void> {
    for (const id of this.#ports.ids) {
      await this.#stop(id)
      await this.#start(id)
    }
  }

  async #scale(): Promise<void> {
    const [, ...others] = this.#ports.ids
    await this.#whole()
    await Promise.all(others.map((id) => this.#stop(id)))
    await this.#pass('one works for all', 500)
    await Promise.all(others.map((id) => this.#start(id)))
  }

  // ---- hosts ------------------------------------------------------------------------------------

  async #start(id: string): Promise<void> {
    const host = this.#ports.host(id)
    this.#hosts.set(id, host)
    await host.ready()
  }

  async #stop(id: string): Promise<void> {
    const host = this.#host(id)
    await host.signal('SIGTERM')
    const code = await host.exit
    if (code !== 0) throw new Error(`${id} ended with ${code}`)
    this.#hosts.delete(id)
  }

  #host(id: string): HostProcess {
    const host = this.#hosts.get(id)
    if (host === undefined) throw new Error(`${id} does not run`)
    return host
  }

  #any(): string {
    const { ids, random } = this.#ports
    return ids[Math.floor(random.next() * ids.length)] ?? ''
  }

  // ---- the load ---------------------------------------------------------------------------------

  async #feed(): Promise<void> {
    const { group } = this.#ports
    while (this.#isFed) {
      group.updates.read()
      if (group.lines.words - group.updates.count < AHEAD_MAX) await group.feed(LINES)
      await new Promise((resolve) => {
        setTimeout(resolve, BETWEEN_MS)
      })
    }
  }

  /** Until some more was counted: now and then until everything is well again. */
  async #calm(): Promise<void> {
    const { random } = this.#ports
    if (random.next() < 0.5) await this.#whole()
    await this.#pass('work goes on', Math.floor(random.next() * CALM_MAX))
  }

  /** Every host is a member, and holds what it was granted. */
  async #whole(): Promise<void> {
    const { group, ids, tasks } = this.#ports
    await group.until(
      `${ids.length} hosts hold ${tasks} tasks`,
      (placed, members) => members.length === ids.length && placed.size === tasks,
    )
    this.#say('  whole')
  }

  #pass(what: string, words: number): Promise<void> {
    return this.#reach(what, this.#ports.group.updates.count + words)
  }

  async #reach(what: string, count: number): Promise<void> {
    const { updates } = this.#ports.group
    await within(NEVER_MS, `${what}: ${count} words are counted`, updates.until(count))
  }

  #say(what: string): void {
    this.#said.push(`${new Date().toISOString().slice(17, 23)} ${what}`)
    if (process.env['STORM'] !== undefined) process.stderr.write(`${this.#said.at(-1)}\n`)
  }
}

/** The same list for a seed: each of `kinds` once, in some order. */
export function shuffled<T>(kinds: readonly T[], random: Random): T[] {
  const list = [...kinds]
  for (let n = list.length - 1; n > 0; n--) {
    const other = Math.floor(random.next() * (n + 1))
    const [a, b] = [list[n] as T, list[other] as T] // both are within
    list[n] = b
    list[other] = a
  }
  return list
}
