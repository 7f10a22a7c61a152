// What the benchmarks print: a table of figures, which is also appended to RESULTS.md. Machines are
// noisy and shared, so what counts is a ratio of two figures taken in the same run, in turn; a figure
// by itself says little about another machine.

import { execFileSync } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { cpus } from 'node:os'

export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** What it is measured against, in the same run. */
  readonly ratio?: { readonly to: string; readonly value: number } | undefined
  readonly goal?: Goal | undefined
  readonly note?: string | undefined
}

/** What we want of a ratio, or of a figure by itself. */
export type Goal = { readonly of?: 'ratio' | 'figure' } & (
  | { readonly least: number }
  | { readonly most: number }
)

export const RESULTS = new URL('./RESULTS.md', import.meta.url)
const HEAD = ['what', 'figure', 'ratio in this run', 'goal', 'note']

/** Prints the figures, and keeps them. */
export function report(title: string, figures: readonly Figure[]): void {
  const text = tableOf(title, figures)
  process.stdout.write(text)
  appendFileSync(RESULTS, text)
}

/** A section of RESULTS.md. */
export function tableOf(title: string, figures: readonly Figure[]): string {
  const rows = [HEAD, HEAD.map(() => '---'), ...figures.map(row)]
  const table = rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
  const machine = `${cpus().length} x ${cpus()[0]?.model.trim()}, Node ${process.version}`
  const time = new Date().toISOString().slice(0, 16)
  return `\n## ${title}: ${time}Z, ${commit()}, ${machine}\n\n${table}\n`
}

function row(figure: Figure): string[] {
  const { name, value, unit, ratio, note } = figure
  return [
    name,
    `${shown(value)} ${unit}`,
    ratio === undefined ? '' : `${shown(ratio.value)} of ${ratio.to}`,
    goalOf(figure),
    note ?? '',
  ]
}

function goalOf({ value, ratio, goal }: Figure): string {
  if (goal === undefined) return ''
  const measured = goal.of === 'ratio' && ratio !== undefined ? ratio.value : value
  const isMet = 'least' in goal ? measured >= goal.least : measured <= goal.most
  const bound = 'least' in goal ? `>= ${shown(goal.least)}` : `<= ${shown(goal.most)}`
  return `${bound}: ${isMet ? 'met' : 'missed'}`
}

/** Three digits that count. */
export function shown(value: number): string {
  const [scaled, suffix] =
    value >= 1e6 ? [value / 1e6, ' M'] : value >= 1e4 ? [value / 1e3, ' k'] : [value, '']
  return `${Number(scaled.toPrecision(scaled >= 1000 ? 4 : 3))}${suffix}`
}

/** The commit measured, and whether the tree was changed since. */
function commit(): string {
  const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim()
  try {
    const changes = git('status', '--porcelain', '--', ':!spec/bench/RESULTS.md')
    return `${git('rev-parse', '--short', 'HEAD')}${changes === '' ? '' : ' + changes'}`
  } catch {
    return 'no commit' // A copy without its history can be measured too.
  }
}
