// The durable timers of a task's actors, by event time and by the wall clock: two buffers ordered by
// when they are due, and an alarm on the first of each. A name is one timer of its actor, whichever
// clock it runs by; the actor's row remembers the names, so that they go when it goes.

import { assert } from '#protocols/core/assert'
import { ACTOR_NAMES_MAX, type Named } from '#protocols/messages/actor-mail'
import type { BufferStore } from '#stores/store'
import type { Alarm, NodeContext } from '../topology/node.ts'
import type { TimerClock } from './behavior.ts'
import type { TimerChange } from './turn.ts'

type Fire<K, M> = (due: Named<K>, message: M, time: number) => void

interface Clockwork<K, M> {
  readonly due: BufferStore<Named<K>, M>
  readonly alarm: Alarm
}

const CLOCKS: readonly TimerClock[] = ['event', 'wall']

export class ActorTimers<K, M> {
  readonly #context: NodeContext
  readonly #clockworks: Readonly<Record<TimerClock, Clockwork<K, M>>>

  constructor(
    context: NodeContext,
    stores: { readonly eventTimers: string; readonly wallTimers: string },
    fire: Fire<K, M>,
  ) {
    this.#context = context
    this.#clockworks = {
      event: this.#open(stores.eventTimers, 'event', fire),
      wall: this.#open(stores.wallTimers, 'wall', fire),
    }
    for (const clock of CLOCKS) this.#aim(clock)
  }

  /** Makes the changes of one turn; answers the names that may be set now. */
  change(
    key: K,
    names: readonly string[],
    changes: readonly TimerChange<M>[],
    time: number,
  ): readonly string[] {
    if (changes.length === 0) return names
    const set = new Set(names)
    for (const { name, clock, delayMs, message } of changes) {
      this.#cancel(key, name)
      set.delete(name)
      if (message === undefined) continue
      const from = clock === 'wall' ? this.#context.wallClock() : time
      this.#clockworks[clock].due.put(from + Math.max(0, delayMs), { key, name }, message)
      set.add(name)
    }
    assert(set.size <= ACTOR_NAMES_MAX, () => `an actor has at most ${ACTOR_NAMES_MAX} timers`)
    for (const clock of CLOCKS) this.#aim(clock)
    return [...set]
  }

  clear(key: K, names: readonly string[]): void {
    for (const name of names) this.#cancel(key, name)
    for (const clock of CLOCKS) this.#aim(clock)
  }

  #open(store: string, clock: TimerClock, fire: Fire<K, M>): Clockwork<K, M> {
    const due = this.#context.storeOf<Named<K>, M, 'buffer'>(store, 'buffer')
    const kind = clock === 'wall' ? 'wall-clock' : 'stream-time'
    const alarm = this.#context.alarm(kind, (nowMs) => {
      due.popUntil(nowMs, ({ key, value, time }) => fire(key, value, time))
      this.#aim(clock)
    })
    return { due, alarm }
  }

  #cancel(key: K, name: string): void {
    for (const clock of CLOCKS) this.#clockworks[clock].due.remove({ key, name })
  }

  #aim(clock: TimerClock): void {
    const { alarm, due } = this.#clockworks[clock]
    alarm.set(due.minTime ?? null)
  }
}
