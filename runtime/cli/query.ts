// millrace query: rows of a store, answered by whichever host owns them, or by standbys.

import process from 'node:process'
import type { Command } from 'commander'
import { askAdmin } from '../admin/admin-client.ts'
import type { QueryDocument } from '../admin/documents.ts'
import { shown } from '../admin/values.ts'
import { maybeWhole } from './options.ts'
import { printJson, printLine, printNote } from './print.ts'
import { findHost, type TargetOptions, withHost } from './target.ts'

interface QueryOptions extends TargetOptions {
  readonly from?: string
  readonly to?: string
  readonly limit: string
  readonly maxLag?: string
  readonly maxAge?: string
  readonly atLeast?: readonly string[]
  readonly timeout?: string
  readonly windowsOf?: string
  readonly earliest?: string
  readonly latest?: string
}

const HELP = `
Keys are text, numbers or JSON, as the store's key serde asks; bounds are inclusive.
Exit code 1 when the key is not there, 4 when there was no answer in time.
With --max-lag a standby may answer that has not applied so many changes yet; there is an answer
while the host that owns the key is away, and how far behind it was is said on standard error.
With --max-age anybody may answer who provably has all that was committed so long before: 0 is all.
A global table is answered by the copy of the host that is asked.
With --at-least the answer has what became of that record, written as topic/partition/offset, of a
topic that makes the store; produce --json says where it put records. It may be said more than once.
What cannot be answered yet is asked for again until --timeout is over.

Examples:
  millrace query counts whale
  millrace query counts --from a --to b --limit 10
  millrace query counts --limit 5 --json
  millrace query counts whale --max-lag 1000
  millrace query counts whale --max-age 500ms --timeout 2s
  millrace query orders ann --at-least orders.in/3/1041
  millrace query visits --windows-of whale --earliest 1700000000000`

export function addQuery(program: Command): void {
  withHost(program.command('query'))
    .argument('<store>')
    .argument('[key]')
    .description('read a state store')
    .option('--from <key>', 'rows from this key on')
    .option('--to <key>', 'rows up to this key')
    .option('-n, --limit <count>', 'most rows', '100')
    .option('--max-lag <changes>', 'let a standby answer that is at most so far behind')
    .option(
      '--max-age <time>',
      'let a standby answer that has all that was committed so long before',
    )
    .option('--at-least <place>', 'answer with this record: topic/partition/offset', collect)
    .option('--timeout <time>', 'how long to ask again; default 10s')
    .option('--windows-of <key>', 'the windows of a key, in order of time')
    .option('--earliest <ms>', 'with --windows-of: that start, or as sessions end, here or later')
    .option('--latest <ms>', 'with --windows-of: that start here or before')
    .addHelpText('after', HELP)
    .action(query)
}

const collect = (place: string, before: readonly string[] = []): string[] => [...before, place]

async function query(store: string, key: string | undefined, options: QueryOptions): Promise<void> {
  const { from, to, limit, maxLag, maxAge, atLeast = [], timeout, json } = options
  const { windowsOf, earliest, latest } = options
  maybeWhole('--limit', limit)
  maybeWhole('--max-lag', maxLag)
  const { door } = await findHost(options)
  const what = key === undefined ? { from, to, limit, windowsOf, earliest, latest } : { key }
  const asked = { ...what, maxLag, maxAge, timeout }
  const given = Object.entries(asked).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  )
  const places = atLeast.map((place): [string, string] => ['atLeast', place])
  const path = `/v1/stores/${encodeURIComponent(store)}?${new URLSearchParams([...given, ...places])}`
  const document = await askAdmin<QueryDocument>(door, path)
  if (json) printJson(document)
  else if (key !== undefined) for (const row of document.rows) printLine(shown(row.value))
  else for (const row of document.rows) printLine(`${shown(row.key)}\t${shown(row.value)}`)
  if (!json && document.lag > 0) printNote(`the answer was ${document.lag} changes behind`)
  if (key !== undefined && document.rows.length === 0) {
    if (!json) printNote(`${store} has no '${key}'`)
    process.exitCode = 1
  }
}
