// millrace produce: records from lines, of text or of JSON, until the input ends.

import process from 'node:process'
import type { Command } from 'commander'
import type { Broker } from '#protocols/broker/broker'
import { utf8 } from '#protocols/core/bytes'
import { asError, MillraceError } from '#protocols/core/errors'
import { plural } from '#protocols/core/plural'
import type { Header } from '#protocols/records/record'
import type { Serde } from '#protocols/serdes/serde'
import { encoded } from '#protocols/serdes/whole'
import { parsed, SERDE_NAMES, serdeNamed, unplain } from '../admin/values.ts'
import { RecordWriter } from '../process/record-writer.ts'
import { linesOf, textOf } from './lines.ts'
import { oneOf } from './options.ts'
import { printJson, printNote } from './print.ts'
import { type TargetOptions, topicOf, withBroker, withOpenBroker } from './target.ts'

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
only value is needed; null is a tombstone. What consume --json prints can be produced again.
With --json it says, for each partition it wrote to, the offset of its last record there.
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
  oneOf('--format', options.format, ['text', 'json'])
  const serdes = { key: serdeNamed(options.key), value: serdeNamed(options.value) }
  await withOpenBroker(options, async (broker) => {
    const writer = await openWriter(broker, topic, options.create === true)
    let number = 0
    for await (const line of linesOf(process.stdin)) {
      number++
      if (line.length === 0 && options.format === 'json') continue
      const isFull = atLine(number, writer, () => {
        const { key, value, time = Date.now(), headers } = recordOf(textOf(line), options)
        const bytes = { key: bytesOf(serdes.key, key), value: bytesOf(serdes.value, value) }
        return writer.add({ ...bytes, time, headers })
      })
      if (isFull) await writer.flush()
    }
    await writer.flush()
    const { records } = writer
    const last = Array.from(writer.last, ([partition, offset]) => ({ partition, offset }))
    if (options.json) printJson({ topic, records, last })
    else printNote(`${plural(records, 'record')} appended to ${topic}`)
  })
}

async function openWriter(broker: Broker, name: string, canCreate: boolean): Promise<RecordWriter> {
  if (canCreate && (await broker.topics.describe(name)) === null) {
    await broker.topics.ensure({ name, partitions: 4 })
  }
  const { partitions } = await topicOf(broker, name)
  return new RecordWriter(broker.producer(), name, partitions, { now: Date.now })
}

interface LineRecord {
  readonly key: unknown
  readonly value: unknown
  readonly time?: number | undefined
  readonly headers: readonly Header[]
}

function recordOf(line: string, options: ProduceOptions): LineRecord {
  if (options.format === 'json') return jsonRecord(line, options)
  const at = options.separator === undefined ? -1 : line.indexOf(options.separator)
  if (at < 0) return { key: null, value: parsed(options.value, line), headers: [] }
  const key = parsed(options.key, line.slice(0, at))
  const value = parsed(options.value, line.slice(at + (options.separator?.length ?? 0)))
  return { key, value, headers: [] }
}

/** Where a record was is known from what `consume --json` printed, and does not matter here. */
const KNOWN = ['key', 'value', 'time', 'headers', 'topic', 'partition', 'offset']

function jsonRecord(line: string, serdes: ProduceOptions): LineRecord {
  const parsedLine: unknown = JSON.parse(line)
  if (typeof parsedLine !== 'object' || parsedLine === null || Array.isArray(parsedLine)) {
    throw new Error('it is not an object')
  }
  const fields = new Map(Object.entries(parsedLine))
  const unknown = [...fields.keys()].find((name) => !KNOWN.includes(name))
  if (unknown !== undefined) throw new Error(`it has a field '${unknown}'`)
  if (!fields.has('value')) throw new Error("it has no field 'value'")
  return {
    key: unplain(serdes.key, fields.get('key') ?? null),
    value: unplain(serdes.value, fields.get('value')),
    time: timeOf(fields.get('time')),
    headers: headersOf(fields.get('headers') ?? {}),
  }
}

function timeOf(time: unknown): number | undefined {
  if (time === undefined) return undefined
  if (typeof time === 'number' && Number.isSafeInteger(time) && time >= 0) return time
  throw new Error(`time is not whole milliseconds: ${JSON.stringify(time)}`)
}

function headersOf(headers: unknown): Header[] {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) {
    throw new Error('headers are not an object of texts')
  }
  return Object.entries(headers).map(([name, text]): Header => {
    if (typeof text !== 'string') throw new Error(`header '${name}' is not text`)
    return [name, utf8(text)]
  })
}

const bytesOf = (serde: Serde<unknown>, value: unknown): Uint8Array | null =>
  value === null ? null : encoded(serde, value)

/** What goes wrong with a line is told with its number, and what of the lines before is appended. */
function atLine<T>(number: number, { records }: RecordWriter, read: () => T): T {
  try {
    return read()
  } catch (thrown) {
    throw new MillraceError({
      code: 'VALUE_UNREADABLE',
      what: `line ${number} cannot become a record: ${asError(thrown).message}`,
      hint:
        records === 0
          ? 'Nothing was appended'
          : `The ${records} records before are appended already`,
      cause: thrown,
    })
  }
}
