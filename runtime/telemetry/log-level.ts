// The level of a host's log while it runs: set in the main thread, heard by its worker threads over a
// channel of the process. Nobody keeps it: a host that starts again has the level of its manifest.

import { BroadcastChannel } from 'node:worker_threads'
import type { LogLevel } from '#protocols/core/log'
import type { LeveledLogger, LogLevels } from './pino-logger.ts'

/** What tells the threads of one host from those of another in the same process. */
export interface LogOf {
  readonly application: string
  readonly host: string
}

export class HostLogLevel {
  readonly #lines: LeveledLogger
  readonly #channel: BroadcastChannel
  /** The level that the host was started with. */
  readonly initial: LogLevel

  constructor(lines: LeveledLogger, of: LogOf) {
    this.#lines = lines
    this.#channel = channelOf(of)
    this.initial = lines.levels.level
  }

  /** Threads that are hired later are born with them. */
  get now(): LogLevels {
    return this.#lines.levels
  }

  /** Of the host; actors with a level of their own keep it. */
  set(level: LogLevel): void {
    this.#become({ ...this.now, level })
  }

  /** Of the actors that the word means; null: from now on theirs is the host's. */
  setActor(actor: string, level: LogLevel | null): void {
    const others = this.now.actors.filter((it) => it.actor !== actor)
    this.#become({
      ...this.now,
      actors: level === null ? others : [...others, { actor, level }],
    })
  }

  #become(levels: LogLevels): void {
    this.#lines.levels = levels
    this.#channel.postMessage(levels)
  }

  close(): void {
    this.#channel.close()
  }
}

/** In a worker thread: does as the main thread says, until the result is called. */
export function followLogLevel(lines: LeveledLogger, of: LogOf): () => void {
  const channel = channelOf(of)
  channel.onmessage = (message) => {
    // Only the class above writes there.
    lines.levels = (message as { data: LogLevels }).data
  }
  return () => channel.close()
}

/** It keeps no thread alive. */
function channelOf({ application, host }: LogOf): BroadcastChannel {
  const channel = new BroadcastChannel(`millrace/log/${application}/${host}`)
  channel.unref()
  return channel
}
