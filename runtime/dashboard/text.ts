// Text on a screen of cells: what a terminal could take for a command is taken out, and widths are
// counted as terminals count them. A line is spans of text, each in one tone.

import { eastAsianWidth } from 'get-east-asian-width'

/** What a span means; colours are the terminal's business, and never the only sign. */
export type Tone = 'plain' | 'dim' | 'bold' | 'good' | 'warn' | 'bad' | 'marked'

export interface Span {
  readonly text: string
  readonly tone: Tone
}

export type Line = readonly Span[]

export interface Size {
  readonly width: number
  readonly height: number
}

const PLAIN = /^[\x20-\x7e]*$/
/** Zero width joiners, marks of direction, variation selectors: terminals differ on what they do. */
const UNSEEN = /\p{Cf}|\p{Variation_Selector}/gu
const CONTROL = /[\p{Cc}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu
/** They go above or below the letter before them. */
const MARK = /^[\p{Mn}\p{Me}]$/u

export const span = (text: string, tone: Tone = 'plain'): Span => ({ text: clean(text), tone })

/** Without anything that moves the cursor or cannot be counted. */
export const clean = (text: string): string =>
  PLAIN.test(text) ? text : text.normalize('NFC').replaceAll(UNSEEN, '').replaceAll(CONTROL, '·')

/** Columns a clean text takes. */
export function columnsOf(text: string): number {
  if (PLAIN.test(text)) return text.length
  let columns = 0
  for (const letter of text) columns += columnsOfLetter(letter)
  return columns
}

export const columnsOfLetter = (letter: string): number =>
  MARK.test(letter) ? 0 : eastAsianWidth(letter.codePointAt(0) ?? 0)

export const columnsOfLine = (line: Line): number =>
  line.reduce((sum, { text }) => sum + columnsOf(text), 0)

/** The text in exactly so many columns: cut with `…`, or filled up at the end or at the start. */
export function fill(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const shown = cut(text, width)
  const blank = ' '.repeat(Math.max(0, width - columnsOf(shown)))
  return align === 'left' ? shown + blank : blank + shown
}

/** At most so many columns of the text; `…` where something is missing. */
export function cut(text: string, width: number): string {
  if (columnsOf(text) <= width) return text
  if (width <= 0) return ''
  return `${head(text, width - 1)}…`
}

/** The line in at most so many columns. */
export function cutLine(line: Line, width: number): Line {
  if (columnsOfLine(line) <= width) return line
  const kept: Span[] = []
  let left = width
  for (const { text, tone } of line) {
    if (left <= 0) break
    const shown = columnsOf(text) <= left ? text : cut(text, left)
    kept.push({ text: shown, tone })
    left -= columnsOf(shown)
  }
  return kept
}

/** Lines of at most so many columns, broken at spaces where there are any. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let rest = text
  while (columnsOf(rest) > width && width > 0) {
    const most = head(rest, width) || rest.slice(0, 1)
    const space = most.lastIndexOf(' ')
    const line = space > width / 2 ? most.slice(0, space) : most
    lines.push(line)
    rest = rest.slice(line.length).trimStart()
  }
  return [...lines, rest]
}

function head(text: string, width: number): string {
  let columns = 0
  let shown = ''
  for (const letter of text) {
    columns += columnsOfLetter(letter)
    if (columns > width) break
    shown += letter
  }
  return shown
}
