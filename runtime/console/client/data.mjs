// What is kept and what waits: stores and a look into one, and every partition of every source.

import { bytes, count, moment } from './figures.mjs'
import { silent, text } from './group.mjs'
import { html } from './html.mjs'
import { state as shape, table } from './table.mjs'

/** @import { Html } from './html.mjs' */
/** @import { Lookup, Peek, State } from './state.ts' */
/** @import { GlobalRow, LagRow, StoreRow, TopologyDocument } from '../../admin/documents.ts' */

const ASKING = html`<p class="empty">Asking the host …</p>`
const UNKNOWN = html`<span class="quiet">–</span>`
const FOR_THE_TOKEN = html`<p class="quiet">What records and stores hold is for those who have the token. It stays in this page and is forgotten with it.</p>`

/** @param {string} token */
const tokenField = (token) =>
  html`<label>Token<input name="token" type="password" data-do="token" value="${token}" autocomplete="off" placeholder="of the host"></label>`

/** @type {import('./table.mjs').Column<StoreRow>[]} */
const STORES = [
  {
    ...{ id: 'store', title: 'Store', by: (row) => row.store },
    show: ({ store }) =>
      html`<button type="button" class="link" data-store="${store}" aria-label="Look into ${store}">${store}</button>`,
  },
  { id: 'task', title: 'Task', show: (row) => row.task, by: (row) => row.task },
  { id: 'role', title: 'Role', isExtra: true, show: (row) => row.role, by: (row) => row.role },
  { id: 'host', title: 'Host', show: (row) => row.host, by: (row) => row.host },
  {
    ...{ id: 'kind', title: 'Kind', isExtra: true, by: (row) => row.kind },
    show: (row) => `${row.kind}, ${row.medium}${row.isLogged ? '' : ', not logged'}`,
  },
  {
    ...{ id: 'rows', title: 'Rows', isNumber: true, by: (row) => row.usage?.rows ?? -1 },
    show: ({ usage }) => (usage === null ? UNKNOWN : count(usage.rows)),
  },
  {
    ...{ id: 'size', title: 'Size', isNumber: true, by: (row) => row.usage?.bytes ?? -1 },
    show: ({ usage }) => (usage === null ? UNKNOWN : bytes(usage.bytes)),
  },
  {
    ...{ id: 'pending', title: 'Pending', isNumber: true, isExtra: true },
    by: (row) => row.usage?.pending ?? -1,
    show: ({ usage }) => (usage === null ? UNKNOWN : count(usage.pending)),
  },
]

/** @type {import('./table.mjs').Column<GlobalRow>[]} */
const GLOBALS = [
  { id: 'store', title: 'Store', show: (row) => row.store, by: (row) => row.store },
  { id: 'topic', title: 'Topic', isExtra: true, show: (row) => row.topic, by: (row) => row.topic },
  {
    ...{ id: 'keeper', title: 'Worker', by: (row) => `${row.host} ${row.worker}` },
    show: (row) => `${row.host}, ${row.worker}`,
  },
  {
    ...{ id: 'state', title: 'State', by: (row) => row.error?.code ?? '' },
    show: ({ error }) => shape(error === null ? 'following' : 'failed'),
  },
  {
    ...{ id: 'rows', title: 'Rows', isNumber: true, by: (row) => row.usage.rows },
    show: (row) => count(row.usage.rows),
  },
  {
    ...{ id: 'size', title: 'Size', isNumber: true, by: (row) => row.usage.bytes },
    show: (row) => bytes(row.usage.bytes),
  },
  {
    ...{ id: 'lag', title: 'Lag', isNumber: true, by: (row) => row.lag },
    show: (row) => count(row.lag),
  },
  {
    ...{ id: 'dropped', title: 'Dropped', isNumber: true, by: droppedBy },
    show: (row) => count(droppedBy(row)),
  },
]

/** @param {GlobalRow} row */
function droppedBy({ dropped }) {
  return Object.values(dropped).reduce((sum, it) => sum + it, 0)
}

