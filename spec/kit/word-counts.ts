// What the stores of a word count hold, asked for as a user would, a page at a time.

import type { QueryDocument } from '#runtime/admin/documents'
import { millrace } from './host-process.ts'

const PAGE = 10_000

/**
 * Every word and its count.
 * @param target which hosts to ask: options of the command
 */
export async function storedCounts(
  target: readonly string[],
  store = 'counts',
): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (let from = ''; ; ) {
    const range = from === '' ? [] : ['--from', from]
    const args = ['query', store, '--json', '--limit', String(PAGE), ...range, ...target]
    const { code, stdout, stderr } = await millrace(args)
    if (code !== 0) throw new Error(stderr)
    const { rows } = JSON.parse(stdout) as QueryDocument // what the command prints
    for (const { key, value } of rows) counts.set(String(key), Number(value))
    const last = String(rows.at(-1)?.key ?? '')
    if (last === from) return counts
    from = last
  }
}
