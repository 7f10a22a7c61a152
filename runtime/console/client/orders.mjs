// What a host can be told from the page: buttons, and the question before anything is told. The token
// goes with the order in a header and is kept by the page alone, so no other site can tell a host anything.

import { html } from './html.mjs'

/** @import { AnyTask, Order, State } from './state.ts' */
/** @import { QuarantineRow } from '../../admin/documents.ts' */

/** @param {readonly Order[]} orders */
export const buttons = (orders) =>
  html`<p class="orders">${orders.map(
    (order) =>
      html`<button type="button" data-order="${JSON.stringify(order)}" aria-label="${order.verb} ${order.subject}">${order.verb}</button>`,
  )}</p>`

/** @type {Readonly<Record<string, string>>} */
const EFFECTS = {
  pause: 'It commits, then takes in nothing until it is resumed.',
  resume: 'It goes on after the pause.',
  restart: 'It closes and opens again; this ends a quarantine, or a wait.',
  skip: 'It passes over the record it failed at, for good.',
}

/** What makes sense of a task as it is. @param {AnyTask} task @returns {readonly Order[]} */
export function taskOrders({ id, state, error, role }) {
  if (role !== 'active') return []
  const verbs = [
    state.startsWith('paused') ? 'resume' : 'pause',
    'restart',
    ...(error === null && state !== 'quarantined' ? [] : ['skip']),
  ]
  return verbs.map((verb) => ({
    ...{ verb, subject: id, effect: EFFECTS[verb] ?? '' },
    ...{ path: '../v1/orders', body: { task: id, order: verb } },
  }))
}

/** @param {string} host @param {string} state @returns {readonly Order[]} */
export function hostOrders(host, state) {
  const verb = state === 'draining' ? 'undrain' : 'drain'
  const effect =
    verb === 'undrain'
      ? 'It takes part again and gets tasks.'
      : 'It gives away what it has, each task when another host has copied it, and gets nothing new.'
  const body = { wish: verb, host }
  return [{ verb, subject: host, effect, path: '../v1/wishes', body }]
}

/** @param {boolean} isFrozen @returns {readonly Order[]} */
export function placementOrders(isFrozen) {
  const verb = isFrozen ? 'unfreeze' : 'freeze'
  const effect = isFrozen
    ? 'Tasks move to where they should be.'
    : 'From then on a task moves only when its host is gone, stopped or fenced.'
  return [{ verb, subject: 'the placement', effect, path: '../v1/wishes', body: { wish: verb } }]
}

/** @param {QuarantineRow} row @returns {readonly Order[]} */
export function keyOrders({ actor, key }) {
  const text = typeof key === 'string' ? key : JSON.stringify(key)
  return [
    { verb: 'retry', effect: 'It begins again at the message it failed at.' },
    { verb: 'skip', effect: 'It goes on after the message it failed at.' },
  ].map(({ verb, effect }) => ({
    ...{ verb, subject: `${actor} ${text}`, effect },
    ...{ path: '../v1/quarantine', body: { actor, key: text, order: verb } },
  }))
}

/** The question, and what became of the newest order. @param {State} state */
export const asking = ({ ask, token, note }) =>
  html`${ask === null ? null : question(ask, token)}${note === null ? null : html`<p class="note" role="status">${note}</p>`}`

/** @param {NonNullable<State['ask']>} ask @param {string} token */
const question = ({ order, reason, isSent, trouble }, token) =>
  html`<dialog class="ask" aria-labelledby="ask"><form data-do="order"><h2 id="ask">${order.verb} ${order.subject}?</h2><p>${order.effect}</p>
<label>Why, for the record<input name="reason" data-do="reason" value="${reason}" autocomplete="off" placeholder="may stay empty"></label>
<label>Token<input name="token" type="password" data-do="token" value="${token}" autocomplete="off" placeholder="of the host"></label>
${trouble === null ? null : html`<p class="fault" role="alert">${trouble}</p>`}
<p class="ends"><button type="button" class="plain" data-do="cancel">Cancel</button><button type="submit"${isSent ? html` disabled` : ''}>${order.verb}</button></p></form></dialog>`
