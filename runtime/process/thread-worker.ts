// A worker in a thread of its own, seen from the main thread: an actor that passes messages on. When
// the thread ends by itself the actor fails with it, and its supervisor hires a new one.

import type { Worker } from 'node:worker_threads'
import type { FromWorker, ToWorker } from '#actors/host/messages'
import type { Behavior, Props, Self } from '#actors/kernel/actor'
import { MillraceError } from '#protocols/core/errors'
import type { ThreadBirth, ThreadNursery } from './thread-nursery.ts'

/** What the main thread says besides messages for the worker: end cleanly. */
export type ToThread = ToWorker | { readonly type: 'end' }
/** What the thread says besides messages for the host: what it dies of. */
export type FromThread = FromWorker | { readonly type: 'failed'; readonly message: string }

type ThreadMessage = ToWorker | { readonly type: 'died'; readonly why: string }

export const threadWorker = (
  birth: ThreadBirth,
  nursery: ThreadNursery,
  report: (message: FromWorker) => void,
): Props<ToWorker> => ({
  kind: 'worker',
  shutdownMs: 30_000,
  mailbox: { control: 100_000 },
  // Its waits grow to half a minute, so this many never come: a thread that cannot live is tried again
  // and again, and does not take the host with it.
  restart: { max: 50 },
  // What only the actor tells itself is not for others to see.
  make: (self) =>
    new ThreadWorker(
      nursery.take(birth),
      report,
      self as unknown as Self<ThreadMessage>,
    ) as Behavior<ToWorker>,
})

class ThreadWorker implements Behavior<ThreadMessage> {
  readonly #thread: Worker
  readonly #self: Self<ThreadMessage>
  readonly #exit: Promise<void>
  #isEnding = false
  #why = 'its thread ended'

  constructor(thread: Worker, report: (message: FromWorker) => void, self: Self<ThreadMessage>) {
    this.#self = self
    this.#thread = thread
    this.#thread.on('message', (message: FromThread) => {
      if (message.type === 'failed') this.#why = message.message
      else report(message)
    })
    this.#thread.on('error', (error) => {
      this.#why = error.message
    })
    this.#exit = new Promise((resolve) => {
      this.#thread.on('exit', () => {
        resolve()
        if (!this.#isEnding) this.#self.ref.tell({ type: 'died', why: this.#why })
      })
    })
    self.scope.defer('end thread', async () => {
      this.#isEnding = true
      await this.#thread.terminate()
    })
  }

  receive(message: ThreadMessage): void {
    if (message.type === 'died') {
      const error = workerDied(message.why)
      this.#self.log.log('error', 'WORKER_DIED', error.message)
      throw error
    }
    this.#thread.postMessage(message)
  }

  async stopping(): Promise<void> {
    this.#isEnding = true
    this.#thread.postMessage({ type: 'end' } satisfies ToThread)
    await this.#exit
  }

  describe(): { state: string; note: string } {
    return { state: 'thread', note: `thread ${this.#thread.threadId}` }
  }
}

const workerDied = (why: string): MillraceError =>
  new MillraceError({ code: 'WORKER_DIED', what: `a worker thread ended: ${why}`, retry: 'soon' })
