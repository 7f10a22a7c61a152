// What a tab is: columns and rows made of what was seen. A new one is a module like hosts-tab.ts and a
// line in tabs.ts; scrolling, filtering, sorting and the page of details come by themselves.

import type { Extra, Seen } from './looks.ts'
import type { Tone } from './text.ts'

export interface Tab {
  readonly name: string
  /** Documents it needs beside those that the head of the screen is made of. */
  readonly needs: readonly Extra[]
  readonly columns: readonly Column[]
  /** Rows in the order they have unless somebody sorts them. */
  rows(seen: Seen): readonly Row[]
  /** Said where there are no rows. */
  readonly empty: string
}

export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
  /** The first ones to go where there is no room; default: they stay. */
  readonly isExtra?: boolean
}

export interface Row {
  readonly id: string
  /** One for each column. */
  readonly cells: readonly RowCell[]
  /** `bad` and `warn` rows have a sign in front as well. */
  readonly tone: Tone
  /** Everything there is to know about it. */
  readonly details: unknown
  /** What an operator can have done here. */
  readonly orders?: readonly (Order | Question)[]
}

export interface RowCell {
  readonly text: string
  /** What it is sorted by; default: its text. */
  readonly by?: number
}

/** Given to the host after somebody confirmed it. */
export interface Order {
  readonly key: string
  readonly verb: string
  /** Whom it is given to, and what comes of it. */
  readonly subject: string
  readonly effect: string
  readonly path: string
  readonly body: unknown
}

/** An order that says more than whom: what else is asked for before it is confirmed. */
export interface Question extends Pick<Order, 'key' | 'verb' | 'subject'> {
  readonly choices: readonly Choice[]
}

export interface Choice {
  readonly name: string
  readonly order: Order
}

export const cell = (text: string | number): RowCell =>
  typeof text === 'number' ? { text: String(text), by: text } : { text }
