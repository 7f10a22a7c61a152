// What happened: all of it on a page, and parts of it as a line of time on others.

import { age, count, moment } from './figures.mjs'
import { html } from './html.mjs'
import { table } from './table.mjs'

/** @import { Html } from './html.mjs' */
/** @import { State } from './state.ts' */
/** @import { PastEvent } from '../../events/read-events.ts' */

/** @type {Readonly<Record<string, readonly [string, string]>>} */
const SIGNS = { error: ['bad', '▲'], warn: ['warn', '◆'] }

/** A kind of event with a sign for how bad it is. @param {PastEvent} event */
function kind({ code, level, by }) {
  const [tone, shape] = SIGNS[level] ?? (by === null ? ['way', '·'] : ['good', '■'])
  return html`<span class="state ${tone}"><i aria-hidden="true">${shape}</i><code>${code}</code></span>`
}

/** @param {PastEvent} event */
const who = ({ by, host }) => by ?? host ?? '–'

/** @param {PastEvent} event */
const what = ({ message, reason, facts, code }) =>
  html`${message.split('\n')[0]}${code === 'TASKS_PLACED' ? html`: ${Number(facts['moving'] ?? 0)} of ${Number(facts['tasks'] ?? 0)} tasks on their way` : null}${reason === null ? null : html` <span class="quiet">(${reason})</span>`}`

/** @type {import('./table.mjs').Column<PastEvent>[]} */
const COLUMNS = [
  {
    ...{ id: 'time', title: 'Time', by: (event) => event.atMs },
    show: ({ atMs }) => {
      const [day, time] = moment(atMs).split(' ')
      return html`<time class="nowrap" title="${moment(atMs)}"><span class="extra">${day} </span>${time}<span class="extra"> UTC</span></time>`
    },
  },
  { id: 'kind', title: 'Kind', show: kind, by: (event) => event.code },
  { id: 'who', title: 'Who', isExtra: true, show: who, by: who },
  {
    ...{ id: 'what', title: 'What', show: what },
    by: ({ message, reason }) => `${message} ${reason ?? ''}`,
  },
]

/**
 * @param {State} state
 * @returns {Html}
 */
export function eventsPage({ documents: { events }, sorts, filter }) {
  if (events === undefined) return html`<p class="empty">Asking the host …</p>`
  const rows = events.events.toReversed()
  return html`<div class="bar"><h1>Events</h1><input type="search" data-do="filter" value="${filter}" placeholder="Filter: kind, who, what" aria-label="Filter events" autocomplete="off" spellcheck="false"><span class="quiet">The newest ${count(rows.length)}; <code>millrace events</code> has all that are kept</span></div>
${table({ label: 'Events', columns: COLUMNS, rows, filter, sort: sorts['events'], key: nameOf, empty: 'Nothing has happened that is still kept.' })}`
}

/** @param {PastEvent} event */
const nameOf = ({ atMs, code, host, message }) => `${atMs} ${code} ${host ?? ''} ${message}`

/**
 * The newest first, on a line of time.
 * @param {readonly PastEvent[]} events oldest first
 * @param {{ readonly now: number, readonly most: number, readonly empty: string }} options
 * @returns {Html}
 */
export function timeline(events, { now, most, empty }) {
  if (events.length === 0) return html`<p class="empty">${empty}</p>`
  return html`<ol class="timeline">${events
    .slice(-most)
    .toReversed()
    .map(
      (event) =>
        html`<li class="${SIGNS[event.level]?.[0] ?? (event.by === null ? 'plain' : 'deed')}"><p><time title="${moment(event.atMs)}">${age(now - event.atMs)} ago</time> <code>${event.code}</code> <span class="quiet">${who(event)}</span></p><p>${what(event)}</p></li>`,
    )}</ol>`
}

/** @param {State} state @param {string} task */
export const eventsOf = ({ documents: { events } }, task) =>
  (events?.events ?? []).filter(({ facts }) => facts['task'] === task)
