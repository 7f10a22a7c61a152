// What the person at the screen looks at, and how keys change it: no terminal, no clock, no host.

import { byName } from '#protocols/core/by-name'
import type { Seen } from './looks.ts'
import type { Choice, Order, Question, Row, Tab } from './tab.ts'
import { TABS } from './tabs.ts'

export interface View {
  readonly tab: number
  /** Of each tab, in their order. */
  readonly lists: readonly List[]
  readonly mode: Mode
  /** Set while the screen stands still: what is looked at meanwhile. */
  readonly frozen: Seen | null
}

export interface List {
  /** Rows that have this in them, whatever its case. */
  readonly filter: string
  /** Row the cursor is on; if that is gone, what is at the place it had. */
  readonly row: string | null
  readonly index: number
  readonly sort: Sort | null
}

export interface Sort {
  readonly column: number
  readonly isDown: boolean
}

export type Mode =
  | { readonly name: 'list' }
  /** `before` is what Esc brings back. */
  | { readonly name: 'filter'; readonly before: string }
  | { readonly name: 'details'; readonly row: string; readonly scroll: number }
  | { readonly name: 'help'; readonly scroll: number }
  | { readonly name: 'confirm'; readonly order: Order }
  /** Of the choices that have the text in them, the `at`th. */
  | {
      readonly name: 'choose'
      readonly question: Question
      readonly text: string
      readonly at: number
    }

export interface Key {
  /** As node:readline names it, or the letter itself. */
  readonly name: string
  readonly isControl?: boolean
}

export interface Pressed {
  readonly view: View
  readonly isOver?: true
  /** Confirmed just now. */
  readonly order?: Order
}

/** What keys need to know of the screen: rows that are shown fit so many at a time. */
export interface Page {
  readonly seen: Seen
  readonly rows: number
}

const LIST: Mode = { name: 'list' }

export const firstView = (): View => ({
  tab: 0,
  lists: TABS.map(() => ({ filter: '', row: null, index: 0, sort: null })),
  mode: LIST,
  frozen: null,
})

export const tabOf = ({ tab }: View): Tab => TABS[tab] ?? TABS[0]

export const listOf = ({ tab, lists }: View): List => lists[tab] as List // as many as tabs

/** The rows of the tab that are to be seen, in order, and which of them the cursor is on (-1: none). */
export function rowsOf(
  view: View,
  seen: Seen,
): { readonly rows: readonly Row[]; readonly at: number } {
  const { filter, sort, row, index } = listOf(view)
  const all = tabOf(view).rows(seen)
  const wanted = filter.toLowerCase()
  const kept = wanted === '' ? all : all.filter((it) => textOf(it).includes(wanted))
  const rows = sort === null ? kept : sorted(kept, sort)
  const found = rows.findIndex(({ id }) => id === row)
  return { rows, at: found >= 0 ? found : Math.min(index, rows.length - 1) }
}

const textOf = ({ id, cells }: Row): string =>
  [id, ...cells.map(({ text }) => text)].join(' ').toLowerCase()

function sorted(rows: readonly Row[], { column, isDown }: Sort): readonly Row[] {
  const sign = isDown ? -1 : 1
  return [...rows].sort((a, b) => {
    const [left, right] = [a.cells[column], b.cells[column]]
    if (left?.by !== undefined && right?.by !== undefined) return sign * (left.by - right.by)
    return sign * byName(left?.text ?? '', right?.text ?? '')
  })
}

export function press(view: View, key: Key, page: Page): Pressed {
  if (key.isControl) return key.name === 'c' ? { view, isOver: true } : { view }
  switch (view.mode.name) {
    case 'filter':
      return { view: typed(view, key, view.mode.before) }
    case 'confirm':
      return key.name === 'y'
        ? { view: { ...view, mode: LIST }, order: view.mode.order }
        : { view: { ...view, mode: LIST } }
    case 'choose':
      return { view: { ...view, mode: chosen(view.mode, key) } }
    case 'details':
    case 'help':
      return read(view, view.mode, key, page)
    case 'list':
      return inList(view, key, page)
  }
}

