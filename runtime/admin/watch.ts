// Documents as they change, for whoever keeps looking: one loop asks for a document while somebody
// watches it, however many they are, and stops when the last one leaves.
//
// A stream holds server-sent events. Each says in `id` when the host looked (wall time, ms): `event` is
// the name of a document and `data` the document; `same` with a name, when it is what was sent before;
// `trouble` with a name and an error, when it could not be had. Who reads slowly misses looks and gets
// the newest one.

import type { Cancel, Clock } from '#protocols/core/clock'
import { factsOf } from '#protocols/core/error-facts'
import { MillraceError } from '#protocols/core/errors'

/** Documents are asked for as it begins, so that those that need the same of the group ask for it at once. */
const PERIOD_MS = 1000
/** From an answer to the next question it is no shorter than this. */
const REST_MS = PERIOD_MS / 2
const WATCHERS_MAX = 100

/** The documents that can be watched, by name. */
export type Views<Name extends string = string> = Readonly<Record<Name, () => Promise<unknown>>>

interface Look {
  readonly view: string
  /** Wall time, ms. */
  readonly at: number
  readonly event: 'document' | 'trouble'
  readonly data: string
}

type Listener = (look: Look) => void

export class Watch {
  readonly #views: Views
  readonly #clock: Clock
  readonly #loops = new Map<string, Loop>()
  #watchers = 0

  constructor(views: Views, clock: Clock) {
    this.#views = views
    this.#clock = clock
  }

  /** Documents that are being asked for again and again. */
  get asked(): readonly string[] {
    return [...this.#loops].flatMap(([view, loop]) => (loop.isWatched ? [view] : []))
  }

  /**
   * Begins when it is read, and ends when it is cancelled.
   * @throws MillraceError VIEW_UNKNOWN, WATCHERS_TOO_MANY
   */
  stream(views: readonly string[]): ReadableStream<Uint8Array> {
    const unknown = views.find((view) => !Object.hasOwn(this.#views, view))
    if (unknown !== undefined || views.length === 0) {
      throw viewUnknown(unknown ?? '', Object.keys(this.#views))
    }
    if (this.#watchers >= WATCHERS_MAX) throw tooMany()
    let watcher: Watcher | null = null
    const encoder = new TextEncoder()
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          watcher ??= this.#begin(views)
          controller.enqueue(encoder.encode(await watcher.next()))
        },
        cancel: () => watcher?.leave(),
      },
      // An answer whose body nobody reads, as to HEAD, watches nothing.
      { highWaterMark: 0 },
    )
  }

  #begin(views: readonly string[]): Watcher {
    const loops = [...new Set(views)].map((view) => this.#loop(view))
    this.#watchers++
    const watcher = new Watcher(() => {
      for (const loop of loops) loop.leave(watcher.hear)
      this.#watchers--
    })
    for (const loop of loops) loop.join(watcher.hear)
    return watcher
  }

  #loop(view: string): Loop {
    // It was looked up among the known ones.
    const ask = this.#views[view] as Views[string]
    const loop = this.#loops.get(view) ?? new Loop(view, ask, this.#clock)
    this.#loops.set(view, loop)
    return loop
  }
}

/** Asks for one document while somebody listens. */
class Loop {
  readonly #view: string
  readonly #ask: () => Promise<unknown>
  readonly #clock: Clock
  readonly #listeners = new Set<Listener>()
  #newest: Look | null = null
  #isAsking = false
  #cancel: Cancel | null = null

  constructor(view: string, ask: () => Promise<unknown>, clock: Clock) {
    this.#view = view
    this.#ask = ask
    this.#clock = clock
  }

  get isWatched(): boolean {
    return this.#listeners.size > 0
  }

  join(listener: Listener): void {
    this.#listeners.add(listener)
    if (this.#newest !== null) listener(this.#newest)
    if (!this.#isAsking && this.#cancel === null) void this.#look()
  }

  leave(listener: Listener): void {
    this.#listeners.delete(listener)
    if (this.isWatched) return
    this.#cancel?.()
    this.#cancel = null
    // What is old by the time somebody comes is not worth a look.
    this.#newest = null
  }

  async #look(): Promise<void> {
    this.#cancel = null
    this.#isAsking = true
    const facts = await this.#answer()
    this.#isAsking = false
    if (!this.isWatched) return
    const at = this.#clock.now()
    this.#newest = { view: this.#view, at, ...facts }
    for (const listener of this.#listeners) listener(this.#newest)
    const next = at + REST_MS
    const restMs = REST_MS + ((PERIOD_MS - (next % PERIOD_MS)) % PERIOD_MS)
    this.#cancel = this.#clock.after(restMs, () => void this.#look())
  }

  async #answer(): Promise<Pick<Look, 'event' | 'data'>> {
    try {
      return { event: 'document', data: JSON.stringify(await this.#ask()) }
    } catch (thrown) {
      const data = JSON.stringify({ view: this.#view, error: factsOf(thrown) })
      return { event: 'trouble', data }
    }
  }
}

/** One that reads: it holds the newest look of each document that was not sent yet, and no more. */
class Watcher {
  readonly #leave: () => void
  readonly #waiting = new Map<string, Look>()
  readonly #sent = new Map<string, string>()
  #wake: (() => void) | null = null

  constructor(leave: () => void) {
    this.#leave = leave
  }

  readonly hear: Listener = (look) => {
    this.#waiting.set(look.view, look)
    this.#wake?.()
  }

  /** All that waits, as events; waits for the first. */
  async next(): Promise<string> {
    if (this.#waiting.size === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    const looks = [...this.#waiting.values()]
    this.#waiting.clear()
    return looks.map((look) => this.#event(look)).join('')
  }

  leave(): void {
    this.#leave()
    this.#wake?.()
  }

  #event({ view, at, event, data }: Look): string {
    if (event === 'trouble') return `id: ${at}\nevent: trouble\ndata: ${data}\n\n`
    if (this.#sent.get(view) === data) return `id: ${at}\nevent: same\ndata: ${view}\n\n`
    this.#sent.set(view, data)
    return `id: ${at}\nevent: ${view}\ndata: ${data}\n\n`
  }
}

const viewUnknown = (view: string, known: readonly string[]): MillraceError =>
  new MillraceError({
    code: 'VIEW_UNKNOWN',
    what: view === '' ? 'nothing to watch is named' : `there is no document '${view}' to watch`,
    hint: `Name some of them: /v1/watch?views=${known.join(',')}`,
  })

const tooMany = (): MillraceError =>
  new MillraceError({
    code: 'WATCHERS_TOO_MANY',
    what: `this host is watched by ${WATCHERS_MAX} already`,
    hint: 'Close some of the consoles that are open, or watch another host',
  })
