// What lies between a host and its broker: calls that take their time, fail before they reach it or lose
// the answer, watches that tell late, twice or nothing any more, questions that are lost, answered in vain or
// asked twice, and a broker that stands still for one host. All of it is what the broker port allows, so that
// whoever keeps to the port must bear it: a commit is never answered "unknown". One thing is worse than the
// port: a host whose watches are deaf stays so until its process ends, whatever the sky. What hosts do by their
// watches they must do by looking, too.
//
// Everything waits on the clock of its host: with a host that is killed or paused, what it waits for is.

import type {
  Append,
  Broker,
  Bus,
  Keys,
  Producer,
  Reader,
  TaskSession,
} from '#protocols/broker/broker'
import { requestTimeout } from '#protocols/broker/errors'
import type { Offset } from '#protocols/core/brands'
import type { Clock, Random } from '#protocols/core/clock'
import { MillraceError } from '#protocols/core/errors'

/** Of 100 calls, how many are hit, by what may hit them. */
export interface Gale {
  readonly late: number
  readonly failed: number
  readonly unanswered: number
}

export const CALM: Gale = { late: 0, failed: 0, unanswered: 0 }
const LATE_MS = 4000

export interface Place {
  readonly id: string
  readonly clock: Clock
}

export class Weather {
  gale = CALM
  readonly #random: Random
  /** Until when the broker stands still, by host, on the monotonic clock. */
  readonly #stalls = new Map<string, number>()
  /** Processes whose watches tell nothing any more, by their clocks. */
  readonly #deaf = new Set<Clock>()
  /** By host, the newest. */
  readonly #processes = new Map<string, Clock>()

  constructor(random: Random) {
    this.#random = random
  }

  stall(host: string, untilMs: number): void {
    this.#stalls.set(host, untilMs)
  }

  /** The process that a host is now hears of no change any more. */
  deafen(host: string): void {
    const process = this.#processes.get(host)
    if (process !== undefined) this.#deaf.add(process)
  }

  /** What is deaf stays it. */
  clear(): void {
    this.gale = CALM
    this.#stalls.clear()
  }

  /** The broker as the host sees it. */
  over(broker: Broker, place: Place): Broker {
    const call = this.#caller(place)
    this.#processes.set(place.id, place.clock)
    const stored = new WeakMap<Append, Offset>()
    return {
      topics: {
        ensure: (spec) => call(() => broker.topics.ensure(spec)),
        describe: (name) => call(() => broker.topics.describe(name)),
        list: () => call(() => broker.topics.list()),
        drop: (name) => call(() => broker.topics.drop(name)),
        grow: (name, partitions) => call(() => broker.topics.grow(name, partitions)),
        offsetAt: (at, timeMs) => call(() => broker.topics.offsetAt(at, timeMs)),
      },
      keys: this.#keys(broker.keys, place, call),
      bus: this.#bus(broker.bus, place),
      snapshots: broker.snapshots,
      producer: () => this.#producer(broker.producer(), stored, call),
      reader: (at, from, onData) =>
        this.#reader(place, onData, (ring) => broker.reader(at, from, ring)),
      commits: (task, from, onData) =>
        this.#reader(place, onData, (ring) => broker.commits(task, from, ring)),
      claim: async (task) => this.#session(await call(() => broker.claim(task)), place, call),
      close: () => broker.close(),
    }
  }

