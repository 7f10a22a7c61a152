// millrace consume: records of a topic, as lines.

import process from 'node:process'
import type { Command } from 'commander'
import type { Broker, Reader } from '#protocols/broker/broker'
import { Bell } from '#protocols/core/bell'
import { type Offset, offset } from '#protocols/core/brands'
import { fromUtf8 } from '#protocols/core/bytes'
import { BatchCursor } from '#protocols/records/batch'
import type { StoredRecord } from '#protocols/records/record'
import type { Serde } from '#protocols/serdes/serde'
import { plain, readOr, SERDE_NAMES, serdeNamed, shown } from '../admin/values.ts'
import { partitionUnknown } from '../process/peek.ts'
import { maybeWhole, optionInvalid } from './options.ts'
import { asked } from './peek.ts'
import { printLine, printNote } from './print.ts'
import { type TargetOptions, topicOf, withBroker, withOpenBroker } from './target.ts'

interface ConsumeOptions extends TargetOptions {
  readonly key?: string
  readonly value?: string
  readonly fromBeginning?: boolean
  readonly from?: string
  readonly partition?: string
  readonly limit?: string
  readonly untilEnd?: boolean
}

const HELP = `
A line is key and value with a tab between; a missing one is shown as ~ (JSON: null).
Keys and values are read as the topology of a running host reads or writes the topic; where none does, or no
host runs, as text. --key and --value say otherwise: ${SERDE_NAMES.join(', ')}.
What is none of these, Avro or protobuf, only a host reads: millrace peek shows it.

Examples:
  millrace consume lines                                  what comes from now on, until Ctrl-C
  millrace consume word-counts --from-beginning --key string --value int64 --limit 20
  millrace consume orders --from-beginning --until-end --value json --json | jq .value`

export function addConsume(program: Command): void {
  withBroker(program.command('consume'))
    .argument('<topic>')
    .description('print the records of a topic')
    .option('--from-beginning', 'from the oldest record kept')
    .option('--from <offset>', 'from this offset (with --partition)')
    .option('-p, --partition <number>', 'of one partition only')
    .option('-n, --limit <count>', 'end after so many records')
    .option('--until-end', 'end where the topic ends now, instead of waiting for more')
    .option('-k, --key <serde>', 'how keys are read')
    .option('-v, --value <serde>', 'how values are read')
    .addHelpText('after', HELP)
    .action(consume)
}

async function consume(topic: string, options: ConsumeOptions): Promise<void> {
  const { key = 'string', value = 'string' } = options
  const said = { key: serdeNamed(key), value: serdeNamed(value) }
  const isTold = options.key !== undefined || options.value !== undefined
  const limit = maybeWhole('--limit', options.limit) ?? Number.POSITIVE_INFINITY
  if (options.from !== undefined && options.partition === undefined) {
    throw optionInvalid('--from is an offset of one partition: say --partition as well')
  }
  const serdes = isTold ? said : await serdesOfHost(topic, options)
  await withOpenBroker(options, async (broker) => {
    const bell = new Bell()
    const inputs = await openInputs(broker, topic, options, () => bell.ring())
    const stop = (): void => bell.stop()
    process.once('SIGINT', stop)
    process.once('SIGTERM', stop)
    let printed = 0
    while (printed < limit && !bell.isStopped) {
      const before = printed
      for (const input of inputs) {
        const lines = linesOf(input, limit - printed, serdes, options.json === true)
        if (lines.length > 0) printLine(lines.join('\n'))
        printed += lines.length
      }
      const isAtEnd = inputs.every(({ reader, end }) => reader.position >= end)
      if (options.untilEnd === true && isAtEnd) break
      if (printed === before) await bell.wait()
    }
    for (const { reader } of inputs) reader.close()
  })
}

interface Serdes {
  readonly key: Serde<unknown>
  readonly value: Serde<unknown>
}

async function serdesOfHost(topic: string, options: TargetOptions): Promise<Serdes> {
  const document = await asked({ topic, partition: undefined, from: 'first', count: 1 }, options)
  const { note, ...serdes } = serdesLike(topic, document ?? { key: 'string', value: 'string' })
  if (note !== null) printNote(note)
  return serdes
}

/** As a host reads the topic, where that has a name; of what has none is said who shows it. */
export function serdesLike(
  topic: string,
  { key, value }: { readonly key: string; readonly value: string },
): Serdes & { readonly note: string | null } {
  const isNamed = (name: string): boolean => SERDE_NAMES.includes(name)
  const like = (name: string): Serde<unknown> => serdeNamed(isNamed(name) ? name : 'string')
  const unnamed = [key, value].filter((name) => !isNamed(name))
  const note =
    unnamed.length === 0
      ? null
      : `${unnamed.join(' and ')} of ${topic} shown as text; as the topology reads it: millrace peek ${topic}`
  return { key: like(key), value: like(value), note }
}

interface Input {
  readonly topic: string
  readonly partition: number
  readonly reader: Reader
  /** Where the partition ended when this began. */
  readonly end: number
}

async function openInputs(
  broker: Broker,
  topic: string,
  options: ConsumeOptions,
  onData: () => void,
): Promise<Input[]> {
  const { bounds } = await topicOf(broker, topic)
  const only = maybeWhole('--partition', options.partition)
  if (only !== undefined && only >= bounds.length)
    throw partitionUnknown(topic, only, bounds.length)
  return bounds
    .filter(({ partition }) => only === undefined || partition === only)
    .map(({ partition, next }) => {
      const reader = broker.reader({ topic, partition }, startOf(options), onData)
      return { topic, partition, reader, end: options.untilEnd ? next : Number.POSITIVE_INFINITY }
    })
}

function startOf({ from, fromBeginning }: ConsumeOptions): Offset | 'earliest' | 'latest' {
  const at = maybeWhole('--from', from)
  if (at !== undefined) return offset(at)
  return fromBeginning ? 'earliest' : 'latest'
}

/** Up to `limit` records at hand, a line each. */
function linesOf(
  { topic, partition, reader, end }: Input,
  limit: number,
  serdes: Serdes,
  isJson: boolean,
): string[] {
  const lines: string[] = []
  for (const { base, batch } of reader.take(1024 * 1024)) {
    const cursor = new BatchCursor(batch, base)
    while (lines.length < limit && cursor.next()) {
      if (cursor.offset >= end) return lines
      const record = cursor.record()
      const key = readOr(serdes.key, record.key)
      const value = readOr(serdes.value, record.value)
      const pair = { key: plain(key), value: plain(value) }
      if (isJson) lines.push(JSON.stringify({ topic, partition, ...facts(record), ...pair }))
      else lines.push(`${key === null ? '~' : shown(key)}\t${value === null ? '~' : shown(value)}`)
    }
  }
  return lines
}

const facts = ({ offset: at, time, headers }: StoredRecord): object => ({
  offset: at,
  time,
  headers: Object.fromEntries(headers.map(([name, value]) => [name, fromUtf8(value)])),
})
