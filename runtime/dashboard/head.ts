// The head of the screen, whatever tab is open: is the application well, how much waits, how fast it goes.

import type { AlertRow } from '../admin/documents.ts'
import { whyUnwell } from '../admin/unwell.ts'
import { age, short } from '../cli/print.ts'
import { failuresIn } from './errors-tab.ts'
import { rate, sparkline } from './figures.ts'
import { type Look, newest, newestOf, rateNow, ratesOf, type Seen } from './looks.ts'
import { TABS } from './tabs.ts'
import { columnsOfLine, cutLine, type Line, type Span, span } from './text.ts'
import type { View } from './view.ts'

export const HEAD_LINES = 5
/** Older than this, what is shown is said to be old. */
const OLD_MS = 2500
const SPARK_COLUMNS = 60

export function headLines(seen: Seen, view: View, width: number): readonly Line[] {
  const look = newest(seen.looks)
  const lines =
    look === undefined
      ? [[span(' asking a host ...', 'bold')], [], []]
      : [stateLine(look, seen, view), countLine(look), paceLine(seen.looks, width)]
  return [...lines, troubleLine(seen, view, look), tabLine(view, look)].map((line) =>
    cutLine(line, width),
  )
}

function stateLine({ status }: Look, { now }: Seen, { frozen }: View): Line {
  const reasons = whyUnwell(status)
  const isWell = reasons.length === 0
  const facts = [
    `placement ${status.placement}`,
    `coordinator ${status.coordinator ?? 'none'}`,
    new Date(now).toTimeString().slice(0, 8),
  ]
  return [
    ...[span(` ${status.application} `, 'bold'), span(' ')],
    isWell ? span('well', 'good') : span('! NOT WELL', 'bad'),
    span(`  ${facts.join('  ')}`),
    ...(frozen === null ? [] : [span('  FROZEN', 'warn')]),
  ]
}

function countLine({ status }: Look): Line {
  const { tasks, standbys, hosts } = status
  const states = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([state, count]) => `${count} ${state}`)
      .join(', ') || 'none'
  const copies = Object.keys(standbys).length > 0 ? `  standbys ${states(standbys)}` : ''
  return [span(` hosts ${hosts.length}  tasks ${states(tasks)}${copies}`)]
}

/** Sparklines share what room is left. */
function paceLine(looks: readonly Look[], width: number): Line {
  const now = rateNow(looks)
  const rates = ratesOf(looks)
  const lags = looks.flatMap(({ status }) => status.lag ?? [])
  const parts: readonly (readonly [string, readonly number[]])[] = [
    [`lag ${short(lags.at(-1) ?? 0)}`, lags],
    [`in ${rate(now.in)}`, rates.map((it) => it.in)],
    [`out ${rate(now.out)}`, rates.map((it) => it.out)],
  ]
  const words = parts.reduce((sum, [text]) => sum + text.length + 3, 0)
  const each = Math.min(SPARK_COLUMNS, Math.max(0, Math.floor((width - words) / parts.length)))
  return parts.flatMap(([text, values]): Span[] => [
    ...[span(` ${text} `), span(sparkline(values, each).padEnd(each), 'good'), span(' ')],
  ])
}

function troubleLine({ trouble, now, looks }: Seen, view: View, look: Look | undefined): Line {
  if (look === undefined) return trouble === null ? [] : [span(` ! ${trouble}`, 'bad')]
  const at = newest(view.frozen?.looks ?? looks)?.at ?? now
  const old = now - at
  if (trouble !== null) return [span(` ! ${age(old)} old: ${trouble}`, 'bad')]
  if (view.frozen !== null) return [span(` frozen ${age(old)} ago; space goes on`, 'warn')]
  if (old > OLD_MS) return [span(` ! ${age(old)} old: the host has not answered yet`, 'warn')]
  return wrongLine(look, newestOf(looks, 'alerts')?.alerts ?? [])
}

/** What is wrong, and alerts by their names: those that only hold, and do not fire yet, are no more than a warning. */
function wrongLine({ status }: Look, alerts: readonly AlertRow[]): Line {
  const reasons = whyUnwell(status)
  const named = (wanted: AlertRow['state']): readonly string[] => [
    ...new Set(alerts.flatMap(({ name, state }) => (state === wanted ? [name] : []))),
  ]
  const [firing, pending] = [named('firing'), named('pending')]
  const words = [...reasons, ...firing, ...pending.map((name) => `${name} pending`)].join('; ')
  if (words === '') return []
  return reasons.length + firing.length > 0
    ? [span(` ! ${words}`, 'bad')]
    : [span(` ~ ${words}`, 'warn')]
}

function tabLine({ tab }: View, look: Look | undefined): Line {
  const failures = look === undefined ? 0 : failuresIn(look)
  const line = TABS.flatMap(({ name }, index): Span[] => {
    const text = `${index + 1} ${name}${name === 'Errors' && failures > 0 ? ` (${failures})` : ''}`
    // The brackets say which one is open where nothing can be reversed.
    return [index === tab ? span(`[${text}]`, 'marked') : span(` ${text} `)]
  })
  return columnsOfLine(line) > 0 ? [span(' '), ...line] : line
}