function inList(view: View, key: Key, page: Page): Pressed {
  const seen = view.frozen ?? page.seen
  const digit = Number(key.name)
  if (digit >= 1 && digit <= TABS.length) return { view: { ...view, tab: digit - 1 } }
  switch (key.name) {
    case 'q':
      return { view, isOver: true }
    case 'tab':
    case 'right':
      return { view: { ...view, tab: (view.tab + 1) % TABS.length } }
    case 'backtab':
    case 'left':
      return { view: { ...view, tab: (view.tab + TABS.length - 1) % TABS.length } }
    case '/':
      return { view: { ...view, mode: { name: 'filter', before: listOf(view).filter } } }
    case 'escape':
      return { view: withList(view, { filter: '' }) }
    case 's':
      return { view: withList(view, { sort: nextSort(view) }) }
    case 'S':
      return { view: withList(view, { sort: turned(view) }) }
    case 'space':
      return { view: { ...view, frozen: view.frozen === null ? page.seen : null } }
    case '?':
    case 'h':
      return { view: { ...view, mode: { name: 'help', scroll: 0 } } }
    default:
      return onRows(view, key, { ...page, seen })
  }
}

function onRows(view: View, key: Key, page: Page): Pressed {
  const { rows, at } = rowsOf(view, page.seen)
  const row = rows[at]
  if (row === undefined) return { view }
  if (key.name === 'return') {
    return { view: { ...view, mode: { name: 'details', row: row.id, scroll: 0 } } }
  }
  const order = row.orders?.find((it) => it.key === key.name)
  if (order !== undefined) return { view: { ...view, mode: askedAbout(order) } }
  const to = moved(at, key.name, page.rows, rows.length - 1)
  return { view: withList(view, { index: to, row: rows[to]?.id ?? null }) }
}

const askedAbout = (order: Order | Question): Mode =>
  'choices' in order
    ? { name: 'choose', question: order, text: '', at: 0 }
    : { name: 'confirm', order }

type Choosing = Extract<Mode, { name: 'choose' }>

export const choicesOf = ({ question, text }: Choosing): readonly Choice[] =>
  question.choices.filter(({ name }) => name.includes(text))

/** What was chosen is asked about like any other order. */
function chosen(mode: Choosing, { name }: Key): Mode {
  const choices = choicesOf(mode)
  const turned = (by: number): Mode => ({
    ...mode,
    at: (mode.at + by + choices.length) % Math.max(1, choices.length),
  })
  switch (name) {
    case 'escape':
      return LIST
    case 'return': {
      const choice = choices[mode.at]
      return choice === undefined ? mode : { name: 'confirm', order: choice.order }
    }
    case 'right':
    case 'down':
    case 'tab':
      return turned(1)
    case 'left':
    case 'up':
    case 'backtab':
      return turned(-1)
    case 'backspace':
      return { ...mode, text: [...mode.text].slice(0, -1).join(''), at: 0 }
    default:
      return [...name].length === 1 ? { ...mode, text: mode.text + name, at: 0 } : mode
  }
}

/** Pages of text: everything known of a row, or of the keys. */
function read(
  view: View,
  mode: Extract<Mode, { scroll: number }>,
  key: Key,
  { rows }: Page,
): Pressed {
  const isBack = ['escape', 'return', 'q', 'backspace'].includes(key.name)
  if (isBack || (mode.name === 'help' && key.name === '?')) return { view: { ...view, mode: LIST } }
  // The screen knows where the text ends.
  const scroll = moved(mode.scroll, key.name, rows, 10_000)
  return { view: { ...view, mode: { ...mode, scroll } } }
}

function typed(view: View, { name }: Key, before: string): View {
  const { filter } = listOf(view)
  switch (name) {
    case 'return':
      return { ...view, mode: LIST }
    case 'escape':
      return { ...withList(view, { filter: before }), mode: LIST }
    case 'backspace':
      return withList(view, { filter: [...filter].slice(0, -1).join('') })
    case 'space':
      return withList(view, { filter: `${filter} ` })
    default:
      return [...name].length === 1 ? withList(view, { filter: filter + name }) : view
  }
}

function moved(at: number, key: string, page: number, last: number): number {
  const steps: Readonly<Record<string, number>> = {
    ...{ up: -1, k: -1, down: 1, j: 1 },
    ...{ pageup: -page, pagedown: page, home: -Infinity, g: -Infinity, end: Infinity, G: Infinity },
  }
  const step = Object.hasOwn(steps, key) ? (steps[key] ?? 0) : 0
  return Math.min(Math.max(0, last), Math.max(0, at + step))
}

/** Columns one after another, then as they come. Numbers begin with the largest. */
function nextSort(view: View): Sort | null {
  const { columns } = tabOf(view)
  const column = (listOf(view).sort?.column ?? -1) + 1
  return column < columns.length ? { column, isDown: columns[column]?.align === 'right' } : null
}

function turned(view: View): Sort | null {
  const { sort } = listOf(view)
  return sort === null ? null : { ...sort, isDown: !sort.isDown }
}

const withList = (view: View, change: Partial<List>): View => ({
  ...view,
  lists: view.lists.map((list, tab) => (tab === view.tab ? { ...list, ...change } : list)),
})
