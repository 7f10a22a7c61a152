// A table as wide as there is room: columns as wide as what is in them, extra ones left out first, then
// the widest cut.

import type { Column, Row } from './tab.ts'
import { clean, columnsOf, cut, cutLine, fill, type Line, span } from './text.ts'

export interface Layout {
  /** Columns that are shown, by their place, and their widths. */
  readonly shown: readonly { readonly column: number; readonly width: number }[]
}

const GAP = 2
/** The cursor and the sign of a row that is not well. */
const GUTTER = 2
const LEAST = 4

export function layoutOf(columns: readonly Column[], rows: readonly Row[], width: number): Layout {
  const natural = columns.map(({ title }, column) =>
    // One more: the arrow of the column that is sorted by.
    Math.max(
      columnsOf(title) + 1,
      ...rows.map(({ cells }) => columnsOf(clean(cells[column]?.text ?? ''))),
    ),
  )
  let shown = columns.map((_, column) => ({ column, width: natural[column] ?? 0 }))
  const room = width - GUTTER
  const taken = (): number => shown.reduce((sum, it) => sum + it.width + GAP, -GAP)
  for (let column = columns.length - 1; column >= 0 && taken() > room; column--) {
    if (columns[column]?.isExtra) shown = shown.filter((it) => it.column !== column)
  }
  for (;;) {
    const over = taken() - room
    const widest = Math.max(...shown.map((it) => it.width))
    if (over <= 0 || widest <= LEAST) return { shown }
    const index = shown.findIndex((it) => it.width === widest)
    // Down to the next widest, and then in turn.
    const next = Math.max(LEAST, ...shown.map((it) => it.width).filter((it) => it < widest))
    const less = Math.min(over, Math.max(1, widest - next))
    shown = shown.map((it, at) => (at === index ? { ...it, width: widest - less } : it))
  }
}

export function headLine(
  columns: readonly Column[],
  { shown }: Layout,
  sort: { readonly column: number; readonly isDown: boolean } | null,
): string {
  const titles = shown.map(({ column, width }) => {
    const { title, align } = columns[column] as Column // laid out from them
    const arrow = sort?.column === column ? (sort.isDown ? '▼' : '▲') : ''
    // The arrow stays where the title must be cut.
    const text = `${cut(title, width - arrow.length)}${arrow}`
    return fill(text, width, align)
  })
  return ' '.repeat(GUTTER) + titles.join(' '.repeat(GAP))
}

export function rowLine(
  columns: readonly Column[],
  { shown }: Layout,
  row: Row,
  isChosen: boolean,
  width: number,
): Line {
  const cells = shown.map((it) =>
    fill(clean(row.cells[it.column]?.text ?? ''), it.width, columns[it.column]?.align),
  )
  const sign = row.tone === 'bad' ? '!' : row.tone === 'warn' ? '~' : ' '
  const text = `${isChosen ? '>' : ' '}${sign}${cells.join(' '.repeat(GAP))}`
  return cutLine([span(fill(text, width), isChosen ? 'marked' : row.tone)], width)
}
