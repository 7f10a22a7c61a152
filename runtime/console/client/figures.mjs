// Numbers as the console shows them, and the chart of the last minutes.

import { html } from './html.mjs'

const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const SHORT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })
/** The narrow space that groups digits without being taken for a comma. */
const THIN = '\u202f'
const WIDTH = 300
const HEIGHT = 60

/** `1 234 567` @param {number} value */
export const count = (value) => WHOLE.format(value).replaceAll(',', THIN)

/** `12.3K` @param {number} value */
export const brief = (value) => SHORT.format(value)

/** `0/s`, `0.4/s`, `12.3K/s` @param {number} perSecond */
export function rate(perSecond) {
  const isSmall = perSecond > 0 && perSecond < 10
  return `${isSmall ? perSecond.toFixed(1) : brief(Math.round(perSecond))}/s`
}

/** `512 B`, `1.4 MiB` @param {number} value */
export function bytes(value) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = value < 1024 ? 0 : Math.min(4, Math.floor(Math.log2(value) / 10))
  const scaled = value / 1024 ** power
  return `${power === 0 ? Math.round(scaled) : scaled.toFixed(1)} ${units[power]}`
}

/** `4 s`, `12 min`, `3 h 20 min`, `5 d` @param {number} ms */
export function age(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  if (seconds < 60) return `${seconds} s`
  if (minutes < 60) return `${minutes} min`
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
  return `${Math.floor(hours / 24)} d`
}

/** A moment, to the second, in UTC: two people see the same. @param {number} atMs */
export const moment = (atMs) => `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`

/**
 * A line over the last `spanMs` before `now`, from nothing to its largest value. Where two points are
 * further apart than `gapMs`, nobody looked in between and no line is drawn.
 * @param {readonly { readonly at: number, readonly value: number }[]} points
 * @param {{ readonly now: number, readonly spanMs: number, readonly gapMs: number, readonly label: string }} options
 */
export function chart(points, { now, spanMs, gapMs, label }) {
  const shown = points.filter(({ at }) => at > now - spanMs)
  const largest = Math.max(1, ...shown.map(({ value }) => value))
  /** @param {number} at */
  const x = (at) => (WIDTH * (1 - (now - at) / spanMs)).toFixed(1)
  /** @param {number} value */
  const y = (value) => (HEIGHT - 1 - (HEIGHT - 3) * (Math.max(0, value) / largest)).toFixed(1)
  const line = shown
    .map(({ at, value }, index) => {
      const before = shown[index - 1]
      const isApart = before === undefined || at - before.at > gapMs
      return `${isApart ? 'M' : 'L'}${x(at)} ${y(value)}`
    })
    .join('')
  return html`<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img"
 aria-label="${label}"><path class="ground" d="M0 ${HEIGHT - 1}H${WIDTH}"/><path class="line" d="${line}"/></svg>`
}
