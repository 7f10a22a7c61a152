// Where looks come from: a host is asked for what the open tab needs and no more. What it does not
// answer leaves the last look as it was, with a reason, and another host is looked for.

import { asError } from '#protocols/core/errors'
import type { Door } from '../admin/admin-client.ts'
import type { StatusDocument, TasksDocument } from '../admin/documents.ts'
import { added, type Extra, type Extras, type Look, type Seen, type Sight } from './looks.ts'

export interface FeedPorts {
  /**
   * A host that can be asked.
   * @throws MillraceError when there is none but those
   */
  find(except: ReadonlySet<string>): Promise<{ readonly id: string; readonly door: Door }>
  ask<T>(door: Door, path: string, body: unknown, signal: AbortSignal): Promise<T>
  /** Wall time, ms. */
  now(): number
}

/** Longer than a host waits for the others. */
const PATIENCE_MS = 6000

/** The head names them, whatever tab is open; a host judges them every few seconds at most. */
const ALERTS: Extra = 'alerts'

export class Feed {
  readonly #ports: FeedPorts
  readonly #patienceMs: number
  /** They did not answer when they were asked. */
  readonly #silent = new Set<string>()
  #host: { readonly id: string; readonly door: Door } | null = null
  #looks: readonly Look[] = []
  #trouble: string | null = null

  constructor(ports: FeedPorts, patienceMs = PATIENCE_MS) {
    this.#ports = ports
    this.#patienceMs = patienceMs
  }

  get seen(): Seen {
    return { looks: this.#looks, now: this.#ports.now(), trouble: this.#trouble }
  }

  /** @throws MillraceError HOST_AWAY; why it cannot be found */
  async open(): Promise<void> {
    this.#host = await this.#ports.find(this.#silent)
  }

  /** One look, or one try. */
  async look(needs: readonly Extra[]): Promise<void> {
    try {
      this.#host ??= await this.#another()
    } catch (thrown) {
      this.#trouble = asError(thrown).message
      return
    }
    const { id, door } = this.#host
    try {
      this.#looks = added(this.#looks, await this.#ask(door, needs))
      this.#trouble = null
      this.#silent.clear()
    } catch (thrown) {
      this.#trouble = `host ${id}: ${asError(thrown).message}`
      this.#silent.add(id)
      this.#host = null
    }
  }

  /** @throws MillraceError what the host refuses */
  async give(path: string, body: unknown): Promise<void> {
    this.#host ??= await this.#another()
    await this.#ports.ask(this.#host.door, path, body, this.#patience())
  }

  async #another(): Promise<{ readonly id: string; readonly door: Door }> {
    try {
      return await this.#ports.find(this.#silent)
    } catch (thrown) {
      // There may be none but those that were silent, and one of them may answer by now.
      if (this.#silent.size === 0) throw thrown
      this.#silent.clear()
      return await this.#ports.find(this.#silent)
    }
  }

  async #ask(door: Door, needs: readonly Extra[]): Promise<Sight> {
    const signal = this.#patience()
    const ask = <T>(path: string): Promise<T> => this.#ports.ask<T>(door, path, undefined, signal)
    const [status, tasks, ...extras] = await Promise.all([
      ask<StatusDocument>('/v1/status'),
      ask<TasksDocument>('/v1/tasks'),
      ...[...needs, ALERTS].map((extra) => this.#extra(extra, ask)),
    ])
    return { at: this.#ports.now(), status, tasks, ...Object.assign({}, ...extras) }
  }

  /** A part that cannot be had now, as of a store that is on its way, is one that was seen before. */
  async #extra(extra: Extra, ask: <T>(path: string) => Promise<T>): Promise<Partial<Extras>> {
    try {
      return { [extra]: await ask<Extras[Extra]>(`/v1/${extra}`) }
    } catch {
      return {}
    }
  }

  #patience(): AbortSignal {
    return AbortSignal.timeout(this.#patienceMs)
  }
}
