// The inputs of a task, and which of them has the record that is next: the one whose next record is the
// oldest. Those whose next records are of the same time take turns.

import type { InputQueue } from './input-queue.ts'

export class Inputs {
  #queues: InputQueue[] = []
  /** Index of the one that had a record taken last. */
  #turn = -1

  get all(): readonly InputQueue[] {
    return this.#queues
  }

  /** As of a queue, the oldest of all. */
  get intakeTime(): number {
    let oldest = Number.POSITIVE_INFINITY
    for (const { intakeTime } of this.#queues) oldest = Math.min(oldest, intakeTime)
    return oldest
  }

  add(queue: InputQueue): void {
    this.#queues.push(queue)
  }

  /** Null when none has anything at hand. */
  next(): InputQueue | null {
    const queues = this.#queues
    const [first] = queues
    if (queues.length === 1 && first !== undefined) return first.head() === null ? null : first
    let oldest = -1
    let oldestTime = Number.POSITIVE_INFINITY
    for (let step = 1; step <= queues.length; step++) {
      const at = (this.#turn + step) % queues.length
      const time = queues[at]?.head()?.time ?? Number.POSITIVE_INFINITY
      if (time >= oldestTime) continue
      oldest = at
      oldestTime = time
    }
    if (oldest < 0) return null
    this.#turn = oldest
    return queues[oldest] ?? null
  }

  close(): void {
    for (const queue of this.#queues) queue.close()
    this.#queues = []
  }
}
