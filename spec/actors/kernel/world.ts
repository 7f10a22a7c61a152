// A system over a hand-turned clock, and an actor that does as it is told and writes down what happens
// to it: what specs of the kernel are made of.

import type { ActorRef, Behavior, Props, Self } from '#actors/kernel/actor'
import type { Strategy } from '#actors/kernel/strategy'
import { ActorSystem } from '#actors/kernel/system'
import { SimulatedClock } from '#runtime/testkit/simulated-clock'

export class World {
  readonly clock = new SimulatedClock()
  readonly logged: string[] = []
  readonly fatal: Error[] = []
  /** What actors wrote down, in order. */
  readonly diary: string[] = []
  readonly system: ActorSystem

  constructor(strategy?: Strategy) {
    this.system = new ActorSystem({
      name: 'sys',
      clock: this.clock,
      random: { next: () => 0.5 },
      log: { log: (_level, code) => this.logged.push(code) },
      strategy,
      onFatal: (error) => this.fatal.push(error),
    })
  }

  /** Starts a puppet at the top. */
  puppet(name: string, props: Partial<Props<Order>> = {}): ActorRef<Order> {
    return this.system.spawn(this.props(name, props), name)
  }

  props(name: string, props: Partial<Props<Order>> = {}): Props<Order> {
    return { kind: 'puppet', make: (self) => new Puppet(name, this.diary, self), ...props }
  }

  /** Tells something and lets everything happen that happens now. */
  async tell<M>(ref: ActorRef<M>, ...messages: NoInfer<M>[]): Promise<void> {
    for (const message of messages) ref.tell(message)
    await this.clock.settle()
  }

  /** The diary since it was last read. */
  read(): string {
    return this.diary.splice(0).join(' ')
  }
}

/** A line for the diary, an error to throw, or something to do with its `self`. */
export type Order = string | Error | ((self: Self<Order>) => void)

/** Writes `+a` when it begins, `?a` when asked to stop, `-a` when its scope closes, and messages. */
class Puppet implements Behavior<Order> {
  readonly #name: string
  readonly #diary: string[]
  readonly #self: Self<Order>

  constructor(name: string, diary: string[], self: Self<Order>) {
    this.#name = name
    this.#diary = diary
    this.#self = self
    diary.push(`+${name}`)
    self.scope.defer(name, () => void diary.push(`-${name}`))
  }

  receive(order: Order): void {
    if (order instanceof Error) throw order
    if (typeof order === 'function') order(this.#self)
    else this.#diary.push(`${this.#name}:${order}`)
  }

  stopping(): void {
    this.#diary.push(`?${this.#name}`)
  }
}
