// The children of one life, in the order in which they were started, and what happens when one of them
// fails. The child's own table gives the verdict; the strategy says who goes with it.
//
// Groups (one-for-all, rest-for-one) restart one after the other: a failure during a group's restart
// waits for it. Children that stand alone (one-for-one) also end side by side; groups depend on one
// another, so they end one by one, newest first.

import { assert } from '#protocols/core/assert'
import type { ActorRef, Props } from './actor.ts'
import type { Child, Kernel, Supervisor } from './kernel.ts'
import type { Strategy, Verdict } from './strategy.ts'
import type { ActorSnapshot } from './tree.ts'

type Cell = Child & ActorRef<never>

export class Children implements Supervisor {
  readonly #kernel: Kernel
  readonly #path: string
  readonly #strategy: Strategy
  readonly #fail: (error: Error) => void
  readonly #cells = new Map<string, Cell>()
  readonly #backoffs = new Set<() => void>()
  #restarting: Promise<void> = Promise.resolve()
  #isEnding = false
  #spawned = 0

  /** @param fail where an escalated error goes */
  constructor(kernel: Kernel, path: string, strategy: Strategy, fail: (error: Error) => void) {
    this.#kernel = kernel
    this.#path = path
    this.#strategy = strategy
    this.#fail = fail
  }

  spawn<C>(props: Props<C>, name?: string): ActorRef<C> {
    const path = `${this.#path}/${name ?? `${props.kind}-${++this.#spawned}`}`
    assert(!this.#cells.has(path), () => `${path} is dead before its name is used again`)
    const cell = this.#kernel.open(props, path, this)
    this.#cells.set(path, cell)
    cell.begin()
    return cell
  }

  /** The child behind a ref; undefined for strangers and for the dead. */
  of(ref: ActorRef<never>): Child | undefined {
    const cell = this.#cells.get(ref.path)
    return cell === ref ? cell : undefined
  }

  named(name: string): Cell | null {
    return this.#cells.get(`${this.#path}/${name}`) ?? null
  }

  snapshots(): readonly ActorSnapshot[] {
    return Array.from(this.#cells.values(), (cell) => cell.snapshot())
  }

  failed(child: Child, error: Error): void {
    if (this.#isEnding) return void child.end('failed')
    const { verdict, delayMs } = child.judge(error)
    this.#report(child, error, verdict, delayMs)
    switch (verdict) {
      case 'resume':
        return child.resume()
      case 'quarantine':
        return child.quarantine(error)
      case 'stop':
        return void child.end('failed')
      case 'escalate':
        void child.end('failed')
        return this.#fail(error)
      case 'restart':
        return this.#restart(child, delayMs)
    }
  }

  gone(child: Child): void {
    this.#cells.delete(child.path)
  }

  async endAll(): Promise<void> {
    this.#isEnding = true
    for (const cutShort of this.#backoffs) cutShort()
    const newestFirst = [...this.#cells.values()].reverse()
    if (this.#strategy === 'one-for-one') {
      await Promise.all(newestFirst.map((cell) => cell.end('stopped')))
    } else for (const cell of newestFirst) await cell.end('stopped')
  }

  #restart(child: Child, delayMs: number): void {
    if (this.#strategy === 'one-for-one') return void this.#restartGroup([child], delayMs)
    const halted = child.halt()
    this.#restarting = this.#restarting.then(async () => {
      await halted
      await this.#restartGroup(this.#group(child), delayMs)
    })
  }

  /** The failed child and those that go with it, oldest first. */
  #group(child: Child): readonly Child[] {
    const cells = [...this.#cells.values()]
    if (this.#strategy === 'one-for-all') return cells
    const from = cells.findIndex((cell) => cell.path === child.path)
    return from < 0 ? [] : cells.slice(from)
  }

  async #restartGroup(group: readonly Child[], delayMs: number): Promise<void> {
    for (const child of [...group].reverse()) await child.halt()
    await this.#backoff(delayMs)
    if (this.#isEnding) return
    for (const child of group) child.begin()
  }

  #backoff(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const over = (): void => {
        cancel()
        this.#backoffs.delete(over)
        resolve()
      }
      const cancel = this.#kernel.clock.after(delayMs, over)
      this.#backoffs.add(over)
    })
  }

  #report(child: Child, error: Error, verdict: Verdict, delayMs: number): void {
    const facts = { actor: child.path, verdict, delayMs, error }
    const level = verdict === 'escalate' || verdict === 'quarantine' ? 'error' : 'warn'
    this.#kernel.log.log(level, 'ACTOR_FAILED', `${child.path} failed: ${error.message}`, facts)
  }
}
