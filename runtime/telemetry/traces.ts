// Whether this thread traces. OpenTelemetry's API keeps the provider that a program registers under a
// global symbol of its major version; while nothing is there, nothing of it is loaded. A program may
// register one in the module of its topologies, so it is looked for after such a module was loaded.

import type { Tracer } from '#actors/task/tracer'
import { asError } from '#protocols/core/errors'
import type { Logger } from '#protocols/core/log'
import { version } from '../process/version.ts'

/** https://github.com/open-telemetry/opentelemetry-js, api/src/internal/global-utils.ts */
const GLOBAL = Symbol.for('opentelemetry.js.api.1')
/** Spans that a thread has not sent when it ends are given so long, ms. */
const FLUSH_MS = 5000

interface Provider {
  getDelegate?(): Provider
  forceFlush?(): Promise<void>
}

export class Traces {
  readonly #log: Logger
  #tracer: Tracer | null = null
  #isRefused = false
  #hasFailed = false

  constructor(log: Logger) {
    this.#log = log
  }

  /** Null: nobody registered a provider that could be used, as of the newest look. */
  get tracer(): Tracer | null {
    return this.#tracer
  }

  /** Looks for a provider; one that was found stays. */
  async look(): Promise<void> {
    if (this.#tracer !== null || this.#isRefused || providerHere() === null) return
    try {
      const { openTelemetryTracer } = await import('./tracer.ts')
      this.#tracer = openTelemetryTracer(version(), (error) => this.#failed(error))
    } catch (thrown) {
      // Somebody else's copy of the API, out of reach of this package. Records matter more than traces.
      this.#isRefused = true
      const what = `a tracer provider is registered, but @opentelemetry/api cannot be loaded: ${asError(thrown).message}`
      this.#log.log('warn', 'TRACES_UNUSABLE', what)
    }
  }

  /** Said once: the same fault comes with every span. */
  #failed(error: Error): void {
    if (this.#hasFailed) return
    this.#hasFailed = true
    this.#log.log('warn', 'TRACES_FAILED', `a span was not kept: ${error.message}`)
  }

  /** Has the provider send what it kept, where it can; a collector that hangs delays nobody for long. */
  async flush(): Promise<void> {
    const provider = providerHere()
    if (this.#tracer === null || provider === null) return
    const flushed = provider.forceFlush?.().catch((thrown: unknown) => {
      this.#log.log('warn', 'TRACES_UNSENT', `spans were not sent: ${asError(thrown).message}`)
    })
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, FLUSH_MS)
    })
    await Promise.race([flushed, late])
    clearTimeout(timer)
  }
}

function providerHere(): Provider | null {
  const found = Reflect.get(globalThis, GLOBAL) as { trace?: Provider } | undefined // set by the API
  const provider = found?.trace
  return provider?.getDelegate?.() ?? provider ?? null
}
