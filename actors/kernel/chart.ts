// An actor's chart at work: one xstate root actor, events in, commands out. The chart decides, the
// actor acts: a chart has no refs, no promises and no side effects, so it can be explored in a spec.
//
// What xstate does by itself and is not wanted here: an error without an observer ends the process
// (there is always one, and it fails the actor); delayed transitions run on the real clock (they run
// on the actor's); an endless eventless loop hangs (machines set `maxIterations`).
// Commands are handed over after the transition is complete, in order; an event told while one is
// being obeyed waits its turn.

import { type AnyStateMachine, createActor, type EventFromLogic } from 'xstate'
import type { Cancel, Clock } from '#protocols/core/clock'
import { asError } from '#protocols/core/errors'

const STEPS = 64
const TURNS = 20

/** One step of a life, for people. */
export interface Step {
  /** Wall time, ms. */
  readonly atMs: number
  readonly event: string
  /** Where the chart was afterwards. */
  readonly state: string
}

export class Chart<Machine extends AnyStateMachine, Command> {
  readonly #actor
  readonly #clock: Clock
  readonly #steps: Step[] = []
  readonly #turns: Step[] = []
  #failure: Error | null = null

  constructor(machine: Machine, clock: Clock, obey: (command: Command) => void) {
    this.#clock = clock
    this.#actor = createActor(machine as AnyStateMachine, { clock: timersOf(clock) })
    this.#actor.on('*', (command) => {
      try {
        // Machines declare what they emit; that is what comes out.
        obey(command as Command)
      } catch (thrown) {
        this.#failure ??= asError(thrown)
      }
    })
    this.#actor.subscribe({
      error: (thrown) => {
        this.#failure ??= asError(thrown)
      },
    })
  }

  start(): void {
    this.#actor.start()
  }

  /** Throws what the chart or the one who obeys it threw: that is a bug, and the actor's end. */
  tell(event: EventFromLogic<Machine>): void {
    const before = this.state
    this.#actor.send(event)
    if (this.#failure !== null) throw this.#failure
    const { state } = this
    const step = { atMs: this.#clock.now(), event: event.type, state }
    remember(this.#steps, step, STEPS)
    if (outermost(before) !== outermost(state)) remember(this.#turns, step, TURNS)
  }

  /** `running.idle`: the state's name, inner states after dots. */
  get state(): string {
    return written(this.#actor.getSnapshot().value)
  }

  /** The chart reached a final state. */
  get isOver(): boolean {
    return this.#actor.getSnapshot().status === 'done'
  }

  /** The newest steps, oldest first. */
  get steps(): readonly Step[] {
    return this.#steps
  }

  /** The newest steps from one outermost state to another, oldest first. */
  get turns(): readonly Step[] {
    return this.#turns
  }

  stop(): void {
    this.#actor.stop()
  }
}

function remember(steps: Step[], step: Step, max: number): void {
  steps.push(step)
  if (steps.length > max) steps.shift()
}

const outermost = (state: string): string => state.split('.', 1)[0] ?? state

/** Nested state values are objects of one or more regions. */
function written(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  return Object.entries(value)
    .map(([name, inner]) => `${name}.${written(inner)}`)
    .join(' ')
}

/** xstate's idea of a clock over ours. */
function timersOf(clock: Clock): {
  setTimeout(fire: (...args: unknown[]) => void, ms: number): Cancel
  clearTimeout(id: Cancel): void
} {
  return {
    setTimeout: (fire, ms) => clock.after(ms, fire),
    clearTimeout: (cancel) => cancel(),
  }
}
