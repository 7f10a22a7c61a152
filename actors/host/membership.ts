// A host's record in the coordination map: written to join, rewritten to stay and whenever what it
// says changes, removed to leave. Every write is a compare-and-set on the last one, and they follow
// one another, so that two processes with one id can never both believe to be the member.

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

  constructor(ports: MembershipPorts) {
    this.#ports = ports
    this.#key = hostKey(ports.application, ports.id)
  }

  /** False when another living process has the id. */
  async join(): Promise<boolean> {
    for (;;) {
      const found = await this.#ports.keys.get(this.#key)
      if (found !== null && !(await this.#isForsaken(found))) return false
      this.#revision = found?.revision ?? 'absent'
      // Written meanwhile: the last sign of life of the one that is gone, or a living one's first.
      if (await this.renew()) return true
    }
  }

  /** Writes the record as it is now. False when it is no longer ours. */
  renew(): Promise<boolean> {
    return this.#inTurn(async () => {
      const { keys, sessionTimeoutMs } = this.#ports
      const options = { expect: this.#revision, ttlMs: sessionTimeoutMs }
      const document = encodeDocument(this.#ports.document())
      this.#revision = await keys.put(this.#key, document, options)
    })
  }

  /** Removes the record, unless it is another's by now. */
  async leave(): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#revision !== 'absent') await this.#ports.keys.remove(this.#key, this.#revision)
    })
  }

  /** The record of a process that is gone, or that nobody renews while we look on. */
  async #isForsaken({ value, revision }: KeyEntry): Promise<boolean> {
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
