// The group: its hosts, the supervision tree of each, and what went wrong.

import { age, count, moment } from './figures.mjs'
import { html } from './html.mjs'
import { buttons, hostOrders, keyOrders, taskOrders } from './orders.mjs'
import { state as shape, table } from './table.mjs'
import { fault, linkTo } from './tasks.mjs'

/** @import { Html } from './html.mjs' */
/** @import { AnyTask, State } from './state.ts' */
/** @import { ActorSnapshot } from '#actors/kernel/tree' */
/** @import { HostRow, QuarantineRow } from '../../admin/documents.ts' */
/** @import { Failure } from '../../events/failures.ts' */

const ASKING = html`<p class="empty">Asking the host …</p>`

/**
 * @param {State} state
 * @returns {Html}
 */
export function hostsPage({ documents: { status }, sorts, at }) {
  if (status === undefined) return ASKING
  /** @type {import('./table.mjs').Column<HostRow>[]} */
  const columns = [
    { id: 'host', title: 'Host', show: (host) => host.id, by: (host) => host.id },
    { id: 'state', title: 'State', show: (host) => shape(host.state), by: (host) => host.state },
    {
      ...{
        id: 'part',
        title: 'Part',
        isExtra: true,
        by: (host) => (host.id === status.coordinator ? 0 : 1),
      },
      show: (host) => (host.id === status.coordinator ? 'coordinator' : ''),
    },
    numeric('tasks', 'Tasks', (host) => host.tasks),
    { ...numeric('copies', 'Copies', (host) => host.standbys), isExtra: true },
    { ...numeric('workers', 'Workers', (host) => host.workers), isExtra: true },
    {
      ...{ id: 'pid', title: 'Process', isNumber: true, isExtra: true },
      ...{ show: (host) => host.pid, by: (host) => host.pid },
    },
    {
      ...{ id: 'age', title: 'Runs for', isNumber: true, by: (host) => at - host.startedAt },
      show: (host) => age(at - host.startedAt),
    },
    {
      ...{ id: 'orders', title: '', by: () => '' },
      show: (host) => buttons(hostOrders(host.id, host.state)),
    },
  ]
  return html`<div class="bar"><h1>Hosts</h1><span class="quiet">${count(status.hosts.length)} members</span></div>
${table({ label: 'Hosts', columns, rows: status.hosts, key: (host) => host.id, sort: sorts['hosts'], empty: 'Nobody is a member.' })}${silent(status.unanswered)}`
}

/**
 * @param {string} id
 * @param {string} title
 * @param {(host: HostRow) => number} by
 * @returns {import('./table.mjs').Column<HostRow>}
 */
const numeric = (id, title, by) => ({
  ...{ id, title, by, isNumber: true },
  show: (host) => count(by(host)),
})

/** @param {readonly { readonly host: string, readonly error: string }[]} hosts */
export const silent = (hosts) =>
  hosts.map(
    ({ host, error }) =>
      html`<div class="fault" role="note"><p><b>Host ${host} did not answer</b></p><p>${error}</p></div>`,
  )

/**
 * @param {State} state
 * @returns {Html}
 */
export function treePage({ documents: { tree } }) {
  if (tree === undefined) return ASKING
  return html`<div class="bar"><h1>Supervision tree</h1><span class="quiet">Actors, and who restarts them</span></div>
${tree.hosts.map(({ host, trees }) => html`<section class="panel tree"><h2>${host}</h2><ul>${trees.map(branch)}</ul></section>`)}${silent(tree.unanswered)}`
}

/**
 * @param {ActorSnapshot} actor
 * @returns {Html}
 */
