// A host's record in the coordination map: written to join, rewritten to stay and whenever what it
// says changes, removed to leave. Every write is a compare-and-set on the last one, and they follow
// one another, so that two processes with one id can never both believe to be the member.
//
// Invariants: (1) one write is under way and one renewal waits, at most: it says what is true when it is
// written; (2) what was asked for under one membership is never written under the next; (3) a record of
// our own incarnation is ours, whatever became of the answer to its write.

import type { KeyEntry, Keys } from '#protocols/broker/broker'
import type { Clock } from '#protocols/core/clock'
import { isMillraceError, MillraceError } from '#protocols/core/errors'
import { decodeMember, encodeDocument, hostKey, type Member } from '#protocols/messages/membership'

export interface MembershipPorts {
  readonly keys: Keys
  readonly clock: Clock
  readonly application: string
  readonly id: string
  /** The record is forgotten when it was not renewed for this long, ms. */
  readonly sessionTimeoutMs: number
  /** What the record says now. */
  document(): Member
  isGone(member: Member): Promise<boolean>
}

export class Membership {
  readonly #ports: MembershipPorts
  readonly #key: string
  #revision: number | 'absent' = 'absent'
  #last: Promise<unknown> = Promise.resolve()
  /** The renewal that waits for its turn. */
  #next: Promise<boolean> | null = null

  constructor(ports: MembershipPorts) {
    this.#ports = ports
    this.#key = hostKey(ports.application, ports.id)
  }

  /** False when another living process has the id. */
  async join(): Promise<boolean> {
    for (;;) {
      const found = await this.#ports.keys.get(this.#key)
      if (found !== null && !(await this.#isForsaken(found))) return false
      // Written meanwhile: the last sign of life of the one that is gone, or a living one's first.
      if (await this.#inTurn(() => this.#write(found?.revision ?? 'absent'))) return true
    }
  }

  /** Writes the record as it will be in its turn. False when it is no longer ours. */
  renew(): Promise<boolean> {
    this.#next ??= this.#inTurn(() => {
      this.#next = null
      return this.#rewrite()
    })
    return this.#next
  }

  /** Removes the record, unless it is another's by now. */
  async leave(): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#revision !== 'absent') await this.#ports.keys.remove(this.#key, this.#revision)
    })
  }

  async #rewrite(): Promise<void> {
    try {
      await this.#write(this.#revision)
    } catch (error) {
      if (!isMillraceError(error, 'KEY_CONFLICT')) throw error
      const found = await this.#ports.keys.get(this.#key)
      if (found === null || !this.#isOwn(found)) throw error
      await this.#write(found.revision)
    }
  }

  async #write(expect: number | 'absent'): Promise<void> {
    const { keys, sessionTimeoutMs } = this.#ports
    const document = encodeDocument(this.#ports.document())
    this.#revision = await keys.put(this.#key, document, {
      ...{ expect, ttlMs: sessionTimeoutMs, isTransient: true },
    })
  }

  #isOwn({ value }: KeyEntry): boolean {
    return decodeMember(value).incarnation === this.#ports.document().incarnation
  }

  /** The record of a process that is gone, or that nobody renews while we look on. */
  async #isForsaken(found: KeyEntry): Promise<boolean> {
    if (this.#isOwn(found)) return true
    const { value, revision } = found
    const { keys, clock, sessionTimeoutMs, isGone } = this.#ports
    if (await isGone(decodeMember(value))) return true
    await new Promise<void>((resolve) => {
      clock.after(sessionTimeoutMs / 2, resolve)
    })
    const later = await keys.get(this.#key)
    return later === null || later.revision === revision
  }

  #inTurn(write: () => Promise<void>): Promise<boolean> {
    const turn = this.#last.then(write).then(
      () => true,
      (error: unknown) => {
        if (isMillraceError(error, 'KEY_CONFLICT')) return false
        throw error
      },
    )
    this.#last = turn.catch(() => {})
    return turn
  }
}

export const hostIdTaken = (id: string): MillraceError =>
  new MillraceError({
    code: 'HOST_ID_TAKEN',
    what: `another process runs as host '${id}'`,
    hint: "Give this one another id ('host' in the manifest, or --id), or stop the other",
  })
