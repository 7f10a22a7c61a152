// The end of a host that was told to: it goes on with what keeps something until others have copied it. It runs
// what it is granted, as before; whoever leads grants it nothing new. It waits only for what can come about:
//
//   it runs nothing that keeps something     there is nothing to copy
//   nobody else takes part                   nobody could take it over
//   its broker is away                       nobody would hear of it

import type { Member } from '#protocols/messages/membership'
import type { Reply } from '../kernel/actor.ts'
import type { HostEvent } from './machine.ts'

/** A broker that answers nothing for so long is taken to be away, ms. */
export const UNHEARD_MS = 1000

export class HandOver {
  #done: Reply<void> | null = null
  #isHeard = false

  /** Since it was told to hand over. */
  get isUnderWay(): boolean {
    return this.#done !== null
  }

  begin(done: Reply<void>): void {
    this.#done = done
    this.#isHeard = false
  }

  /** Nobody need wait any more. */
  end(): void {
    this.#done?.ok()
  }

  /** The time within which the broker should have been heard is over. */
  late(): void {
    if (!this.#isHeard) this.end()
  }

  /** What became of its membership. */
  see({ type }: HostEvent): void {
    if (type === 'RENEWED') this.#isHeard = true
    if (type === 'FAILED') this.end()
  }

  /** What the host's record says. */
  said(isLeaving: boolean): Pick<Member, 'state' | 'isHandingOver'> {
    if (isLeaving) return { state: 'draining' }
    return this.isUnderWay ? { state: 'draining', isHandingOver: true } : { state: 'active' }
  }
}