/** @param {readonly GlobalRow[]} rows @param {State['sorts']} sorts */
const globalTables = (rows, sorts) =>
  html`<div class="block"><h2>Global tables</h2>${table({ label: 'Global tables', columns: GLOBALS, rows, sort: sorts['stores'], key: (row) => `global ${row.store} ${row.topology} ${row.host} ${row.worker}`, empty: '' })}</div>`

/**
 * @param {State} state
 * @returns {Html}
 */
export function storesPage({ documents: { stores }, sorts, filter, lookup, token }) {
  if (stores === undefined) return ASKING
  const { globals = [] } = stores
  const names = [...new Set(stores.stores.map(({ store }) => store))]
  return html`<div class="bar"><h1>Stores</h1><input type="search" data-do="filter" value="${filter}" placeholder="Filter: store, task, host" aria-label="Filter stores" autocomplete="off" spellcheck="false"></div>
${table({ label: 'Stores', columns: STORES, rows: stores.stores, filter, sort: sorts['stores'], key: (row) => `${row.store} ${row.task} ${row.host}`, empty: 'No task keeps anything.' })}${globals.length === 0 ? null : globalTables(globals, sorts)}${silent(stores.unanswered)}
${names.length === 0 ? null : look(names, lookup, token)}`
}

/**
 * @param {readonly string[]} names
 * @param {Lookup} lookup
 * @param {string} token
 */
function look(names, lookup, token) {
  /**
   * @param {string} name
   * @param {string} label
   * @param {string} value
   * @param {Html} rest
   */
  const field = (name, label, value, rest) =>
    html`<label>${label}<input name="${name}" data-do="lookup" value="${value}" autocomplete="off" spellcheck="false" ${rest}></label>`
  return html`<section class="panel"><h2>Look into a store</h2>
<form data-do="look"><label>Store<select name="store" data-do="lookup">${names.map((name) => html`<option value="${name}"${name === lookup.store ? html` selected` : ''}>${name}</option>`)}</select></label>
${field('key', 'Key', lookup.key, html`placeholder="one key"`)}${field('from', 'From', lookup.from, html`placeholder="or from …"`)}${field('to', 'To', lookup.to, html`placeholder="… to, both inclusive"`)}${field('limit', 'At most', lookup.limit, html`inputmode="numeric" size="5"`)}
${tokenField(token)}<button type="submit">Look</button></form>
${lookup.trouble === null ? null : html`<p class="fault" role="alert">${lookup.trouble}</p>`}${answer(lookup)}</section>`
}

/** @param {Lookup} lookup */
function answer({ answer: found }) {
  if (found === null) return FOR_THE_TOKEN
  const behind =
    found.lag === 0 ? '' : `, a copy answered that is ${count(found.lag)} changes behind`
  return html`<p class="quiet" role="status">${count(found.rows.length)} rows of ${found.store}${behind}</p>
<div class="scroll" tabindex="0" role="region" aria-label="Rows"><table><thead><tr><th scope="col">Key</th><th scope="col">Value</th></tr></thead><tbody>${found.rows.map(({ key, value }) => html`<tr><td>${text(key)}</td><td><code>${text(value)}</code></td></tr>`)}</tbody></table></div>`
}

/** @type {import('./table.mjs').Column<LagRow>[]} */
const PARTITIONS = [
  { id: 'topic', title: 'Topic', show: (row) => row.topic, by: (row) => row.topic },
  {
    ...{ id: 'partition', title: 'Part', isNumber: true },
    ...{ show: (row) => row.partition, by: (row) => row.partition },
  },
  offset('end', 'End', (row) => row.end, true),
  offset('committed', 'Committed', (row) => row.committed, true),
  offset('lag', 'Lag', (row) => row.lag, false),
  { id: 'task', title: 'Task', show: (row) => row.task, by: (row) => row.task },
  { id: 'state', title: 'State', show: (row) => shape(row.state), by: (row) => row.state },
  {
    ...{ id: 'host', title: 'Host', isExtra: true, by: (row) => row.host ?? '' },
    show: (row) => row.host ?? UNKNOWN,
  },
]

