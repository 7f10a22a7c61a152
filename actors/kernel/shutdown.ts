// A coordinated end: named phases in order, each with a deadline. Within a phase everything runs side by
// side; what is late is left behind and named in the report, and the next phase begins. It runs once,
// however often it is asked for, and never rejects.

import { assert } from '#protocols/core/assert'
import type { Cancel, Clock } from '#protocols/core/clock'
import type { Logger, LogLevel } from '#protocols/core/log'
import { type Outcome, settle } from './deadline.ts'

export interface ShutdownPhase {
  readonly name: string
  /** For everything in the phase together, ms. */
  readonly deadlineMs: number
}

export interface ShutdownStep {
  readonly phase: string
  readonly name: string
  readonly outcome: Outcome
  /** ms since the phase began. */
  readonly tookMs: number
}

interface Step {
  readonly name: string
  readonly work: () => Promise<void> | void
}

export class Shutdown {
  readonly #clock: Clock
  readonly #log: Logger
  readonly #phases: readonly (ShutdownPhase & { readonly steps: Set<Step> })[]
  #report: Promise<readonly ShutdownStep[]> | null = null

  constructor(clock: Clock, log: Logger, phases: readonly ShutdownPhase[]) {
    this.#clock = clock
    this.#log = log
    this.#phases = phases.map((phase) => ({ ...phase, steps: new Set<Step>() }))
  }

  get isRunning(): boolean {
    return this.#report !== null
  }

  /** Adds work to a phase that has not begun; call the result to take it out again. */
  on(phase: string, name: string, work: () => Promise<void> | void): Cancel {
    const steps = this.#phases.find((known) => known.name === phase)?.steps
    assert(steps !== undefined, () => `'${phase}' is a phase of the shutdown`)
    const step = { name, work }
    steps.add(step)
    return () => steps.delete(step)
  }

  /** Runs all phases; the report names every step. */
  run(reason: string): Promise<readonly ShutdownStep[]> {
    this.#report ??= this.#run(reason)
    return this.#report
  }

  async #run(reason: string): Promise<readonly ShutdownStep[]> {
    this.#log.log('info', 'SHUTDOWN_BEGIN', `shutting down: ${reason}`)
    const report: ShutdownStep[] = []
    for (const { name: phase, deadlineMs, steps } of this.#phases) {
      const startMs = this.#clock.monotonic()
      const running = Array.from(steps, async ({ name, work }): Promise<ShutdownStep> => {
        const outcome = await settle(this.#clock, deadlineMs, work)
        return { phase, name, outcome, tookMs: this.#clock.monotonic() - startMs }
      })
      const done = await Promise.all(running)
      for (const step of done) this.#tell(step)
      report.push(...done)
    }
    return report
  }

  #tell({ phase, name, outcome, tookMs }: ShutdownStep): void {
    const level: LogLevel = outcome === 'done' ? 'debug' : 'warn'
    const how = outcome instanceof Error ? `failed: ${outcome.message}` : outcome
    this.#log.log(level, 'SHUTDOWN_STEP', `${phase}: ${name} ${how}`, { tookMs })
  }
}
