// millrace produce: records from lines, of text or of JSON, until the input ends.

import process from 'node:process'
import { createInterface } from 'node:readline'
import type { Command } from 'commander'
import type { Broker } from '#protocols/broker/broker'
import { topicUnknown } from '#protocols/broker/errors'
import { utf8 } from '#protocols/core/bytes'
import { asError, MillraceError } from '#protocols/core/errors'
import type { Header } from '#protocols/records/record'
import type { Serde } from '#protocols/serdes/serde'
import { encoded } from '#protocols/serdes/whole'
import { parsed, SERDE_NAMES, serdeNamed } from '../admin/values.ts'
import { RecordWriter } from '../process/record-writer.ts'
import { printJson, printNote } from './print.ts'
import { type TargetOptions, withBroker, withOpenBroker } from './target.ts'

interface ProduceOptions extends TargetOptions {
  readonly format: string
  readonly key: string
  readonly value: string
  readonly separator?: string
  readonly create?: boolean
}

const HELP = `
With --format text (default) a line is a value; with --separator it is a key and a value.
With --format json a line is an object: {"key": ..., "value": ..., "time": ms, "headers": {...}};
all fields but value may be missing. A null value is a tombstone.
Serdes: ${SERDE_NAMES.join(', ')} (bytes in base64).

Examples:
  millrace produce lines < book.txt
  printf 'a=1\\nb=2\\n' | millrace produce totals --separator = --value int64
  echo '{"key":"o1","value":{"amount":3}}' | millrace produce orders --format json --value json`

export function addProduce(program: Command): void {
  withBroker(program.command('produce'))
    .argument('<topic>')
    .description('append records to a topic, from standard input')
    .option('-f, --format <name>', 'text or json', 'text')
    .option('-k, --key <serde>', 'how keys are written', 'string')
    .option('-v, --value <serde>', 'how values are written', 'string')
    .option('-s, --separator <text>', 'splits a line into key and value')
    .option('--create', 'make the topic when it is missing, with 4 partitions')
    .addHelpText('after', HELP)
    .action(produce)
}

async function produce(topic: string, options: ProduceOptions): Promise<void> {
  const serdes = { key: serdeNamed(options.key), value: serdeNamed(options.value) }
  await withOpenBroker(options, async (broker) => {
    const writer = await openWriter(broker, topic, options.create === true)
    // Made when its lines are read at once: what it emits to nobody is lost.
    const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })
    let number = 0
    for await (const line of lines) {
      number++
      if (line === '' && options.format === 'json') continue
      const { key, value, time, headers } = atLine(number, () => recordOf(line, options))
      const full = writer.add({
        key: atLine(number, () => bytesOf(serdes.key, key)),
        value: atLine(number, () => bytesOf(serdes.value, value)),
        time: time ?? Date.now(),
        headers,
      })
      if (full) await writer.flush()
    }
    await writer.flush()
    const { records } = writer
    if (options.json) printJson({ topic, records })
    else printNote(`${records} record${records === 1 ? '' : 's'} appended to ${topic}`)
  })
}

async function openWriter(broker: Broker, name: string, canCreate: boolean): Promise<RecordWriter> {
  let topic = await broker.topics.describe(name)
  if (topic === null && canCreate) {
    await broker.topics.ensure({ name, partitions: 4 })
    topic = await broker.topics.describe(name)
  }
  if (topic === null)
    throw topicUnknown(
      name,
      (await broker.topics.list()).map((it) => it.name),
    )
  return new RecordWriter(broker.producer(), name, topic.partitions)
}

interface LineRecord {
  readonly key: unknown
  readonly value: unknown
  readonly time?: number | undefined
  readonly headers: readonly Header[]
}

function recordOf(line: string, options: ProduceOptions): LineRecord {
  if (options.format === 'json') return jsonRecord(line)
  const at = options.separator === undefined ? -1 : line.indexOf(options.separator)
  if (at < 0) return { key: null, value: parsed(options.value, line), headers: [] }
  const key = parsed(options.key, line.slice(0, at))
  const value = parsed(options.value, line.slice(at + (options.separator?.length ?? 0)))
  return { key, value, headers: [] }
}

function jsonRecord(line: string): LineRecord {
  // Whatever the line says; the serdes refuse what does not fit.
  const {
    key = null,
    value = null,
    time,
    headers = {},
  } = JSON.parse(line) as Partial<{
    key: unknown
    value: unknown
    time: number
    headers: Record<string, string>
  }>
  const pairs = Object.entries(headers).map(([name, text]): Header => [name, utf8(String(text))])
  return { key, value, time, headers: pairs }
}

const bytesOf = (serde: Serde<unknown>, value: unknown): Uint8Array | null =>
  value === null ? null : encoded(serde, value)

/** What goes wrong with a line is told with its number; the lines before it are appended already. */
function atLine<T>(number: number, read: () => T): T {
  try {
    return read()
  } catch (thrown) {
    throw new MillraceError({
      code: 'VALUE_UNREADABLE',
      what: `line ${number} cannot become a record: ${asError(thrown).message}`,
      hint: 'Lines are appended in order; those of earlier batches are in the topic already',
      cause: thrown,
    })
  }
}
