// millrace peek: some records of a topic, as they lie there. It moves no positions: nobody notices.

import type { Command } from 'commander'
import { isMillraceError } from '#protocols/core/errors'
import { askAdmin } from '../admin/admin-client.ts'
import type { PeekDocument } from '../admin/documents.ts'
import { SERDE_NAMES, serdeNamed, shown } from '../admin/values.ts'
import type { PeekQuestion } from '../process/peek.ts'
import { maybeWhole, optionInvalid } from './options.ts'
import { printJson, printNote, printTable } from './print.ts'
import { findHost, type TargetOptions, withHost, withOpenBroker } from './target.ts'

interface PeekOptions extends TargetOptions {
  readonly first?: string
  readonly last?: string
  readonly from?: string
  readonly partition?: string
  readonly key?: string
  readonly value?: string
}

const COUNT = 10
const VALUE_MAX = 120
/** No host says which serdes a topic has. */
const ALONE = ['HOST_AWAY', 'NOT_FOUND', 'APPLICATION_UNNAMED', 'APPLICATION_UNKNOWN']

const HELP = `
Keys and values are read as the topology of a running host reads or writes the topic; where none does, or no
host runs, as text. --key and --value say otherwise: ${SERDE_NAMES.join(', ')}.
Long values are cut in text, and whole with --json.

Examples:
  millrace peek orders                           the newest ten of each partition
  millrace peek orders --first 3 --partition 0
  millrace peek orders --partition 2 --from 1200 --first 5
  millrace peek words.wordcount.counts.repartition --last 2 --json
  millrace peek word-counts --key string --value int64`

export function addPeek(program: Command): void {
  withHost(program.command('peek'))
    .argument('<topic>')
    .description('some records of a topic, with offsets, times and headers; moves nothing')
    .option('--last <count>', `the newest so many of each partition (default: ${COUNT})`)
    .option('--first <count>', 'the oldest so many of each partition')
    .option('--from <offset>', 'from this offset on (with --partition)')
    .option('-p, --partition <number>', 'of one partition only')
    .option('-k, --key <serde>', 'how keys are read')
    .option('-v, --value <serde>', 'how values are read')
    .addHelpText('after', HELP)
    .action(peekAt)
}

async function peekAt(topic: string, options: PeekOptions): Promise<void> {
  const question = questionOf(topic, options)
  const isTold = options.key !== undefined || options.value !== undefined
  const document =
    (isTold ? null : await asked(question, options)) ?? (await read(question, options))
  if (options.json) return printJson(document)
  const { records } = document
  await printTable(
    ['PART', 'OFFSET', 'TIME', 'KEY', 'VALUE', 'HEADERS'],
    records.map(({ partition, offset, time, key, value, headers }) => [
      ...[partition, offset, new Date(time).toISOString(), cut(key), cut(value)],
      Object.entries(headers)
        .map(([name, it]) => `${name}=${it}`)
        .join(' '),
    ]),
  )
  if (records.length === 0) printNote(`${topic} has no records there`)
}

/** @throws MillraceError OPTION_INVALID */
export function questionOf(topic: string, options: PeekOptions): PeekQuestion {
  const [first, last] = [maybeWhole('--first', options.first), maybeWhole('--last', options.last)]
  const from = maybeWhole('--from', options.from)
  const partition = maybeWhole('--partition', options.partition)
  if (from !== undefined && partition === undefined) {
    throw optionInvalid('--from is an offset of one partition: say --partition as well')
  }
  if (last !== undefined && (first !== undefined || from !== undefined)) {
    throw optionInvalid('--last is from the end: leave out --first and --from')
  }
  const begin = from ?? (first === undefined ? 'last' : 'first')
  return { topic, partition, from: begin, count: first ?? last ?? COUNT }
}

/** What a host says, which knows how its topologies read the topic; null where none runs. */
export async function asked(
  { topic, partition, from, count }: PeekQuestion,
  options: TargetOptions,
): Promise<PeekDocument | null> {
  try {
    const { door } = await findHost(options)
    const said = { topic, from: String(from), count: String(count) }
    const query = new URLSearchParams(
      partition === undefined ? said : { ...said, partition: String(partition) },
    )
    return await askAdmin<PeekDocument>(door, `/v1/peek?${query}`)
  } catch (thrown) {
    if (ALONE.some((code) => isMillraceError(thrown, code))) return null
    throw thrown
  }
}

async function read(question: PeekQuestion, options: PeekOptions): Promise<PeekDocument> {
  const { key = 'string', value = 'string' } = options
  const serdes = { key: serdeNamed(key), value: serdeNamed(value) }
  const [{ peek }, { peekDocument }] = await Promise.all([
    import('../process/peek.ts'),
    import('../admin/peek-report.ts'),
  ])
  return withOpenBroker(options, async (broker) =>
    peekDocument(question, await peek(broker, question), serdes),
  )
}

function cut(value: unknown): string {
  if (value === null) return '~'
  const text = shown(value)
  return text.length <= VALUE_MAX ? text : `${text.slice(0, VALUE_MAX - 1)}…`
}
