// What a host asked its workers and was not answered yet. Every question is answered once: by the worker,
// or by a failure when that cannot be asked, or began again and forgot it.

import { MillraceError } from '#protocols/core/errors'
import type { ActorRef, Reply } from '../kernel/actor.ts'
import type { Answer, FromWorker, Question, ToWorker } from './messages.ts'
import { workerAway } from './roster.ts'

interface Asked {
  readonly worker: number
  readonly reply: Reply<Answer>
}

export class Questions {
  readonly #workers: readonly ActorRef<ToWorker>[]
  readonly #open = new Map<number, Asked>()
  #asked = 0

  constructor(workers: readonly ActorRef<ToWorker>[]) {
    this.#workers = workers
  }

  ask(worker: number, question: Question, reply: Reply<Answer>): void {
    const number = ++this.#asked
    this.#open.set(number, { worker, reply })
    const sent = this.#workers[worker]?.tell({ type: 'question', number, question })
    if (sent !== 'ok') this.#settle(number)?.fail(workerAway(worker))
  }

  hear(message: Extract<FromWorker, { type: 'answer' | 'refusal' }>): void {
    const reply = this.#settle(message.number)
    if (message.type === 'answer') reply?.ok(message.answer)
    else reply?.fail(new MillraceError(message.error))
  }

  /** The worker begins again. */
  forget(worker: number): void {
    for (const [number, asked] of this.#open) {
      if (asked.worker === worker) this.#settle(number)?.fail(workerAway(worker))
    }
  }

  #settle(number: number): Reply<Answer> | undefined {
    const asked = this.#open.get(number)
    this.#open.delete(number)
    return asked?.reply
  }
}
