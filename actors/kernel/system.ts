// A forest of actors over one clock, one source of chance and one log: the kernel of a thread. It
// starts the top-level actors, finds any actor by its path and shows the tree. A failure that nobody
// below could answer ends the system and is told to whoever made it.

import type { Clock, Random } from '#protocols/core/clock'
import type { Logger } from '#protocols/core/log'
import type { ActorRef, Props } from './actor.ts'
import { Cell } from './cell.ts'
import { Children } from './children.ts'
import { DeadLetters } from './dead-letters.ts'
import { Dispatcher } from './dispatcher.ts'
import type { Child, Kernel } from './kernel.ts'
import type { Strategy } from './strategy.ts'
import { Trace, type TraceQuestion, type TraceReading } from './trace.ts'
import type { ActorSnapshot, ActorState } from './tree.ts'

export interface SystemOptions {
  /** First part of every path. */
  readonly name: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** How the restart of a top-level actor touches the others. Default `one-for-one`. */
  readonly strategy?: Strategy | undefined
  /** An error reached the top; the system is ending. */
  readonly onFatal?: ((error: Error) => void) | undefined
}

export class ActorSystem {
  readonly name: string
  readonly deadLetters: DeadLetters
  readonly #children: Children
  readonly #trace: Trace
  #state: ActorState = 'running'
  #stopped: Promise<void> | null = null

  constructor(options: SystemOptions) {
    const { clock, random, log, name, strategy } = options
    this.name = name
    this.deadLetters = new DeadLetters(clock)
    this.#trace = new Trace(clock)
    const kernel: Kernel = {
      clock,
      random,
      log,
      dispatcher: new Dispatcher(clock),
      deadLetters: this.deadLetters,
      trace: this.#trace,
      open: (props, path, supervisor) => new Cell(kernel, props, path, supervisor),
    }
    this.#children = new Children(kernel, name, strategy ?? 'one-for-one', (error) => {
      log.log('error', 'SYSTEM_FAILED', `${name} is ending: ${error.message}`, { error })
      options.onFatal?.(error)
      void this.stop()
    })
  }

  /** Starts a top-level actor. Its name, by default its kind and a number, is unique. */
  spawn<M>(props: Props<M>, name?: string): ActorRef<M> {
    return this.#children.spawn(props, name)
  }

  /** A living actor by its path, for tools. */
  find(path: string): ActorRef<never> | null {
    return this.#find(path)
  }

  /** Gives a quarantined actor a new life. False when there is no such actor. */
  release(path: string): boolean {
    const child = this.#find(path)
    child?.release()
    return child !== null
  }

  /** Ends one actor; resolves when it is dead. */
  async end(ref: ActorRef<never>): Promise<void> {
    await this.#find(ref.path)?.end('stopped')
  }

  /** @throws MillraceError FOLLOWERS_TOO_MANY */
  trace(question: TraceQuestion): TraceReading {
    return this.#trace.read(question)
  }

  tree(): ActorSnapshot {
    return {
      path: this.name,
      kind: 'system',
      state: this.#state,
      status: null,
      note: null,
      restarts: 0,
      control: 0,
      data: 0,
      lastError: null,
      children: this.#children.snapshots(),
    }
  }

  /** Ends every actor; resolves when all are dead. */
  stop(): Promise<void> {
    this.#state = 'stopping'
    this.#stopped ??= this.#children.endAll().then(() => {
      this.#state = 'stopped'
    })
    return this.#stopped
  }

  #find(path: string): (ActorRef<never> & Child) | null {
    const [system, first, ...rest] = path.split('/')
    if (system !== this.name || first === undefined) return null
    let found = this.#children.named(first)
    for (const name of rest) found = found?.child(name) ?? null
    return found
  }
}
