// Tasks and their copies, and all there is to say about one.

import { eventsOf, timeline } from './events.mjs'
import { age, bytes, count, moment, rate } from './figures.mjs'
import { html } from './html.mjs'
import { lifeChart } from './lifechart.mjs'
import { NO_RATES, nameOf, sum } from './looks.mjs'
import { buttons, taskOrders } from './orders.mjs'
import { state as shape, table } from './table.mjs'

/** @import { Html } from './html.mjs' */
/** @import { AnyTask, Rates, State, Stay } from './state.ts' */
/** @import { ErrorFacts } from '#protocols/core/errors' */

/** @param {AnyTask} task */
export const linkTo = (task) => `#/tasks/${encodeURIComponent(nameOf(task))}`

/** A long name may go on in the next line after a slash. @param {string} name */
const breakable = (name) =>
  name.split('/').map((part, index) => (index === 0 ? html`${part}` : html`/<wbr>${part}`))

/** @param {AnyTask} task */
const roleOf = (task) => ('purpose' in task ? task.purpose : 'active')

/**
 * @param {State} state
 * @returns {Html}
 */
export function tasksPage(state) {
  const { documents, filter, sorts, route, history } = state
  const known = documents.tasks
  if (known === undefined) return html`<p class="empty">Asking the host …</p>`
  /** @type {readonly AnyTask[]} */
  const rows = [...known.tasks, ...known.standbys]
  /** @param {AnyTask} task */
  const rates = (task) => history.rates.get(nameOf(task)) ?? NO_RATES
  const open = rows.find((task) => nameOf(task) === route.open)
  const list = table({
    ...{ label: 'Tasks', rows, filter, sort: sorts['tasks'], columns: columns(rates) },
    key: nameOf,
    empty: 'No task is placed yet.',
    isOpen: (task) => task === open,
  })
  return html`<div class="bar"><h1>Tasks</h1><input type="search" data-do="filter" value="${filter}" placeholder="Filter: name, state, host" aria-label="Filter tasks" autocomplete="off" spellcheck="false"><span class="quiet">${count(known.tasks.length)} tasks, ${count(known.standbys.length)} copies</span></div>
<div class="${open === undefined ? 'split' : 'split both'}">${list}${open === undefined ? gone(route.open) : details(open, rates(open), state)}</div>`
}

/**
 * @param {(task: AnyTask) => Rates} rates
 * @returns {import('./table.mjs').Column<AnyTask>[]}
 */
const columns = (rates) => [
  {
    ...{ id: 'task', title: 'Task', by: (task) => task.id },
    show: (task) => html`<a href="${linkTo(task)}">${breakable(task.id)}</a>`,
  },
  { id: 'state', title: 'State', show: (task) => shape(task.state), by: (task) => task.state },
  { id: 'role', title: 'Role', isExtra: true, show: roleOf, by: roleOf },
  { id: 'host', title: 'Host', show: (task) => task.host, by: (task) => task.host },
  { ...number('lag', 'Lag', (task) => task.lag), show: (task) => count(task.lag) },
  { ...number('in', 'In', (task) => rates(task).in), show: (task) => rate(rates(task).in) },
  {
    ...number('out', 'Out', (task) => rates(task).out),
    ...{ isExtra: true, show: (task) => rate(rates(task).out) },
  },
  {
    ...number('records', 'Records', (task) => task.records),
    ...{ isExtra: true, show: (task) => count(task.records) },
  },
  {
    ...number('restarts', 'Restarts', (task) => task.restarts),
    ...{ isExtra: true, show: (task) => count(task.restarts) },
  },
]

/**
 * @param {string} id
 * @param {string} title
 * @param {(task: AnyTask) => number} by
 */
const number = (id, title, by) => ({ id, title, by, isNumber: true })

/** @param {string | null} name */
const gone = (name) =>
  name === null
    ? null
    : html`<aside class="details" aria-label="Details"><p class="empty">${name} is not here any more.</p>${close}</aside>`

const close = html`<a class="close" href="#/tasks" aria-label="Close details">Close</a>`

/**
 * @param {AnyTask} task
 * @param {Rates} rates
 * @param {State} state
 */
