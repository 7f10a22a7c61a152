// How commands answer: JSON when asked for, else text; tables without borders, so that they can be
// cut and sorted.

import process from 'node:process'

export const printJson = (document: unknown): void => {
  process.stdout.write(`${JSON.stringify(document)}\n`)
}

export const printLine = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

/** A note about the answer, not part of it. */
export const printNote = (line: string): void => {
  process.stderr.write(`${line}\n`)
}

export async function printTable(head: readonly string[], rows: Rows): Promise<void> {
  for (const line of await tableLines(head, rows)) printLine(line)
}

type Rows = readonly (readonly unknown[])[]

/** Columns as wide as their widest cell, two apart. What would move the cursor is a dot. */
export async function tableLines(head: readonly string[], rows: Rows): Promise<readonly string[]> {
  const isScreen = process.stdout.isTTY === true && !process.env['NO_COLOR']
  const { clean, columnsOf, fill } = await import('../dashboard/text.ts')
  const cells = [head, ...rows].map((row) => row.map((cell) => clean(String(cell))))
  const widths = head.map((_, n) => Math.max(...cells.map((row) => columnsOf(row[n] ?? ''))))
  const lines = cells.map((row) =>
    row
      .map((cell, n) => fill(cell, widths[n] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const [first = '', ...others] = lines
  return [isScreen ? `\u001b[1m${first}\u001b[22m` : first, ...others]
}

/** A fact on a page, and its name. */
export type Pair = readonly [name: string, said: string]

export const pairs = (all: readonly Pair[]): string[] =>
  all.map(([name, said]) => `${name.padEnd(12)}${said}`)

/** A table with an empty line above it; nothing where there are no rows. */
export const section = async (head: readonly string[], rows: Rows): Promise<readonly string[]> =>
  rows.length === 0 ? [] : ['', ...(await tableLines(head, rows))]

/** `950`, `12.3 k`, `4.56 M` */
export function short(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toFixed(2)} G`
  if (count >= 1e6) return `${(count / 1e6).toFixed(2)} M`
  return count >= 1e4 ? `${(count / 1e3).toFixed(1)} k` : String(count)
}

/** `512 B`, `1.5 MB` */
export function bytes(count: number): string {
  if (count < 1e3) return `${count} B`
  return count < 1e4 ? `${(count / 1e3).toFixed(1)} kB` : `${short(count)}B`
}

/** `4 s`, `12 min`, `3 h`, `5 d` */
export function age(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000))
  if (s < 120) return `${s} s`
  if (s < 7200) return `${Math.round(s / 60)} min`
  return s < 172_800 ? `${Math.round(s / 3600)} h` : `${Math.round(s / 86_400)} d`
}
