// Questions an actor has not answered yet. Each settles exactly once: by its reply, by its time-out, or
// by the actor's death, which is told at once and not left to the time-out.

import type { Clock } from '#protocols/core/clock'
import type { Reply } from './actor.ts'
import { askTimeout } from './errors.ts'

export class Asks {
  readonly #path: string
  readonly #clock: Clock
  readonly #open = new Set<(error: Error) => void>()

  constructor(path: string, clock: Clock) {
    this.#path = path
    this.#clock = clock
  }

  /** @param send hands the question over; gives the reason when it cannot */
  open<R>(timeoutMs: number, send: (reply: Reply<R>) => Error | null): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      const settled = (): void => {
        cancel()
        this.#open.delete(fail)
      }
      const fail = (error: Error): void => {
        settled()
        reject(error)
      }
      const ok = (value: R): void => {
        settled()
        resolve(value)
      }
      const cancel = this.#clock.after(timeoutMs, () => fail(askTimeout(this.#path, timeoutMs)))
      this.#open.add(fail)
      const refusal = send({ ok, fail })
      if (refusal !== null) fail(refusal)
    })
  }

  failAll(error: Error): void {
    for (const fail of [...this.#open]) fail(error)
  }
}
