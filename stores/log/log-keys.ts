// The coordination map. Every write, by whomever, raises one counter; a key carries the counter's
// value of its last write as its revision. A key past its time is absent from that moment on, for
// every reader; its bytes are swept later. Keys are few, so they are written where a log is full too: a
// host whose log is full stays a member, and can be asked what is wrong.
//
//   log.keys    key (UTF-8) -> revision(8) expires(8, 0: never) value

import type { KeyEntry, Keys, PutOptions } from '#protocols/broker/broker'
import { keyConflict } from '#protocols/broker/errors'
import { afterPrefix, fromUtf8, utf8 } from '#protocols/core/bytes'
import type { Cancel, Clock } from '#protocols/core/clock'
import type { Engine } from '../engine/engine.ts'
import type { Arrivals } from './arrivals.ts'
import { decodeNumber, encodeNumber, increment, type LogTables } from './layout.ts'

const REVISION = utf8('keys.revision')
const HEAD_BYTES = 16
const SWEEP_MAX = 1_000

export interface KeysPorts {
  readonly engine: Engine
  readonly clock: Clock
  readonly tables: LogTables
  readonly arrivals: Arrivals
}

interface LiveEntry extends KeyEntry {
  readonly key: string
  /** Wall time, ms; 0 when never. */
  readonly expires: number
}

export class LogKeys implements Keys {
  readonly #ports: KeysPorts

  constructor(ports: KeysPorts) {
    this.#ports = ports
  }

  async get(key: string): Promise<KeyEntry | null> {
    this.#ports.engine.refresh()
    const found = this.#live(key)
    return found === null ? null : { value: found.value, revision: found.revision }
  }

  async put(key: string, value: Uint8Array, options: PutOptions = {}): Promise<number> {
    const { clock, tables } = this.#ports
    const { expect = 'any', ttlMs, isTransient } = options
    const write = (): number => {
      this.#check(key, expect)
      const written = increment(tables.facts, REVISION)
      const expires = ttlMs === undefined ? 0 : clock.now() + ttlMs
      const head = Buffer.concat([encodeNumber(written), encodeNumber(expires), value])
      tables.keys.put(utf8(key), head)
      return written
    }
    return this.#write(write, isTransient)
  }

  async remove(key: string, expect?: number): Promise<void> {
    const { tables } = this.#ports
    const remove = (): void => {
      this.#check(key, expect ?? 'any')
      if (tables.keys.delete(utf8(key))) increment(tables.facts, REVISION)
    }
    await this.#write(remove)
  }

  async list(prefix: string): Promise<ReadonlyMap<string, KeyEntry>> {
    this.#ports.engine.refresh()
    const found = new Map<string, KeyEntry>()
    for (const { key, value, revision } of this.#entries(prefix))
      found.set(key, { value, revision })
    return found
  }

  watch(prefix: string, onChange: () => void): () => void {
    const view = {
      revision: () => decodeNumber(this.#ports.tables.facts.get(REVISION)),
      entries: () => this.#entries(prefix),
    }
    return new Watch(this.#ports, view, onChange).stop
  }

  /** Removes keys whose time is over, some at a time. Answers how many. */
  sweep(): Promise<number> {
    const { engine, clock, tables } = this.#ports
    return engine.commit(
      () => {
        const over: Uint8Array[] = []
        for (const { key, value } of tables.keys.range()) {
          const expires = decodeNumber(value, 8)
          if (expires !== 0 && expires <= clock.now()) over.push(key)
          if (over.length === SWEEP_MAX) break
        }
        for (const key of over) tables.keys.delete(key)
        return over.length
      },
      { passesLimit: true },
    )
  }

  /** Others are told when they can see it: nobody waits for the disk of somebody else. */
  #write<T>(body: () => T, isTransient = false): Promise<T> {
    const { engine, arrivals } = this.#ports
    const onVisible = (): void => arrivals.announceOther()
    return engine.commit(body, { passesLimit: true, isTransient, onVisible })
  }

  #check(key: string, expect: number | 'absent' | 'any'): void {
    if (expect === 'any') return
    const found = this.#live(key)?.revision ?? 'absent'
    if (found !== expect) throw keyConflict(key, String(expect), String(found))
  }

  #live(key: string): LiveEntry | null {
    const bytes = this.#ports.tables.keys.get(utf8(key))
    if (bytes === undefined) return null
    const entry = decodeEntry(key, bytes)
    return isOver(entry, this.#ports.clock.now()) ? null : entry
  }

  *#entries(prefix: string): Iterable<LiveEntry> {
    const now = this.#ports.clock.now()
    const from = utf8(prefix)
    for (const { key, value } of this.#ports.tables.keys.range({ from, to: afterPrefix(from) })) {
      const entry = decodeEntry(fromUtf8(key), value)
      if (!isOver(entry, now)) yield entry
    }
  }
}

/** What a watch looks at. */
interface WatchedKeys {
  /** The counter that every write raises. */
  revision(): number
  entries(): Iterable<LiveEntry>
}

/**
 * Compares what is under a prefix with what was, whenever something rings or a key's time is over. Most
 * rings are about records: then the counter alone is read.
 */
class Watch {
  readonly stop: () => void
  readonly #clock: Clock
  readonly #keys: WatchedKeys
  readonly #onChange: () => void
  #seen: string
  #revision = -1
  /** When the next key goes, wall time. */
  #nextMs = Number.POSITIVE_INFINITY
  #timer: Cancel | null = null
  #isStopped = false

  constructor(ports: KeysPorts, keys: WatchedKeys, onChange: () => void) {
    this.#clock = ports.clock
    this.#keys = keys
    this.#onChange = onChange
    ports.engine.refresh()
    this.#seen = this.#look()
    const forget = ports.arrivals.watch(() => this.#compare())
    this.stop = () => {
      this.#isStopped = true
      forget()
      this.#timer?.()
    }
  }

  #compare(): void {
    if (this.#isStopped) return
    if (this.#keys.revision() === this.#revision && this.#clock.now() < this.#nextMs) return
    const seen = this.#look()
    if (seen === this.#seen) return
    this.#seen = seen
    this.#clock.defer(() => {
      if (!this.#isStopped) this.#onChange()
    })
  }

  /** What is there, as a string to compare; sets the timer for the next key to go. */
  #look(): string {
    let next = Number.POSITIVE_INFINITY
    let seen = ''
    this.#revision = this.#keys.revision()
    for (const { key, revision, expires } of this.#keys.entries()) {
      seen += `${revision} ${key}\n`
      if (expires !== 0) next = Math.min(next, expires)
    }
    this.#nextMs = next
    this.#timer?.()
    this.#timer = null
    if (next !== Number.POSITIVE_INFINITY) {
      const delayMs = Math.max(1, next - this.#clock.now())
      this.#timer = this.#clock.after(delayMs, () => this.#compare())
    }
    return seen
  }
}

const isOver = ({ expires }: LiveEntry, now: number): boolean => expires !== 0 && expires <= now

const decodeEntry = (key: string, bytes: Uint8Array): LiveEntry => ({
  key,
  revision: decodeNumber(bytes, 0),
  expires: decodeNumber(bytes, 8),
  value: bytes.slice(HEAD_BYTES),
})
