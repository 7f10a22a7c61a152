// millrace dlq: dead letters, counted, shown, and appended to the topics they came from again.
//
// A letter stays where it is: a topic is only appended to. How far a replay came is kept with the
// broker, under `dlq/<topic>/<partition>`, so that the next one goes on from there. A replay that is
// cut short between its append and that mark appends the letters of one slice again.

import type { Command } from 'commander'
import type { Append, Broker, TopicDescription } from '#protocols/broker/broker'
import { fromUtf8, utf8 } from '#protocols/core/bytes'
import { plural } from '#protocols/core/plural'
import { BatchBuilder } from '#protocols/records/batch'
import { partitionOf } from '#protocols/records/partitioner'
import type { Serde } from '#protocols/serdes/serde'
import { decoded } from '#protocols/serdes/whole'
import { plain, SERDE_NAMES, serdeNamed, shown } from '../admin/values.ts'
import { refuseWords } from './closest.ts'
import { agreed, type ConsentOptions, notDone, withConsent } from './consent.ts'
import { type DeadLetter, letterTopics, slicesOf } from './dead-letters.ts'
import { type DeedOptions, recordForAll, withReason } from './deed.ts'
import { maybeWhole } from './options.ts'
import { printJson, printLine, printNote, printTable } from './print.ts'
import { type TargetOptions, topicOf, withBroker, withOpenBroker } from './target.ts'

interface ShowOptions extends TargetOptions {
  readonly key: string
  readonly value: string
  readonly limit?: string
}

interface ReplayOptions extends DeedOptions, ConsentOptions {
  readonly again?: boolean
}

const EXAMPLES = `
Records that could not be read, or that a function or call failed at, go to a topic of dead letters
where the program says so: onInvalid: 'dlq' of a topic, onFailure: 'dlq' of a topology or a mapAsync.

Examples:
  millrace dlq                          how many lie where, by code and topic
  millrace dlq show shop.dlq --limit 3  the letters, oldest first
  millrace dlq replay shop.dlq          what a replay would do
  millrace dlq replay shop.dlq --yes    append those not replayed yet to their topics again

Serdes: ${SERDE_NAMES.join(', ')}.`

export function addDlq(program: Command): void {
  const dlq = program
    .command('dlq')
    .description('dead letters: list, show, replay')
    .addHelpText('after', EXAMPLES)
  withBroker(dlq.command('ls', { isDefault: true }))
    .description('count letters by code and source topic')
    .allowExcessArguments(true)
    .addHelpText('after', EXAMPLES)
    .action(list)
  withBroker(dlq.command('show'))
    .argument('<topic>', 'the topic of letters')
    .description('print letters with their headers')
    .option('-n, --limit <count>', 'end after so many letters')
    .option('-k, --key <serde>', 'how keys are read', 'string')
    .option('-v, --value <serde>', 'how values are read', 'string')
    .addHelpText('after', EXAMPLES)
    .action(show)
  withReason(withConsent(withBroker(dlq.command('replay'))))
    .argument('<topic>', 'the topic of letters')
    .description('append letters to the topics they came from')
    .option('--again', 'those that were replayed before as well')
    .addHelpText('after', EXAMPLES)
    .action(replay)
}

async function list(options: TargetOptions, command: Command): Promise<void> {
  refuseWords(command)
  const rows = await withOpenBroker(options, async (broker) => {
    const found = new Map<string, { dlq: string; code: string; topic: string; letters: number }>()
    for (const topic of await letterTopics(broker)) {
      for await (const letter of lettersOf(broker, topic)) {
        const name = [topic.name, letter.code, letter.topic].join(' ')
        const row = found.get(name)
        if (row !== undefined) row.letters++
        else {
          const { code, topic: from } = letter
          found.set(name, { dlq: topic.name, code, topic: from, letters: 1 })
        }
      }
    }
    return [...found.values()]
  })
  if (options.json) return printJson({ deadLetters: rows })
  await printTable(
    ['DLQ', 'CODE', 'FROM', 'LETTERS'],
    rows.map(({ dlq, code, topic, letters }) => [dlq, code, topic, letters]),
  )
}

async function show(name: string, options: ShowOptions): Promise<void> {
  const serdes = { key: serdeNamed(options.key), value: serdeNamed(options.value) }
  const limit = maybeWhole('--limit', options.limit) ?? Number.POSITIVE_INFINITY
  await withOpenBroker(options, async (broker) => {
    let letters = 0
    for await (const letter of lettersOf(broker, await topicOf(broker, name))) {
      if (letters++ >= limit) return
      if (options.json) printJson(documentOf(letter, serdes))
      else printLetter(name, letter, serdes)
    }
    if (letters === 0) printNote(`${name} holds no letters`)
  })
}

async function replay(name: string, options: ReplayOptions): Promise<void> {
  const { json = false, yes = false, again = false } = options
  await withOpenBroker(options, async (broker) => {
    const topic = await topicOf(broker, name)
    const waiting = yes ? null : await replayed(broker, topic, { again, isReal: false })
    const isNothing = waiting?.replayed === 0
    const isAgreed =
      waiting === null ||
      (!isNothing && (await agreed(replayLines(waiting, 'would replay'), options)))
    const total = isAgreed ? await replayed(broker, topic, { again, isReal: true }) : waiting
    if (isAgreed && total.replayed > 0) {
      const message = `${count(total.replayed)} of ${name} went to their topics again`
      const facts = { dlq: name, ...total }
      await recordForAll(broker, { code: 'LETTERS_REPLAYED', message, facts }, options)
    }
    if (json) printJson({ dlq: name, isDone: isAgreed, ...total })
    else if (isAgreed || isNothing) {
      const [done = '', ...left] = replayLines(total, isAgreed ? 'replayed' : 'would replay')
      printLine(done)
      for (const line of left) printNote(line)
    }
    if (!isAgreed && !isNothing) throw notDone()
  })
}

