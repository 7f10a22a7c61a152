// Threads that workers will live in. A thread takes as long to load its modules as the process does, so
// those that a host will need begin while it is loaded itself, before anybody knows what they are to be;
// that is told to each when it is taken.

import { MessageChannel, Worker } from 'node:worker_threads'
import type { TaskSettings } from '#actors/task/settings'
import type { Scripts } from '../manifest/typescript-hooks.ts'
import type { LogLevels } from '../telemetry/pino-logger.ts'
import type { BrokerLocation } from './broker-location.ts'

/** Threads that a host may have. */
export const WORKERS_MAX = 256

/** What a worker thread is told of itself. */
export interface ThreadBirth {
  readonly index: number
  readonly application: string
  readonly host: string
  readonly location: BrokerLocation
  readonly stateDirectory: string
  /** Memory that its stores may take. */
  readonly storeBytes: number
  readonly settings: TaskSettings
  readonly logLevels: LogLevels
  /** TypeScript that was loaded already. */
  readonly scripts: Scripts
}

export class ThreadNursery {
  readonly #waiting: Nursling[] = []

  /** @param count threads to begin at once */
  constructor(count: number) {
    this.reach(count)
  }

  /** Begins those that are missing to so many. */
  reach(count: number): void {
    while (this.#waiting.length < count) this.#waiting.push(new Nursling())
  }

  /** One that has begun, or a new one. */
  take(birth: ThreadBirth): Worker {
    let nursling = this.#waiting.shift()
    // What it died of the next one will say again, to somebody who listens.
    while (nursling?.isDead === true) nursling = this.#waiting.shift()
    return (nursling ?? new Nursling()).bear(birth)
  }

  /** Ends those that nobody took. */
  async close(): Promise<void> {
    await Promise.all(this.#waiting.splice(0).map((nursling) => nursling.end()))
  }
}

class Nursling {
  readonly #thread: Worker
  readonly #say: (birth: ThreadBirth) => void
  isDead = false

  constructor() {
    const { port1, port2 } = new MessageChannel()
    const options = { workerData: port2, transferList: [port2] }
    this.#thread = new Worker(threadModule(), options)
    // An error that nobody listens to would end the process.
    this.#thread.once('error', this.#onDeath).once('exit', this.#onDeath)
    this.#say = (birth) => port1.postMessage(birth)
  }

  bear(birth: ThreadBirth): Worker {
    this.#thread.off('error', this.#onDeath).off('exit', this.#onDeath)
    this.#say(birth)
    return this.#thread
  }

  async end(): Promise<void> {
    await this.#thread.terminate()
  }

  readonly #onDeath = (): void => {
    this.isDead = true
  }
}

/**
 * The module a thread begins with. From source it is TypeScript, which a thread of Node 20 loads only
 * after tsx was registered in it, so a line of JavaScript comes first.
 */
function threadModule(): URL {
  if (!import.meta.url.endsWith('.ts')) return new URL('./worker-thread.js', import.meta.url)
  const tsx = JSON.stringify(import.meta.resolve('tsx/esm/api'))
  const module = JSON.stringify(new URL('./worker-thread.ts', import.meta.url).href)
  const script = `import { register } from ${tsx}; register(); await import(${module})`
  return new URL(`data:text/javascript,${encodeURIComponent(script)}`)
}
