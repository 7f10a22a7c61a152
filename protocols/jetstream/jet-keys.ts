// The coordination map of the port, over the map in NATS (key-map.ts), which also holds what this folder
// itself must remember: so every key of the port begins with `u:` there.

import type { KeyEntry, Keys, PutOptions } from '../broker/broker.ts'
import { keyConflict } from '../broker/errors.ts'
import type { Cancel, Clock } from '../core/clock.ts'
import { type KeyMap, KeyTaken } from './key-map.ts'

const OWN = 'u:'

export class JetKeys implements Keys {
  readonly #map: KeyMap
  readonly #clock: Clock

  constructor(map: KeyMap, clock: Clock) {
    this.#map = map
    this.#clock = clock
  }

  async get(key: string): Promise<KeyEntry | null> {
    await this.#map.fresh()
    const row = this.#map.get(OWN + key)
    return row === null ? null : { value: row.value, revision: row.revision }
  }

  async put(key: string, value: Uint8Array, options: PutOptions = {}): Promise<number> {
    const { expect = 'any', ttlMs = 0 } = options
    return conflicts(key, expect, () => this.#map.put(OWN + key, value, expect, ttlMs))
  }

  async remove(key: string, expect?: number): Promise<void> {
    const expected = expect ?? 'any'
    await conflicts(key, expected, () => this.#map.remove(OWN + key, expected))
  }

  async list(prefix: string): Promise<ReadonlyMap<string, KeyEntry>> {
    await this.#map.fresh()
    return new Map(
      this.#map
        .list(OWN + prefix)
        .map(({ key, value, revision }) => [key.slice(OWN.length), { value, revision }]),
    )
  }

  watch(prefix: string, onChange: () => void): () => void {
    return new Watch(this.#map, this.#clock, OWN + prefix, onChange).stop
  }
}

async function conflicts<T>(
  key: string,
  expect: number | 'absent' | 'any',
  write: () => Promise<T>,
): Promise<T> {
  try {
    return await write()
  } catch (error) {
    if (error instanceof KeyTaken) throw keyConflict(key, String(expect), String(error.found))
    throw error
  }
}

/** Compares what is under a prefix with what was, when a key of it changes or one's time is over. */
class Watch {
  readonly stop: () => void
  readonly #map: KeyMap
  readonly #clock: Clock
  readonly #prefix: string
  readonly #onChange: () => void
  #seen: string
  #timer: Cancel | null = null
  #isStopped = false

  constructor(map: KeyMap, clock: Clock, prefix: string, onChange: () => void) {
    this.#map = map
    this.#clock = clock
    this.#prefix = prefix
    this.#onChange = onChange
    this.#seen = this.#look()
    const forget = map.listen((key) => {
      if (key.startsWith(prefix)) this.#compare()
    })
    this.stop = () => {
      this.#isStopped = true
      forget()
      this.#timer?.()
    }
  }

  #compare(): void {
    if (this.#isStopped) return
    const seen = this.#look()
    if (seen === this.#seen) return
    this.#seen = seen
    this.#clock.defer(() => {
      if (!this.#isStopped) this.#onChange()
    })
  }

  /** What is there, as a string to compare; sets the timer for the next key to go. */
  #look(): string {
    let nextMs = Number.POSITIVE_INFINITY
    let seen = ''
    for (const { key, revision, expiresMs } of this.#map.list(this.#prefix)) {
      seen += `${revision} ${key}\n`
      if (expiresMs !== 0) nextMs = Math.min(nextMs, expiresMs)
    }
    this.#timer?.()
    this.#timer = null
    if (nextMs !== Number.POSITIVE_INFINITY) {
      const delayMs = Math.max(1, Math.ceil(nextMs - this.#map.now()))
      this.#timer = this.#clock.after(Math.min(delayMs, 2 ** 31 - 1), () => this.#compare())
    }
    return seen
  }
}
