// The whole screen, as lines: a head, what the tab or the page shows, a foot. It is a function of what
// was seen and what the person looks at; never wider or taller than the terminal.

import { detailLines } from './details.ts'
import { HEAD_LINES, headLines } from './head.ts'
import { headLine, layoutOf, rowLine } from './layout.ts'
import type { Seen } from './looks.ts'
import type { Row } from './tab.ts'
import { columnsOf, cutLine, type Line, type Size, span, wrap } from './text.ts'
import { choicesOf, listOf, rowsOf, tabOf, type View } from './view.ts'

export interface Screen {
  readonly seen: Seen
  readonly view: View
  /** Said in the foot: what became of an order. */
  readonly note: string | null
}

/** The head of the table and the foot. */
const AROUND = 2
export const HELP: readonly string[] = [
  '1-7, Tab, arrows   open a tab',
  'up, down, PgUp, PgDn, Home, End   move',
  '/   filter: rows that have the text in them; Esc ends it',
  's   sort by the next column; S the other way round',
  'Enter   everything known of the row; Esc back',
  'space   freeze the screen, or go on',
  'q, Ctrl-C   leave',
  '',
  'Orders, after a question: p pauses a task, u resumes it,',
  'r restarts a task or retries a key in quarantine, x skips what it failed at,',
  'Q puts a task into quarantine, R resets it: its stores are built anew from its log,',
  'm moves a task to a host that is asked for, and pins it there; M unpins it,',
  'd drains a host: it gives away what it has; d again lets it take part,',
  'f fences a host that is as good as gone; f again lets it take part.',
  '',
  '! is not well, ~ is on its way. Rates are what came between two looks.',
]

/** Rows of a table, or lines of a page, that fit. */
export const pageOf = ({ height }: Size): number => Math.max(1, height - HEAD_LINES - AROUND)

export function render({ seen, view, note }: Screen, size: Size): readonly Line[] {
  // The head goes on while the rest stands still.
  const shown = view.frozen ?? seen
  const head = headLines({ ...shown, now: seen.now, trouble: seen.trouble }, view, size.width)
  const body = bodyLines(shown, view, size).slice(0, pageOf(size) + 1)
  const blank = Array.from({ length: pageOf(size) + 1 - body.length }, (): Line => [])
  const lines = [...head, ...body, ...blank, footLine(shown, view, note, size.width)]
  return lines.slice(0, size.height).map((line) => cutLine(line, size.width))
}

function bodyLines(seen: Seen, view: View, size: Size): readonly Line[] {
  const { mode } = view
  if (mode.name === 'help') {
    const lines = HELP.flatMap((line) => wrap(line, size.width - 2))
    return pageLines('Keys', lines, mode.scroll, size)
  }
  if (mode.name === 'details') {
    const row = tabOf(view)
      .rows(seen)
      .find(({ id }) => id === mode.row)
    const lines = row === undefined ? ['It is gone.'] : detailLines(row.details, size.width - 2)
    return pageLines(row?.cells[0]?.text.trim() ?? mode.row, lines, mode.scroll, size)
  }
  return tableLines(seen, view, size)
}

function pageLines(
  title: string,
  lines: readonly string[],
  scroll: number,
  size: Size,
): readonly Line[] {
  const page = pageOf(size)
  const from = Math.max(0, Math.min(scroll, lines.length - page))
  const more =
    lines.length > page
      ? `  ${from + 1} to ${Math.min(lines.length, from + page)} of ${lines.length}`
      : ''
  return [
    [span(` ${title}`, 'bold'), span(more, 'dim')],
    ...lines.slice(from, from + page).map((line) => [span(`  ${line}`)]),
  ]
}

function tableLines(seen: Seen, view: View, size: Size): readonly Line[] {
  const { columns, empty } = tabOf(view)
  const { rows, at } = rowsOf(view, seen)
  const { sort, filter } = listOf(view)
  if (rows.length === 0) {
    const text = filter === '' ? empty : `No row has '${filter}' in it.`
    return [[], ...wrap(text, size.width - 2).map((line) => [span(`  ${line}`)])]
  }
  const page = pageOf(size)
  // Lists turn by pages: where the cursor is decides, and nothing else has to be remembered.
  const from = Math.floor(Math.max(0, at) / page) * page
  const layout = layoutOf(columns, rows, size.width)
  return [
    [span(headLine(columns, layout, sort), 'bold')],
    ...rows
      .slice(from, from + page)
      .map((row, index) => rowLine(columns, layout, row, from + index === at, size.width)),
  ]
}

function footLine(seen: Seen, view: View, note: string | null, width: number): Line {
  const { mode } = view
  switch (mode.name) {
    case 'filter':
      return [
        span(` /${listOf(view).filter}_`, 'bold'),
        span('  Enter keeps it, Esc does not', 'dim'),
      ]
    case 'confirm': {
      const { verb, subject, effect } = mode.order
      return [span(` ${verb} ${subject}? y/n`, 'bold'), span(`  ${effect}`, 'warn')]
    }
    case 'choose':
      return choiceFoot(mode)
    case 'details':
    case 'help':
      return [span(' Esc back  arrows, PgUp, PgDn move', 'dim')]
    case 'list':
      return listFoot(seen, view, note, width)
  }
}

/** The one that Enter takes comes first, so that it is there on a narrow screen. */
function choiceFoot(mode: Extract<View['mode'], { name: 'choose' }>): Line {
  const { question, text, at } = mode
  const names = choicesOf(mode).map(({ name }) => name)
  const [first = 'none', ...others] = [...names.slice(at), ...names.slice(0, at)]
  return [
    span(` ${question.verb} ${question.subject} to ${text}_`, 'bold'),
    span(`  > ${first}`, 'warn'),
    span(`  ${[...others, '', 'arrows or letters, Enter, Esc'].join('  ')}`, 'dim'),
  ]
}

function listFoot(seen: Seen, view: View, note: string | null, width: number): Line {
  if (note !== null) return [span(` ${note}`, 'bold')]
  const { rows, at } = rowsOf(view, seen)
  const { filter } = listOf(view)
  const place = rows.length === 0 ? '' : ` ${at + 1}/${rows.length}`
  const kept = filter === '' ? '' : ` of those with '${filter}'`
  const where = `${place}${kept}`
  return [span(where), span(`  ${keysOf(rows[at], width - columnsOf(where) - 2)}`, 'dim')]
}

/** What can be done to the row comes before what is in the help. */
function keysOf(row: Row | undefined, room: number): string {
  const orders = (row?.orders ?? []).map(({ key, verb }) => `${key} ${verb}`)
  for (let count = GENERAL.length; ; count--) {
    const keys = ['? help', ...GENERAL.slice(0, count), ...orders].join('  ')
    if (columnsOf(keys) <= room) return keys
    if (count === 0) return ['?', ...orders].join('  ')
  }
}

const GENERAL: readonly string[] = ['q quit', '/ filter', '⏎ more']
