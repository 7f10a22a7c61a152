// A small bench harness: runs cases, prints a table, appends it to RESULTS.md. Machines are noisy and
// shared, so what counts is the ratio of two figures taken in the same run, A B A B, not the figures.

import { execFileSync } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { cpus } from 'node:os'

export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** What it is measured against, in the same run. */
  readonly ratio?:
    | { readonly to: string; readonly value: number; readonly goal?: number }
    | undefined
  readonly note?: string | undefined
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

export const quantile = (values: readonly number[], q: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0
}

/** Milliseconds a body takes. */
export async function timed(body: () => unknown): Promise<number> {
  const start = performance.now()
  await body()
  return performance.now() - start
}

/** Runs two bodies in turn, `rounds` times after one warm-up each; answers both medians, in ms. */
export async function inTurn(
  rounds: number,
  a: () => Promise<number>,
  b: () => Promise<number>,
): Promise<{ a: number; b: number }> {
  await a()
  await b()
  const times = { a: [] as number[], b: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    times.a.push(await a())
    times.b.push(await b())
  }
  return { a: median(times.a), b: median(times.b) }
}

export function report(figures: readonly Figure[], file: URL): void {
  const rows = figures.map(({ name, value, unit, ratio, note }) => [
    name,
    `${format(value)} ${unit}`,
    ratio === undefined ? '' : `${ratio.value.toFixed(2)} of ${ratio.to}`,
    ratio?.goal === undefined ? '' : `>= ${ratio.goal}`,
    note ?? '',
  ])
  const head = ['what', 'figure', 'ratio in this run', 'goal', 'note']
  const table = [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`)
  const machine = `${cpus().length} x ${cpus()[0]?.model.trim()}, Node ${process.version}`
  const title = `## ${new Date().toISOString().slice(0, 16)}Z, ${commit()}, ${machine}`
  const text = `\n${title}\n\n${table.join('\n')}\n`
  process.stdout.write(text)
  appendFileSync(file, text)
}

function format(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)} M`
  if (value >= 1e4) return `${(value / 1e3).toFixed(0)} k`
  return value >= 100 ? value.toFixed(0) : value.toFixed(2)
}

function commit(): string {
  const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim()
  const dirty =
    git('status', '--porcelain', '--', ':!spec/bench/RESULTS.md') === '' ? '' : ' + changes'
  return `${git('rev-parse', '--short', 'HEAD')}${dirty}`
}
