// By which placement a task comes to this host or leaves it, for who traces. A placement that gives a task, or
// takes it, is the reason of one start or one close; whatever else happens while it is the newest, as a
// worker that begins again, has its own reasons.

import type { Placement } from '#protocols/messages/membership'
import { parseTraceParent, type TraceContext } from '#protocols/records/trace-context'
import type { Occasion, TaskRole } from './messages.ts'

export class Occasions {
  readonly #host: string
  /** Tasks that were given or taken, and have not been started or closed for it. */
  readonly #due = new Map<string, TraceContext>()
  /** The one seen last; null before the first, which was there before this host. */
  #last: Placement | null = null

  constructor(host: string) {
    this.#host = host
  }

  see(placement: Placement): void {
    const last = this.#last
    this.#last = placement
    const trace = parseTraceParent(placement.trace ?? '')
    if (last === null || trace === null || placement.version === last.version) return
    for (const id of new Set([...Object.keys(last.granted), ...Object.keys(placement.granted)])) {
      const wasHere = last.granted[id] === this.#host
      if ((placement.granted[id] === this.#host) !== wasHere) this.#due.set(id, trace)
    }
  }

  /** Of a start or a close that is ordered now; undefined of a copy, and where nobody traces placements. */
  take(id: string, role: TaskRole): Occasion | undefined {
    const placement = this.#last
    if (role === 'standby' || placement?.trace === undefined) return undefined
    const trace = this.#due.get(id) ?? null
    this.#due.delete(id)
    return { placement: placement.version, trace }
  }
}