function branch(actor) {
  const { path, kind, status, note, restarts, control, data, lastError, children } = actor
  const mail = control + data
  return html`<li><span class="actor"><b>${path.slice(path.lastIndexOf('/') + 1) || path}</b> <span class="quiet">${kind}</span> ${shape(status ?? actor.state)}${note === null ? null : html` <span class="quiet">${note}</span>`}${mail === 0 ? null : html` <span>${count(mail)} waiting</span>`}${restarts === 0 ? null : html` <span class="warn">${count(restarts)} restarts</span>`}${lastError === null ? null : html` <span class="bad">${lastError.message}</span>`}</span>${children.length === 0 ? null : html`<ul>${children.map(branch)}</ul>`}</li>`
}

/**
 * What the errors page lists, without keys in quarantine.
 * @param {State} state
 */
export function failuresIn({ documents: { status, tasks } }) {
  /** @type {readonly AnyTask[]} */
  const all = tasks === undefined ? [] : [...tasks.tasks, ...tasks.standbys]
  const failed = all.filter(({ state, error }) => error !== null || state === 'quarantined')
  return { hosts: status?.unanswered ?? [], tasks: failed }
}

/**
 * @param {State} state
 * @returns {Html}
 */
export function errorsPage(state) {
  const { hosts, tasks } = failuresIn(state)
  const keys = state.quarantine?.keys ?? []
  const isQuiet = hosts.length + tasks.length + keys.length === 0
  return html`<div class="bar"><h1>Errors</h1></div>${isQuiet ? html`<p class="empty">No task has failed, and every host answers.</p>` : null}
${silent(hosts)}${tasks.map(failedTask)}${keys.map((key) => failedKey(key, state.at))}
${state.quarantine === null ? html`<p class="quiet">Keys of actors in quarantine are shown with the host’s token, which the page <a href="#/stores">Stores</a> takes.</p>` : null}
${lately(state)}`
}

/** @type {import('./table.mjs').Column<Failure>[]} */
const FAILURES = [
  { id: 'kind', title: 'Kind', by: (it) => it.code, show: (it) => html`<code>${it.code}</code>` },
  {
    ...{ id: 'count', title: 'Times', isNumber: true, by: (it) => it.count },
    show: (it) => count(it.count),
  },
  {
    ...{ id: 'last', title: 'Newest', isNumber: true, by: (it) => it.lastMs },
    show: (it) => html`<span class="nowrap">${moment(it.lastMs)}</span>`,
  },
  {
    ...{ id: 'hosts', title: 'Hosts', isExtra: true, by: (it) => it.hosts.join(' ') },
    show: (it) => it.hosts.join(', '),
  },
  {
    id: 'what',
    title: 'What',
    by: (it) => it.message,
    show: (it) => it.message.split('\n')[0] ?? '',
  },
]

/** Warnings and errors that were told, the like with the like. @param {State} state */
function lately({ documents: { events }, sorts }) {
  const rows = events?.lately ?? []
  return html`<div class="block"><h2>Lately</h2>${table({ label: 'Lately', columns: FAILURES, rows, key: (it) => `${it.code} ${it.message}`, sort: sorts['errors'], empty: 'No warning and no error among the newest events.' })}</div>`
}

/** @param {AnyTask} task */
const failedTask = (
  task,
) => html`<section class="panel"><h2><a href="${linkTo(task)}">${task.id}</a></h2>
<p>${shape(task.state)} <span class="quiet">on ${task.host}, ${count(task.restarts)} restarts</span></p>${task.error === null ? null : fault(task.error)}${buttons(taskOrders(task))}</section>`

/**
 * @param {QuarantineRow} row
 * @param {number} now
 */
const failedKey = (row, now) => {
  const { actor, key, error, atMs, waiting } = row
  return html`<section class="panel"><h2>${actor} ${text(key)}</h2><p>${shape('quarantined')} <span class="quiet">for ${age(now - atMs)}, ${count(waiting)} messages wait</span></p><div class="fault" role="note"><p>${error}</p></div>${buttons(keyOrders(row))}</section>`
}

/** A key or a value on one line. @param {unknown} value */
export const text = (value) => (typeof value === 'string' ? value : JSON.stringify(value))