function details(task, rates, state) {
  const now = state.at
  const isActive = task.role === 'active'
  const place = state.documents.rebalance?.tasks.find(({ id }) => id === task.id)
  const { meter, restored, restoredFrom, restoreEnd } = task
  // What it commits after that grows the end too.
  const whole = task.state.startsWith('restoring') ? ` of ${count(restoreEnd - restoredFrom)}` : ''
  const dropped = Object.entries(task.dropped).filter(([, number]) => number > 0)
  const mean = meter.commits === 0 ? '–' : `${(meter.commitMs / meter.commits).toFixed(1)} ms`
  const committed = meter.committedAt === 0 ? 'never' : `${age(now - meter.committedAt)} ago`
  return html`<aside class="details" aria-label="Details of ${task.id}">
<header><h2>${task.id}</h2>${close}</header>
${buttons(taskOrders(task))}${task.error === null ? null : fault(task.error)}
${facts([
  ['State', shape(task.state)],
  ['Role', roleOf(task)],
  ['Host', `${task.host}, worker ${task.worker}`],
  ['Epoch', count(task.epoch)],
  ['Restarts', count(task.restarts)],
  ['Stream time', task.streamTime === 0 ? 'no record yet' : moment(task.streamTime)],
  ['Replayed', `${count(restored - restoredFrom)}${whole} changes`],
  ...(isActive && place?.why ? [/** @type {const} */ (['Placement', place.why])] : []),
])}
${isActive ? html`<h3>Life</h3>${lifeChart(task.state)}` : null}${stays(state.history.lives.get(nameOf(task)) ?? [])}
<h3>Positions</h3>${positions(task)}
<h3>Meter</h3>
${facts([
  ['Records in', `${count(task.records)}, ${rate(rates.in)}`],
  ['Records out', `${count(meter.recordsOut)}, ${rate(rates.out)}`],
  ['Bytes out', bytes(meter.bytesOut)],
  [
    'Dropped',
    `${count(sum(dropped.map(([, number]) => number)))}${dropped.length > 0 ? ` (${dropped.map(([reason, number]) => `${number} ${reason}`).join(', ')})` : ''}`,
  ],
  ['Store changes', count(meter.changes)],
  ['Commits', `${count(meter.commits)}, newest ${committed}`],
  ['A commit takes', `${mean} in the mean`],
  [
    'Busy',
    `${(meter.busyMs / 1000).toFixed(1)} s, ${Math.round(rates.busy * 100)} % of a thread now`,
  ],
])}
<h3>What happened to it</h3>${timeline(eventsOf(state, task.id), { now, most: 12, empty: 'Nothing that is still kept: it never failed and nobody told it anything.' })}</aside>`
}

/** What it went through since the page looks. @param {readonly Stay[]} all */
const stays = (all) =>
  html`<ol class="stays" aria-label="States since this page looks">${all.map(({ state, at }) => html`<li>${shape(state)} <time class="quiet" title="${moment(at)}">${moment(at).slice(11, 19)}</time></li>`)}</ol>`

/** @param {AnyTask} task */
function positions({ positions: each }) {
  if (each.length === 0) return html`<p class="empty">It reads nothing.</p>`
  return html`<table class="inner"><thead><tr><th scope="col">Input</th><th scope="col" class="number">Committed</th><th scope="col" class="number">Position</th><th scope="col" class="number">Lag</th></tr></thead><tbody>${each.map(
    (at) =>
      html`<tr><td>${at.topic} ${at.partition}</td><td class="number">${count(at.committed)}</td><td class="number">${count(at.position)}</td><td class="number">${count(at.lag)}</td></tr>`,
  )}</tbody></table>`
}

/** @param {readonly (readonly [string, Html | string])[]} rows */
export const facts = (rows) =>
  html`<dl>${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`

/**
 * An error as it was said: what, where, how to mend it.
 * @param {ErrorFacts} error
 */
export const fault = ({ code, what, where, hint }) =>
  html`<div class="fault" role="note"><p><b>${what}</b></p>${where === undefined ? null : html`<p>${where}</p>`}${hint === undefined ? null : html`<p>${hint}</p>`}<p><code>${code}</code></p></div>`
