// Keys whose behavior threw: the message each failed at, why, and what came for the key since then, in
// order. Other keys of the task never notice.

import type { KeptMail, Mail } from '#protocols/messages/actor-mail'
import type { KeyValueStoreImpl } from '#stores/keyvalue/key-value-store'
import type { BufferStore } from '#stores/store'
import type { NodeContext } from '../topology/node.ts'

export class Quarantine<K, M> {
  readonly #context: NodeContext
  readonly #failed: KeyValueStoreImpl<K, KeptMail<M>>
  readonly #waiting: BufferStore<K, KeptMail<M>>

  constructor(context: NodeContext, stores: { readonly failed: string; readonly waiting: string }) {
    this.#context = context
    this.#failed = context.store<K, KeptMail<M>>(stores.failed)
    this.#waiting = context.storeOf<K, KeptMail<M>, 'buffer'>(stores.waiting, 'buffer')
  }

  holds(key: K): boolean {
    return this.#failed.get(key) !== undefined
  }

  put(key: K, mail: Mail<M>, error: Error): void {
    const atMs = this.#context.wallClock()
    this.#failed.put(key, { ...mail, error: error.message, atMs, waiting: 0 }, mail.time)
  }

  /** Behind the message the key failed at, after those that wait already. */
  wait(key: K, mail: Mail<M>): void {
    const failed = this.#failed.get(key)
    const waiting = (failed?.waiting ?? 0) + 1
    // The place in the queue is its time in the buffer: order of arrival, not of event time.
    this.#waiting.put(waiting, key, { ...mail, error: '', atMs: 0, waiting: 0 })
    if (failed !== undefined) this.#failed.put(key, { ...failed, waiting }, failed.time)
  }

  /** Takes a key out: the message it failed at and those behind it, in order; none when it was not in. */
  release(key: K): Mail<M>[] {
    const failed = this.#failed.delete(key)
    if (failed === undefined) return []
    const mails: Mail<M>[] = [failed]
    for (let next = this.#waiting.get(key); next !== undefined; next = this.#waiting.get(key)) {
      mails.push(next.value)
      this.#waiting.remove(key, next.time)
    }
    return mails
  }
}
