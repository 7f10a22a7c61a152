// Spans of tasks that come to a host and leave it, told by the worker that runs them, where somebody traces.
// Those of a rebalance are in its trace; others begin one of their own.

import { MillraceError } from '#protocols/core/errors'
import type { Span, SpanName, Tracer } from '../task/tracer.ts'
import type { Occasion } from './messages.ts'

export interface TaskSpansPorts {
  readonly application: string
  readonly host: string
  tracer?(): Tracer | null
}

export class TaskSpans {
  readonly #ports: TaskSpansPorts
  readonly #coming = new Map<string, Span>()
  readonly #leaving = new Map<string, Span>()

  constructor(ports: TaskSpansPorts) {
    this.#ports = ports
  }

  /** The task's coming, while it lasts. */
  coming(id: string): Span | null {
    return this.#coming.get(id) ?? null
  }

  /** It was ordered to run. Said again it is passed over: an order may be told twice. */
  comes(id: string, by: Occasion | undefined): void {
    this.#begin(this.#coming, 'open', id, by)
  }

  /** @param failure why it never ran; null: it runs */
  came(id: string, failure: Error | null): void {
    this.#coming.get(id)?.end({}, failure)
    this.#coming.delete(id)
  }

  /** It was ordered to close. */
  leaves(id: string, by: Occasion | undefined): void {
    this.#begin(this.#leaving, 'close', id, by)
  }

  /** @param isClean everything it did is committed and sealed */
  left(id: string, isClean: boolean): void {
    this.came(id, neverRan(id))
    this.#leaving.get(id)?.end({ isClean }, null)
    this.#leaving.delete(id)
  }

  #begin(spans: Map<string, Span>, name: SpanName, id: string, by: Occasion | undefined): void {
    const tracer = this.#ports.tracer?.() ?? null
    if (tracer === null || spans.has(id)) return
    const { application, host } = this.#ports
    const placement = by === undefined ? {} : { placement: by.placement }
    const facts = { application, host, task: id, ...placement }
    spans.set(id, tracer.begin(name, facts, by?.trace ?? null))
  }
}

const neverRan = (id: string): MillraceError =>
  new MillraceError({ code: 'TASK_CLOSED', what: `task ${id} was closed before it ran` })