interface Replayed {
  readonly replayed: number
  /** No longer as they were read. */
  readonly changed: number
  /** From topics that are gone. */
  readonly homeless: number
}

/** Appends what waits, or only counts it. */
async function replayed(
  broker: Broker,
  topic: TopicDescription,
  { again, isReal }: { readonly again: boolean; readonly isReal: boolean },
): Promise<Replayed> {
  const total = { replayed: 0, changed: 0, homeless: 0 }
  for (const { partition } of topic.bounds) {
    const key = `dlq/${topic.name}/${partition}`
    const mark = await broker.keys.get(key)
    const from = mark === null || again ? 0 : Number(fromUtf8(mark.value))
    for await (const { letters, next } of slicesOf(broker, topic, partition, from)) {
      const homes = await homesOf(broker, letters)
      const changed = letters.filter(({ operator }) => operator !== undefined).length
      const back = letters.filter((it) => it.operator === undefined && homes.has(it.topic))
      total.changed += changed
      total.homeless += letters.length - changed - back.length
      total.replayed += back.length
      if (!isReal) continue
      if (back.length > 0) await broker.producer().append(appendsOf(back, homes))
      await broker.keys.put(key, utf8(String(next)))
    }
  }
  return total
}

async function* lettersOf(broker: Broker, topic: TopicDescription): AsyncGenerator<DeadLetter> {
  for (const { partition } of topic.bounds) {
    for await (const { letters } of slicesOf(broker, topic, partition)) yield* letters
  }
}

/** Partitions of the topics that letters came from, where those are there. */
async function homesOf(
  broker: Broker,
  letters: readonly DeadLetter[],
): Promise<ReadonlyMap<string, number>> {
  const homes = new Map<string, number>()
  for (const name of new Set(letters.map(({ topic }) => topic))) {
    const found = await broker.topics.describe(name)
    if (found !== null) homes.set(name, found.partitions)
  }
  return homes
}

/** Each into the partition it was in; where there are fewer now, by its key. */
function appendsOf(
  letters: readonly DeadLetter[],
  homes: ReadonlyMap<string, number>,
): readonly Append[] {
  const builders = new Map<string, { to: Append['to']; builder: BatchBuilder }>()
  for (const { topic, from, record, headers } of letters) {
    const { key, value, time } = record
    const partitions = homes.get(topic) ?? 1
    const placed = key === null ? 0 : partitionOf(key, key.length, partitions)
    const partition = from.partition < partitions ? from.partition : placed
    const name = `${topic}/${partition}`
    const found = builders.get(name) ?? { to: { topic, partition }, builder: new BatchBuilder() }
    builders.set(name, found)
    found.builder.add(key, value, time, headers)
  }
  return [...builders.values()].map(({ to, builder }) => ({ to, batch: builder.finish() }))
}

interface Serdes {
  readonly key: Serde<unknown>
  readonly value: Serde<unknown>
}

function documentOf(letter: DeadLetter, { key, value }: Serdes): object {
  const { partition, record, headers, code, message, topic, from, operator } = letter
  return {
    ...{ partition, offset: record.offset, time: record.time },
    error: { code, message, topic, ...from, operator },
    headers: Object.fromEntries(headers.map(([name, bytes]) => [name, fromUtf8(bytes)])),
    ...{ key: plain(readOr(key, record.key)), value: plain(readOr(value, record.value)) },
  }
}

function printLetter(dlq: string, letter: DeadLetter, { key, value }: Serdes): void {
  const { partition, record, headers, code, message, topic, from, operator } = letter
  const to = operator === undefined ? '' : `, on its way to ${operator}`
  printLine(`${dlq}/${partition} offset ${record.offset}: ${code}`)
  printLine(`  from     ${topic}/${from.partition} offset ${from.offset}${to}`)
  printLine(`  because  ${message}`)
  const absent = (it: unknown): string => (it === null ? '~' : shown(it))
  printLine(`  key      ${absent(readOr(key, record.key))}`)
  printLine(`  value    ${absent(readOr(value, record.value))}`)
  for (const [name, bytes] of headers) printLine(`  header   ${name}: ${fromUtf8(bytes)}`)
}

/** What cannot be read as asked is shown as base64: letters often cannot. */
function readOr(serde: Serde<unknown>, bytes: Uint8Array | null): unknown {
  if (bytes === null) return null
  try {
    return decoded(serde, bytes)
  } catch {
    return plain(bytes)
  }
}

/** What is done, and what is left where it is. */
const replayLines = ({ replayed: done, changed, homeless }: Replayed, verb: string): string[] => [
  `${verb} ${count(done)}`,
  ...(changed > 0 ? [`left there: ${count(changed)}, no longer as read from the topic`] : []),
  ...(homeless > 0 ? [`left there: ${count(homeless)} from topics that are gone`] : []),
]

const count = (letters: number): string => plural(letters, 'letter')
