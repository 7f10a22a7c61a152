// The dashboard at work: looks every half second, draws what changed, obeys keys, until somebody leaves.

import { asError } from '#protocols/core/errors'
import type { Feed } from './feed.ts'
import { pageOf, render } from './screen.ts'
import type { Order } from './tab.ts'
import type { Terminal } from './terminal.ts'
import { firstView, type Key, press, tabOf, type View } from './view.ts'

const EVERY_MS = 500
/** So long the foot says what became of an order. */
const NOTE_MS = 5000

export class Dashboard {
  readonly #feed: Pick<Feed, 'seen' | 'look' | 'give'>
  readonly #terminal: Pick<Terminal, 'size' | 'open' | 'show' | 'close'>
  #view: View = firstView()
  #note: { readonly text: string; readonly until: number } | null = null
  #isOver = false
  /** There is something to look at that the last look had not. */
  #isHasty = false
  #wake: () => void = () => {}

  constructor(
    feed: Pick<Feed, 'seen' | 'look' | 'give'>,
    terminal: Pick<Terminal, 'size' | 'open' | 'show' | 'close'>,
  ) {
    this.#feed = feed
    this.#terminal = terminal
  }

  /** Until somebody leaves, or `leave` is called. */
  async run(): Promise<void> {
    this.#terminal.open({
      key: (key) => this.#press(key),
      redraw: () => this.#draw(),
      gone: () => this.leave(),
    })
    // What is shown grows older also while a host does not answer.
    const ticks = setInterval(() => this.#draw(), EVERY_MS)
    try {
      this.#draw()
      while (!this.#isOver) {
        // A host that hangs must not keep anybody from leaving.
        await Promise.race([this.#feed.look(tabOf(this.#view).needs), this.#left])
        if (this.#isOver) break
        this.#draw()
        await this.#pause()
      }
    } finally {
      clearInterval(ticks)
      this.#terminal.close()
    }
  }

  leave(): void {
    this.#isOver = true
    this.#leave()
    this.#wake()
  }

  #leave: () => void = () => {}
  readonly #left = new Promise<void>((resolve) => {
    this.#leave = resolve
  })

  async #pause(): Promise<void> {
    if (!this.#isHasty) await this.#waited()
    this.#isHasty = false
  }

  #waited(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, EVERY_MS)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #press(key: Key): void {
    const { seen } = this.#feed
    const before = tabOf(this.#view)
    const pressed = press(this.#view, key, { seen, rows: pageOf(this.#terminal.size) })
    this.#view = pressed.view
    if (pressed.isOver) return this.leave()
    if (pressed.order !== undefined) void this.#give(pressed.order)
    else this.#note = null
    this.#draw()
    if (tabOf(this.#view) !== before) this.#hurry()
  }

  async #give({ verb, subject, path, body }: Order): Promise<void> {
    const what = `${verb} ${subject}`
    this.#say(`${what} ...`)
    try {
      await this.#feed.give(path, body)
      this.#say(`told: ${what}`)
    } catch (thrown) {
      this.#say(`refused: ${asError(thrown).message}`)
    }
    this.#hurry()
  }

  #hurry(): void {
    this.#isHasty = true
    this.#wake()
  }

  #say(text: string): void {
    this.#note = { text, until: Date.now() + NOTE_MS }
    this.#draw()
  }

  #draw(): void {
    if (this.#isOver) return
    const { seen } = this.#feed
    const note = this.#note !== null && seen.now < this.#note.until ? this.#note.text : null
    this.#terminal.show(render({ seen, view: this.#view, note }, this.#terminal.size))
  }
}
