// Tables: columns that sort, rows that are filtered, and the state of a thing as shape, word and colour.

import { html } from './html.mjs'

/** @import { Html } from './html.mjs' */
/** @import { Sort } from './state.ts' */

/**
 * @template R
 * @typedef {object} Column
 * @property {string} id
 * @property {string} title
 * @property {boolean} [isNumber] set to the right, and sorted from the largest on
 * @property {boolean} [isExtra] left out where there is little room
 * @property {(row: R) => Html | string | number | null} show
 * @property {(row: R) => string | number} by what it is sorted by, and, when it is text, found by
 */

/**
 * @template R
 * @param {object} table
 * @param {string} table.label
 * @param {readonly Column<R>[]} table.columns
 * @param {readonly R[]} table.rows
 * @param {(row: R) => string} table.key
 * @param {Sort | undefined} table.sort
 * @param {string} [table.filter]
 * @param {string} table.empty what it says without rows
 * @param {(row: R) => boolean} [table.isOpen]
 * @returns {Html}
 */
export function table({ label, columns, rows, key, sort, filter = '', empty, isOpen }) {
  if (rows.length === 0) return html`<p class="empty">${empty}</p>`
  const shown = sorted(filtered(rows, columns, filter), columns, sort)
  if (shown.length === 0) return html`<p class="empty">Nothing has “${filter}” in it.</p>`
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table>
<thead><tr>${columns.map((column) => head(column, sort))}</tr></thead>
<tbody>${shown.map((row) => html`<tr id="${encodeURIComponent(key(row))}"${isOpen?.(row) === true ? html` class="open" aria-selected="true"` : ''}>${columns.map((column) => cell(column, row))}</tr>`)}</tbody>
</table></div>`
}

/**
 * @template R
 * @param {readonly R[]} rows
 * @param {readonly Column<R>[]} columns
 * @param {string} filter every word of it is somewhere in a row
 */
export function filtered(rows, columns, filter) {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return rows
  return rows.filter((row) => {
    const text = columns.map(({ by }) => String(by(row)).toLowerCase()).join(' ')
    return words.every((word) => text.includes(word))
  })
}

/**
 * Rows that are equal stay in the order they came in.
 * @template R
 * @param {readonly R[]} rows
 * @param {readonly Column<R>[]} columns
 * @param {Sort | undefined} sort
 */
export function sorted(rows, columns, sort) {
  const by = columns.find(({ id }) => id === sort?.column)?.by
  if (by === undefined || sort === undefined) return rows
  const sign = sort.isDown ? -1 : 1
  return rows.toSorted((a, b) => sign * compare(by(a), by(b)))
}

/**
 * What a press on a column's title makes of the order: turned round, if it is sorted by it already.
 * @param {Sort | undefined} sort
 * @param {string} column
 * @param {boolean} isNumber
 * @returns {Sort}
 */
export const pressed = (sort, column, isNumber) =>
  sort?.column === column ? { column, isDown: !sort.isDown } : { column, isDown: isNumber }

/**
 * @param {string | number} a
 * @param {string | number} b
 */
function compare(a, b) {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return String(a).localeCompare(String(b), 'en', { numeric: true })
}

/**
 * @template R
 * @param {Column<R>} column
 * @param {Sort | undefined} sort
 */
function head({ id, title, isNumber, isExtra }, sort) {
  const isSorted = sort?.column === id
  const order = !isSorted ? 'none' : sort.isDown ? 'descending' : 'ascending'
  const mark = !isSorted ? '' : sort.isDown ? '↓' : '↑'
  return html`<th scope="col" class="${classes(isNumber, isExtra)}" aria-sort="${order}"><button type="button" data-sort="${id}" data-number="${isNumber === true ? 'yes' : 'no'}">${title}<span aria-hidden="true">${mark}</span></button></th>`
}

/**
 * @template R
 * @param {Column<R>} column
 * @param {R} row
 */
const cell = ({ show, isNumber, isExtra }, row) =>
  html`<td class="${classes(isNumber, isExtra)}">${show(row)}</td>`

/**
 * @param {boolean | undefined} isNumber
 * @param {boolean | undefined} isExtra
 */
const classes = (isNumber, isExtra) =>
  [isNumber === true ? 'number' : '', isExtra === true ? 'extra' : ''].filter(Boolean).join(' ')

/** @type {readonly (readonly [RegExp, string, string])[]} */
const SHAPES = [
  [/^(running|active|following|leading|working|thread|main|settled)/, 'good', '●'],
  [/^(quarantined|silent|failed|away|absent)/, 'bad', '▲'],
  [/^(paused|fenced|frozen)/, 'held', '■'],
  [/^(backoff|stalled)/, 'warn', '◆'],
]

/** A state by shape, word and colour; what is on its way to one is half full. @param {string} text */
export function state(text) {
  const [, tone, shape] = SHAPES.find(([of]) => of.test(text)) ?? [null, 'way', '◐']
  return html`<span class="state ${tone}"><i aria-hidden="true">${shape}</i>${text}</span>`
}
