// The level of a host's log while it runs: set in the main thread, heard by its worker threads over a
// channel of the process. Nobody keeps it: a host that starts again has the level of its manifest.

import { BroadcastChannel } from 'node:worker_threads'
import type { LogLevel } from '#protocols/core/log'
import type { LeveledLogger } from './pino-logger.ts'

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
    this.initial = lines.level
  }

  /** Threads that are hired later are born with it. */
  get now(): LogLevel {
    return this.#lines.level
  }

  set(level: LogLevel): void {
    this.#lines.level = level
    this.#channel.postMessage(level)
  }

  close(): void {
    this.#channel.close()
  }
}

/** In a worker thread: does as the main thread says, until the result is called. */
export function followLogLevel(lines: LeveledLogger, of: LogOf): () => void {
  const channel = channelOf(of)
  channel.onmessage = (message) => {
    // Only `set` above writes there.
    lines.level = (message as { data: LogLevel }).data
  }
  return () => channel.close()
}

/** It keeps no thread alive. */
function channelOf({ application, host }: LogOf): BroadcastChannel {
  const channel = new BroadcastChannel(`millrace/log/${application}/${host}`)
  channel.unref()
  return channel
}