  #keys(keys: Keys, place: Place, call: Caller): Keys {
    return {
      get: (key) => call(() => keys.get(key)),
      put: (key, value, options) => call(() => keys.put(key, value, options)),
      remove: (key, expect) => call(() => keys.remove(key, expect)),
      list: (prefix) => call(() => keys.list(prefix)),
      watch: (prefix, onChange) => {
        let isOver = false
        const tell = (): void => {
          if (!isOver && !this.#deaf.has(place.clock)) onChange()
        }
        const stop = keys.watch(prefix, () => {
          for (const waitMs of this.#tellings(place)) later(place.clock, waitMs, tell)
        })
        return () => {
          isOver = true
          stop()
        }
      },
    }
  }

  /** How long each telling of one change waits, ms. */
  #tellings(place: Place): number[] {
    const first = Math.max(this.#stalledMs(place), this.#lateMs())
    return this.#hits(this.gale.unanswered) ? [first, first + this.#below(LATE_MS)] : [first]
  }

  #bus(bus: Bus, place: Place): Bus {
    return {
      serve: (subject, answer) => bus.serve(subject, answer),
      subjects: (prefix) => bus.subjects(prefix),
      request: async (subject, body, timeoutMs) => {
        const waitMs = Math.max(this.#stalledMs(place), this.#lateMs())
        const isLost = waitMs >= timeoutMs || this.#hits(this.gale.failed)
        await pause(place.clock, isLost ? timeoutMs : waitMs)
        if (isLost) throw requestTimeout(subject, timeoutMs)
        const ask = () => bus.request(subject, body, timeoutMs - waitMs)
        if (this.#hits(this.gale.unanswered)) ask().catch(() => {}) // asked twice, heard once
        const answer = await ask()
        if (!this.#hits(this.gale.unanswered)) return answer
        await pause(place.clock, timeoutMs)
        throw requestTimeout(subject, timeoutMs)
      },
    }
  }

  /** It has nothing at hand while the broker stands still, and rings when that is over. */
  #reader(place: Place, onData: () => void, open: (onData: () => void) => Reader): Reader {
    let isOver = false
    const ring = (): void => {
      if (!isOver) onData()
    }
    const reader = open(() => later(place.clock, this.#lateMs(), ring))
    return {
      get position() {
        return reader.position
      },
      take: (bytesMax) => {
        const waitMs = this.#stalledMs(place)
        if (waitMs === 0) return reader.take(bytesMax)
        later(place.clock, waitMs, ring)
        return []
      },
      end: () => reader.end(),
      behind: (from) => reader.behind(from),
      seek: (to) => reader.seek(to),
      close: () => {
        isOver = true
        reader.close()
      },
    }
  }

  /** A refusal may leave some of it stored; what is given again as the same objects is stored once. */
  #producer(producer: Producer, stored: WeakMap<Append, Offset>, call: Caller): Producer {
    const store = async (appends: readonly Append[]): Promise<void> => {
      const left = appends.filter((append) => !stored.has(append))
      const part = this.#hits(this.gale.failed) ? left.slice(0, this.#below(left.length)) : left
      const bases = await producer.append(part)
      part.forEach((append, n) => void stored.set(append, bases[n] as Offset)) // one for each
      if (part.length < left.length) throw away('some of it was stored')
    }
    return {
      append: async (appends) => {
        await call(() => store(appends))
        return appends.map((append) => stored.get(append) as Offset) // all of them are stored by now
      },
    }
  }

  #session(session: TaskSession, place: Place, call: Caller): TaskSession {
    return {
      epoch: session.epoch,
      get head() {
        return session.head
      },
      positions: session.positions,
      meta: session.meta,
      commit: (transaction) => call(() => session.commit(transaction), 'known'),
      restore: (from, onData) => this.#reader(place, onData, (ring) => session.restore(from, ring)),
      close: () => session.close(),
    }
  }

  #caller(place: Place): Caller {
    return async (call, outcome = 'unknown') => {
      await pause(place.clock, Math.max(this.#stalledMs(place), this.#lateMs()))
      if (this.#hits(this.gale.failed)) throw away('the call did not reach the broker')
      const answer = await call()
      await pause(place.clock, this.#lateMs())
      if (outcome === 'unknown' && this.#hits(this.gale.unanswered)) {
        throw away('the answer did not come back')
      }
      return answer
    }
  }

  #stalledMs({ id, clock }: Place): number {
    return Math.max(0, (this.#stalls.get(id) ?? 0) - clock.monotonic())
  }

  #lateMs(): number {
    return this.#hits(this.gale.late) ? this.#below(LATE_MS) : 0
  }

  #hits(ofHundred: number): boolean {
    return ofHundred > 0 && this.#below(100) < ofHundred
  }

  #below(bound: number): number {
    return Math.floor(this.#random.next() * bound)
  }
}

/** @param outcome `known`: what became of the call is told in the end */
type Caller = <T>(call: () => Promise<T>, outcome?: 'known' | 'unknown') => Promise<T>

const later = (clock: Clock, waitMs: number, run: () => void): void => {
  if (waitMs === 0) run()
  else clock.after(waitMs, run)
}

export const pause = (clock: Clock, waitMs: number): Promise<void> | undefined =>
  waitMs === 0 ? undefined : new Promise((resolve) => void clock.after(waitMs, resolve))

const away = (what: string): MillraceError =>
  new MillraceError({ code: 'BROKER_AWAY', what, retry: 'soon' })
