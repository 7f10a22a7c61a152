// Numbers as a dashboard shows them: rates, sparklines and bars.

import { short } from '../cli/print.ts'

const STEPS = '▁▂▃▄▅▆▇█'

/** The newest of `values` as bars, one column each, from nothing to the largest of them. */
export function sparkline(values: readonly number[], width: number): string {
  const shown = width <= 0 ? [] : values.slice(-width)
  const largest = Math.max(0, ...shown)
  return shown
    .map((value) => {
      const step = largest > 0 ? Math.round((Math.max(0, value) / largest) * 7) : 0
      return STEPS[step]
    })
    .join('')
}

/** `[████░░░░]  50 %`; a share outside of 0 to 1 is the nearer end. */
export function bar(share: number, width: number): string {
  const known = Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : 0
  const inside = Math.max(1, width - 8)
  const full = Math.floor(known * inside)
  const percent = `${Math.floor(known * 100)} %`.padStart(5)
  return `[${'█'.repeat(full)}${'░'.repeat(inside - full)}] ${percent}`
}

/** `0/s`, `0.4/s`, `12.3 k/s` */
export function rate(perSecond: number): string {
  const isSmall = perSecond > 0 && perSecond < 10
  return `${isSmall ? perSecond.toFixed(1) : short(Math.round(perSecond))}/s`
}
