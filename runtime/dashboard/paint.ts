// From lines to what a terminal is sent: a grid of cells, and of those only the ones that differ from
// what is there.

import { columnsOfLetter, type Line, type Size, type Tone } from './text.ts'

export interface Cell {
  /** One letter with its marks; empty where a wide one before it reaches to. */
  readonly text: string
  readonly tone: Tone
}

/** Rows of cells, each as wide as the terminal. */
export type Grid = readonly (readonly Cell[])[]

const BLANK: Cell = { text: ' ', tone: 'plain' }
const REACHED: Cell = { text: '', tone: 'plain' }

/** Select graphic rendition; what NO_COLOR leaves: light, bold and reversed are no colours. */
const WITHOUT_COLOUR: Readonly<Record<Tone, string>> = {
  ...{ plain: '0', dim: '0;2', bold: '0;1', good: '0', warn: '0;1', bad: '0;1', marked: '0;7' },
}
const WITH_COLOUR: Readonly<Record<Tone, string>> = {
  ...WITHOUT_COLOUR,
  ...{ good: '0;32', warn: '0;33', bad: '0;1;31' },
}

/** What does not fit is left out. */
export function gridOf(lines: readonly Line[], { width, height }: Size): Grid {
  return Array.from({ length: height }, (_, row) => rowOf(lines[row] ?? [], width))
}

function rowOf(line: Line, width: number): readonly Cell[] {
  const cells: Cell[] = []
  for (const { text, tone } of line) {
    for (const letter of text) {
      const columns = columnsOfLetter(letter)
      const last = cells.at(-1)
      if (columns === 0 && last !== undefined) {
        cells[cells.length - 1] = { ...last, text: last.text + letter }
      } else if (columns > 0 && cells.length + columns <= width) {
        cells.push({ text: letter, tone })
        if (columns === 2) cells.push(REACHED)
      }
    }
  }
  while (cells.length < width) cells.push(BLANK)
  return cells
}

/**
 * What makes a terminal that shows `before` show `after`; empty when it does already.
 * @param before null: nothing is known of what it shows
 */
export function paint(before: Grid | null, after: Grid, isColoured: boolean): string {
  const codes = isColoured ? WITH_COLOUR : WITHOUT_COLOUR
  const isSameSize =
    before !== null && before.length === after.length && before[0]?.length === after[0]?.length
  let out = isSameSize ? '' : '\u001b[0m\u001b[2J'
  let tone: Tone | null = null
  for (const [row, cells] of after.entries()) {
    const old = isSameSize ? before[row] : undefined
    let at = -1
    for (const [column, cell] of cells.entries()) {
      if (cell.text === '' || isSame(old, cells, column)) continue
      if (at !== column) out += `\u001b[${row + 1};${column + 1}H`
      if (tone !== cell.tone) out += `\u001b[${codes[cell.tone]}m`
      out += cell.text
      tone = cell.tone
      at = column + (cells[column + 1]?.text === '' ? 2 : 1)
    }
  }
  return tone === null || tone === 'plain' ? out : `${out}\u001b[0m`
}

/** Also not when it was reached over by a wide letter, or reaches over what was there. */
function isSame(old: readonly Cell[] | undefined, cells: readonly Cell[], column: number): boolean {
  if (old === undefined) return cells[column]?.text === ' ' && cells[column]?.tone !== 'marked'
  const [was, is] = [old[column], cells[column]]
  const isWide = (row: readonly Cell[]): boolean => row[column + 1]?.text === ''
  return was?.text === is?.text && was?.tone === is?.tone && isWide(old) === isWide(cells)
}
