// Where every task is and should be: what is on its way and how far, what changed when, and why a task is
// not where it is wished.

import { timeline } from './events.mjs'
import { age, count, rate } from './figures.mjs'
import { html } from './html.mjs'
import { NO_RATES, nameOf } from './looks.mjs'
import { buttons, placementOrders } from './orders.mjs'
import { state as shape, table } from './table.mjs'

/** @import { Html } from './html.mjs' */
/** @import { AnyTask, History, State } from './state.ts' */
/** @import { MoveRow, RebalanceDocument, TasksDocument } from '../../admin/documents.ts' */

/** @typedef {RebalanceDocument['tasks'][number]} Place */

/** What a move waits for, in words. */
const WAITS = {
  warming: 'the new host to copy its stores',
  closing: 'the old host to let go',
  opening: 'the new host to open it',
}

/** Events that have to do with where tasks are. */
const TURNS =
  /^(TASKS_PLACED|COORDINATOR_|HOST_|PLAN_|(UN)?(DRAIN|FENCE|FREEZE|PIN)$|MOVE$|PROMOTE$|RESET$)/

/** @type {import('./table.mjs').Column<MoveRow>[]} */
const MOVES = [
  { id: 'task', title: 'Task', show: (move) => move.task, by: (move) => move.task },
  {
    ...{ id: 'from', title: 'From', by: (move) => move.from ?? '' },
    show: (move) => move.from ?? html`<span class="quiet">nobody</span>`,
  },
  { id: 'to', title: 'To', show: (move) => move.to, by: (move) => move.to },
  {
    ...{ id: 'waits', title: 'Waits for', by: (move) => move.waitsFor },
    show: (move) => html`${shape(move.waitsFor)} ${WAITS[move.waitsFor]}`,
  },
]

/** @type {import('./table.mjs').Column<Place>[]} */
const PLACES = [
  { id: 'task', title: 'Task', show: (place) => place.id, by: (place) => place.id },
  {
    ...{ id: 'on', title: 'On', by: (place) => place.holders.join(' ') },
    show: (place) => place.holders.join(', ') || html`<span class="quiet">nobody</span>`,
  },
  { id: 'target', title: 'Target', show: (place) => place.target, by: (place) => place.target },
  {
    ...{ id: 'copies', title: 'Copies', by: (place) => place.standbys.join(' ') },
    show: (place) => place.standbys.join(', ') || '–',
  },
  {
    ...{ id: 'why', title: 'Why', by: (place) => place.why ?? place.step },
    show: ({ step, why, pin }) =>
      html`${shape(step)} <span class="quiet">${why ?? (pin === null ? '' : 'pinned')}</span>`,
  },
]

/**
 * @param {State} state
 * @returns {Html}
 */
export function rebalancePage({ documents, sorts, history, at }) {
  const { tasks, status, rebalance, events } = documents
  if (tasks === undefined || status === undefined)
    return html`<p class="empty">Asking the host …</p>`
  const turns = (events?.events ?? []).filter(({ code }) => TURNS.test(code))
  const frozen = rebalance?.isFrozen === true ? html` ${shape('frozen')}` : null
  return html`<div class="bar"><h1>Rebalance</h1><span class="quiet">Placement ${count(status.placement)}, by ${status.coordinator ?? 'nobody'}</span>${frozen}${rebalance === undefined ? null : buttons(placementOrders(rebalance.isFrozen))}</div>
<div class="block"><h2>On the way</h2>${table({ label: 'Moves', columns: MOVES, rows: tasks.moves, key: (move) => move.task, sort: undefined, empty: 'Every task is where the placement wants it.' })}</div>${replays(tasks, history)}
<div class="split both wide"><div class="block"><h2>Every task</h2>${rebalance === undefined ? null : table({ label: 'Places', columns: PLACES, rows: rebalance.tasks, key: (place) => `place ${place.id}`, sort: sorts['rebalance'], empty: 'No task is placed yet.' })}</div>
<section class="panel"><h2>What changed</h2>${timeline(turns, { now: at, most: 30, empty: 'Nothing that is still kept.' })}</section></div>`
}

/** Tasks that replay their log, and copies that are not fresh. @param {TasksDocument} tasks @param {History} history */
function replays({ tasks, standbys }, history) {
  const behind = [
    ...tasks.filter(({ state }) => state.startsWith('restoring')),
    ...standbys.filter(({ state, lag }) => lag > 0 || !state.startsWith('following')),
  ]
  if (behind.length === 0) return null
  return html`<section class="panel"><h2>Replaying</h2><ul class="replays">${behind.map((task) => replay(task, history))}</ul></section>`
}

/** @param {AnyTask} task @param {History} history */
function replay(task, history) {
  const { id, host, restored, restoredFrom, restoreEnd } = task
  const { replayed } = history.rates.get(nameOf(task)) ?? NO_RATES
  const [done, whole] = [restored - restoredFrom, Math.max(1, restoreEnd - restoredFrom)]
  const left = Math.max(0, restoreEnd - restored)
  const eta = replayed < 0.01 ? '' : `, ${age((left / replayed) * 1000)} left`
  return html`<li><span>${id} <span class="quiet">on ${host}</span></span><progress max="${whole}" value="${Math.max(0, done)}" aria-label="Replayed of ${id}"></progress><span class="quiet">${count(left)} changes behind, ${rate(replayed)}${eta}</span></li>`
}
