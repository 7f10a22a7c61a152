// Is the application well, and if not, why; who runs it, how much waits, and how fast it goes.

import { timeline } from './events.mjs'
import { age, brief, chart, count, rate } from './figures.mjs'
import { html } from './html.mjs'
import { GAP_MS, spanOf } from './looks.mjs'
import { state as shape } from './table.mjs'
import { facts } from './tasks.mjs'

/** @import { Html } from './html.mjs' */
/** @import { History, State } from './state.ts' */
/** @import { AlertRow, AlertsDocument, Spread, StatusDocument } from '../../admin/documents.ts' */

/**
 * @param {State} state
 * @returns {Html}
 */
export function overviewPage({ documents: { status, events, alerts }, history, at }) {
  if (status === undefined) return html`<p class="empty">Asking the host …</p>`
  return html`<h1 class="unseen">Overview</h1>
<section class="panels">${verdict(status)}
<section class="panel"><h2>Tasks</h2>${tally(status.tasks)}${Object.keys(status.standbys).length === 0 ? null : html`<h3>Copies</h3>${tally(status.standbys)}`}</section>
<section class="panel"><h2>Hosts</h2>${facts(
    status.hosts.map((host) => [
      host.id,
      html`${shape(host.state)} <span class="quiet">${count(host.tasks)} tasks${host.id === status.coordinator ? ', coordinates' : ''}</span>`,
    ]),
  )}</section></section>
${alerts === undefined ? null : alertPanels(alerts, at)}
<section class="panels charts">${charts(history)}</section>
<section class="panel lately"><h2>Lately</h2>${events === undefined ? null : timeline(events.events, { now: at, most: 8, empty: 'Nothing has happened that is still kept.' })}<p class="more"><a href="#/events">All events</a></p></section>`
}

/** @param {StatusDocument} status */
function verdict(status) {
  const reasons = status.unwell ?? []
  return html`<section class="panel ${reasons.length === 0 ? 'well' : 'unwell'}"><h2>State</h2>
<p class="verdict">${well(status)}</p>${reasons.length === 0 ? html`<p>Every task runs and every host answers.</p>` : html`<ul class="reasons">${reasons.map((reason) => html`<li>${reason}</li>`)}</ul>`}
${facts([
  ['Application', status.application],
  ['Asked', status.host ?? 'nobody'],
  ['Coordinator', status.coordinator ?? 'nobody'],
  ['Placement', count(status.placement)],
])}</section>`
}

/** @param {AlertsDocument} document @param {number} now */
function alertPanels({ alerts, unjudged, commitMs, latencyMs }, now) {
  const isFiring = alerts.some(({ state }) => state === 'firing')
  return html`<section class="panels"><section class="panel${isFiring ? ' unwell' : ''}"><h2>Alerts</h2>${alerts.length === 0 ? html`<p class="empty">None of the rules that hosts can judge holds.</p>` : html`<ul class="alerts">${alerts.map((alert) => alertLine(alert, now))}</ul>`}
<p class="quiet">Rules that look back begin when a console is opened. For Prometheus alone: ${unjudged.join(', ')}.</p></section>
<section class="panel"><h2>From end to end</h2>${spread(latencyMs ?? { p50: null, p99: null })}<p class="quiet">From where records came in to results that can be read; the longest of each commit.</p></section>
<section class="panel"><h2>Commits</h2>${spread(commitMs)}<p class="quiet">How long they took, of the last five minutes, while a console was open.</p></section></section>`
}

/** @param {Spread} of */
const spread = ({ p50, p99 }) =>
  facts([
    ['p50', duration(p50)],
    ['p99', duration(p99)],
  ])

/** @param {AlertRow} alert @param {number} now */
function alertLine({ name, severity, state, sinceMs, summary, action }, now) {
  const [tone, sign] = severity === 'critical' ? ['bad', '▲'] : ['warn', '◆']
  return html`<li><span class="state ${tone}"><i aria-hidden="true">${sign}</i>${name}</span> <span class="quiet">${severity}, ${state === 'firing' ? 'fires' : 'holds'} for ${age(now - sinceMs)}</span><p>${summary}</p><p class="quiet">${action}</p></li>`
}

/** @param {number | null} ms */
const duration = (ms) =>
  ms === null ? '–' : ms < 10 ? `${ms.toFixed(1)} ms` : `${count(Math.round(ms))} ms`

/** @param {StatusDocument} status */
export const well = ({ unwell = [] }) =>
  unwell.length === 0
    ? html`<span class="state good"><i aria-hidden="true">●</i>well</span>`
    : html`<span class="state bad"><i aria-hidden="true">▲</i>not well</span>`

/** @param {Readonly<Record<string, number>>} states */
const tally = (states) =>
  Object.keys(states).length === 0
    ? html`<p class="empty">None.</p>`
    : html`<ul class="tally">${Object.entries(states).map(([state, number]) => html`<li><b>${count(number)}</b>${shape(state)}</li>`)}</ul>`

/** @param {History} history */
function charts({ samples }) {
  const newest = samples.at(-1)
  const window = { now: newest?.at ?? 0, spanMs: spanOf(samples) }
  const lags = samples.map(({ at, lag }) => ({ at, value: lag }))
  /** @param {'in' | 'out'} side */
  const rates = (side) =>
    samples.flatMap(({ at, rates }) => (rates === null ? [] : [{ at, value: rates[side] }]))
  return [
    panel('Lag', 'records', count(newest?.lag ?? 0), lags, window, brief),
    panel('In', 'records', rate(newest?.rates?.in ?? 0), rates('in'), window, rate),
    panel('Out', 'records', rate(newest?.rates?.out ?? 0), rates('out'), window, rate),
  ]
}

/**
 * @param {string} title
 * @param {string} unit
 * @param {string} value
 * @param {readonly { readonly at: number, readonly value: number }[]} points
 * @param {{ readonly now: number, readonly spanMs: number }} window
 * @param {(value: number) => string} show
 */
function panel(title, unit, value, points, window, show) {
  const most = show(Math.max(0, ...points.map((point) => point.value)))
  const label = `${title} of the last ${age(window.spanMs)}: ${value} now, ${most} at most`
  return html`<figure class="panel"><figcaption><span>${title} <span class="quiet">${unit}</span></span><b>${value}</b></figcaption>
${chart(points, { ...window, gapMs: GAP_MS, label })}
<p class="axis"><span>${age(window.spanMs)} ago</span><span>at most ${most}</span><span>now</span></p></figure>`
}
