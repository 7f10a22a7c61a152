// The life of a task, drawn: the states of its machine (actors/task/machine.ts), the ways between them,
// and the one it is in. States in which nothing stays are left out. A spec compares it with the machine.

import { html } from './html.mjs'

/** @import { Html } from './html.mjs' */

const WIDTH = 456
const HEIGHT = 286
const BOX = { width: 98, height: 26 }

/** @param {number} column @param {number} row */
const place = (column, row) => ({ x: 20 + column * 110, y: [12, 76, 118, 186, 240][row] ?? 0 })

/** Where each state is. @type {Readonly<Record<string, { readonly x: number, readonly y: number }>>} */
export const PLACES = {
  opening: place(0, 0),
  claiming: place(1, 0),
  restoring: place(2, 0),
  starting: place(3, 0),
  paused: place(1, 1),
  'running.committing': place(2, 1),
  'running.working': place(3, 1),
  'running.stalled': place(2, 2),
  'running.idle': place(3, 2),
  closed: place(1, 3),
  'closing.clean': place(2, 3),
  'closing.dirty': place(3, 3),
  quarantined: place(1, 4),
  backoff: place(2, 4),
  wiping: place(3, 4),
}

/** States that stand around others. */
const GROUPS = [
  { name: 'running', from: 'running.committing', to: 'running.idle' },
  { name: 'closing', from: 'closing.clean', to: 'closing.dirty' },
]

/** The ways that say the most, from where to where. @type {readonly (readonly [string, string])[]} */
export const WAYS = [
  ['opening', 'claiming'],
  ['claiming', 'restoring'],
  ['restoring', 'starting'],
  ['starting', 'running.working'],
  ['running.working', 'running.committing'],
  ['running.committing', 'running.working'],
  ['running.working', 'running.idle'],
  ['running.idle', 'running.working'],
  ['running.committing', 'running.stalled'],
  ['running.stalled', 'running.committing'],
  ['running.committing', 'paused'],
  ['running.stalled', 'closing.dirty'],
  ['running.idle', 'closing.clean'],
  ['closing.clean', 'closed'],
  ['closing.dirty', 'quarantined'],
  ['closing.dirty', 'backoff'],
  ['closing.dirty', 'wiping'],
  ['backoff', 'opening'],
  ['quarantined', 'opening'],
  ['wiping', 'opening'],
]

/** Drawn together as one way around the left, from each of these to `opening`. */
const AGAIN = ['quarantined', 'backoff', 'wiping']

/** @param {string} state as the host says it @returns {Html} */
export function lifeChart(state) {
  return html`<svg class="life" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="The life of the task; it is ${state}">
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0.5L8 4L0 7.5z"/></marker></defs>
${GROUPS.map((group) => around(group, state))}${ways()}${Object.entries(PLACES).map(([name, at]) => box(name, at, state))}</svg>`
}

/** @param {typeof GROUPS[number]} group @param {string} state */
function around({ name, from, to }, state) {
  const [first, last] = [at(from), at(to)]
  const top = first.y - 20
  return html`<g class="group${state.startsWith(name) ? ' here' : ''}"><rect x="${first.x - 7}" y="${top}" width="${last.x - first.x + BOX.width + 14}" height="${last.y - first.y + BOX.height + 26}" rx="5"/><text x="${first.x}" y="${top + 13}">${name}</text></g>`
}

/** @param {string} name @param {{ readonly x: number, readonly y: number }} at @param {string} state */
function box(name, { x, y }, state) {
  const label = name.slice(name.indexOf('.') + 1)
  const isHere = state === name
  const tone = ['quarantined', 'backoff', 'running.stalled'].includes(name) ? ' bad' : ''
  return html`<g class="box${isHere ? ' here' : ''}${tone}"${isHere ? html` aria-current="step"` : ''}><rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="4"/><text x="${x + BOX.width / 2}" y="${y + 17}">${label}</text></g>`
}

function ways() {
  const rest = WAYS.filter(([from]) => !AGAIN.includes(from))
  const foot = HEIGHT - 8
  const back = AGAIN.map((name) => `M${middle(name)} ${at(name).y + BOX.height}V${foot}`).join('')
  const home = at('opening')
  const turn = `M${middle('wiping')} ${foot}H9V${home.y + 13}H${home.x}`
  return html`<g class="ways">${rest.map(([from, to]) => html`<path d="${way(from, to)}" marker-end="url(#tip)"/>`)}<path d="${back}"/><path d="${turn}" marker-end="url(#tip)"/></g>`
}

/** @param {string} from @param {string} to */
function way(from, to) {
  const [a, b] = [at(from), at(to)]
  const isBoth = WAYS.some(([x, y]) => x === to && y === from)
  // Two that lead both ways are drawn beside one another.
  const beside = isBoth ? (a.x < b.x || a.y < b.y ? 5 : -5) : 0
  if (a.y === b.y) {
    const y = a.y + 13 + beside
    return a.x < b.x ? `M${a.x + BOX.width} ${y}H${b.x}` : `M${a.x} ${y}H${b.x + BOX.width}`
  }
  const x = middle(from) + beside
  if (a.x === b.x)
    return a.y < b.y ? `M${x} ${a.y + BOX.height}V${b.y}` : `M${x} ${a.y}V${b.y + BOX.height}`
  const [y1, y2] = [a.y + BOX.height, b.y]
  const between = (y1 + y2) / 2
  return `M${x} ${y1}C${x} ${between} ${middle(to)} ${between} ${middle(to)} ${y2}`
}

/** @param {string} name */
const at = (name) => PLACES[name] ?? { x: 0, y: 0 }

/** @param {string} name */
const middle = (name) => at(name).x + BOX.width / 2