/**
 * @param {string} id
 * @param {string} title
 * @param {(row: LagRow) => number | null} of
 * @param {boolean} isExtra
 * @returns {import('./table.mjs').Column<LagRow>}
 */
function offset(id, title, of, isExtra) {
  return {
    ...{ id, title, isNumber: true, isExtra, by: (row) => of(row) ?? -1 },
    show: (row) => {
      const value = of(row)
      return value === null ? UNKNOWN : count(value)
    },
  }
}

/**
 * @param {State} state
 * @returns {Html}
 */
export function topicsPage({ documents: { lag, topology }, sorts, filter, peek, token }) {
  if (lag === undefined) return ASKING
  const unknown = lag.unknown === 0 ? '' : `, ${count(lag.unknown)} unknown`
  return html`<div class="bar"><h1>Topics</h1><input type="search" data-do="filter" value="${filter}" placeholder="Filter: topic, task, state" aria-label="Filter topics" autocomplete="off" spellcheck="false"><span class="quiet">Lag ${count(lag.lag)} in ${count(lag.partitions.length)} partitions${unknown}</span></div>
${table({ label: 'Partitions', columns: PARTITIONS, rows: lag.partitions, filter, sort: sorts['topics'], key: (row) => `${row.topic} ${row.partition} ${row.task}`, empty: 'Nothing is read.' })}${silent(lag.unanswered)}
${peeking(topicsIn(lag.partitions, topology), peek, token)}`
}

/**
 * Those that are read, and those that topologies write.
 * @param {readonly LagRow[]} partitions
 * @param {TopologyDocument | undefined} document
 */
export const topicsIn = (partitions, document) => [
  ...new Set([
    ...partitions.map(({ topic }) => topic),
    ...(document?.topologies ?? []).flatMap(({ subtopologies }) =>
      subtopologies.flatMap(({ nodes }) => nodes.flatMap(({ topics }) => topics)),
    ),
  ]),
]

/** @param {readonly string[]} topics @param {Peek} peek @param {string} token */
function peeking(topics, peek, token) {
  if (topics.length === 0) return null
  return html`<section class="panel"><h2>Look into a topic</h2>
<form data-do="peek"><label>Topic<select name="topic" data-do="peek">${topics.map((name) => html`<option value="${name}"${name === peek.topic ? html` selected` : ''}>${name}</option>`)}</select></label>
<label>From<input name="from" data-do="peek" value="${peek.from}" autocomplete="off" spellcheck="false" placeholder="first, last or an offset"></label>
<label>Of each partition<input name="count" data-do="peek" value="${peek.count}" inputmode="numeric" size="5" autocomplete="off"></label>
${tokenField(token)}<button type="submit">Look</button></form>
${peek.trouble === null ? null : html`<p class="fault" role="alert">${peek.trouble}</p>`}${peeked(peek)}</section>`
}

/** @param {Peek} peek */
function peeked({ answer: found }) {
  if (found === null) return FOR_THE_TOKEN
  return html`<p class="quiet" role="status">${count(found.records.length)} records of ${found.topic}, read as ${found.key} and ${found.value}</p>
<div class="scroll" tabindex="0" role="region" aria-label="Records"><table><thead><tr><th scope="col" class="number">Part</th><th scope="col" class="number">Offset</th><th scope="col" class="extra">Time</th><th scope="col">Key</th><th scope="col">Value</th></tr></thead><tbody>${found.records.map(
    (record) =>
      html`<tr id="${record.partition}-${record.offset}"><td class="number">${record.partition}</td><td class="number">${count(record.offset)}</td><td class="extra"><span class="nowrap">${moment(record.time)}</span></td><td>${text(record.key)}</td><td><code>${text(record.value)}</code></td></tr>`,
  )}</tbody></table></div>`
}
