// The terminal itself: its other screen while the dashboard is open, keys one by one, and what was there
// before when it closes, however it closes.

import { emitKeypressEvents } from 'node:readline'
import type { ReadStream, WriteStream } from 'node:tty'
import { type Grid, gridOf, paint } from './paint.ts'
import type { Line, Size } from './text.ts'
import type { Key } from './view.ts'

export type TerminalInput = Pick<ReadStream, 'setRawMode' | 'resume' | 'pause' | 'on' | 'off'>
export type TerminalOutput = Pick<
  WriteStream,
  'write' | 'columns' | 'rows' | 'on' | 'off' | 'writableNeedDrain'
>

export interface TerminalEvents {
  key(key: Key): void
  /** Something else is to be drawn, or it has room again. */
  redraw(): void
  /** Nobody sits there any more. */
  gone(): void
}

interface Pressed {
  readonly name?: string | undefined
  readonly ctrl?: boolean | undefined
  readonly shift?: boolean | undefined
  readonly meta?: boolean | undefined
}

/** The other screen, no cursor, and nothing wraps at the right edge. */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l'
const LEAVE = '\u001b[0m\u001b[?7h\u001b[?25h\u001b[?1049l'

export class Terminal {
  readonly #input: TerminalInput
  readonly #output: TerminalOutput
  readonly #isColoured: boolean
  #grid: Grid | null = null
  #events: TerminalEvents | null = null

  constructor(input: TerminalInput, output: TerminalOutput, isColoured: boolean) {
    this.#input = input
    this.#output = output
    this.#isColoured = isColoured
  }

  get size(): Size {
    const { columns, rows } = this.#output
    // A terminal that does not know its size says 0.
    return { width: columns || 80, height: rows || 24 }
  }

  open(events: TerminalEvents): void {
    this.#events = events
    this.#output.write(ENTER)
    emitKeypressEvents(this.#input as ReadStream) // of which it uses no more than this
    this.#input.setRawMode(true)
    this.#input.on('keypress', this.#onKey)
    this.#input.on('end', this.#onGone)
    this.#input.on('error', this.#onGone)
    this.#output.on('error', this.#onGone)
    this.#output.on('resize', this.#onResize)
    this.#output.on('drain', this.#onDrain)
    this.#input.resume()
  }

  /** Draws what differs; nothing while the terminal has not taken what it was sent before. */
  show(lines: readonly Line[]): void {
    if (this.#events === null || this.#output.writableNeedDrain) return
    const grid = gridOf(lines, this.size)
    const text = paint(this.#grid, grid, this.#isColoured)
    this.#grid = grid
    if (text !== '') this.#output.write(text)
  }

  /** As it was before; closing again does nothing. */
  close(): void {
    if (this.#events === null) return
    this.#events = null
    this.#input.off('keypress', this.#onKey)
    this.#input.off('end', this.#onGone)
    this.#output.off('resize', this.#onResize)
    this.#output.off('drain', this.#onDrain)
    this.#input.setRawMode(false)
    this.#input.pause()
    this.#output.write(LEAVE)
  }

  readonly #onKey = (text: string | undefined, pressed: Pressed): void => {
    const key = keyOf(text, pressed)
    if (key !== null) this.#events?.key(key)
  }

  readonly #onResize = (): void => {
    this.#grid = null
    this.#events?.redraw()
  }

  readonly #onDrain = (): void => this.#events?.redraw()

  readonly #onGone = (): void => this.#events?.gone()
}

/** Letters as they were typed, other keys by name; null for what means nothing here. */
export function keyOf(text: string | undefined, { name, ctrl, shift, meta }: Pressed): Key | null {
  if (ctrl) return name === undefined ? null : { name, isControl: true }
  if (meta && name !== 'escape') return null
  if (name === 'tab') return { name: shift ? 'backtab' : 'tab' }
  if (name === 'enter') return { name: 'return' }
  if (name === 'space') return { name }
  const typed = text ?? ''
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is not typed text.
  if ([...typed].length === 1 && !/[\u0000-\u001f\u007f]/.test(typed)) return { name: typed }
  return name === undefined || name === 'undefined' ? null : { name }
}
