// millrace topics: what topics there are, and making and dropping them.

import { type Command, Option } from 'commander'
import type { PartitionBounds, TopicDescription } from '#protocols/broker/broker'
import { MillraceError } from '#protocols/core/errors'
import { plural } from '#protocols/core/plural'
import type { Orphan } from '../process/orphans.ts'
import { refuseWords } from './closest.ts'
import { agreed, type ConsentOptions, notDone, withConsent } from './consent.ts'
import { type Deed, type DeedOptions, record, recordForAll, withReason } from './deed.ts'
import { maybeWhole, oneOf, optionInvalid, whole } from './options.ts'
import { bytes, printJson, printLine, printTable, short, tableLines } from './print.ts'
import { type TargetOptions, topicOf, withBroker, withOpenBroker } from './target.ts'
import { type Shown, show, type WatchOptions, watchOption } from './watch.ts'

interface CreateOptions extends TargetOptions {
  readonly partitions: string
  readonly cleanup: string
  readonly retentionMs?: string
  readonly retentionBytes?: string
}

interface ListOptions extends DeedOptions, WatchOptions {
  readonly internal?: boolean
  readonly orphaned?: boolean
  readonly yes?: boolean
}

const EXAMPLES = `
Examples:
  millrace topics
  millrace topics --watch                 every two seconds
  millrace topics --orphaned              internal topics that no topology has any more
  millrace topics --orphaned --yes        drop them; a host of each application must run
  millrace topics create orders --partitions 8
  millrace topics create latest --cleanup compact
  millrace topics show orders --json
  millrace topics resize orders --partitions 16 --yes
  millrace topics drop orders --yes --reason 'of a test'`

const RESIZE = `
What is there stays in its partition, and of most keys what comes goes to another one from then on: who reads
by key finds the old records of a key in one partition and the new ones in another. So a topic that a topology
with state reads is refused; where only topologies without state read it, their hosts must be stopped. Who
writes to it keeps to the old partitions until it is started again, and a program that says how many
partitions it has must say the new number.

Examples:
  millrace topics resize orders --partitions 16          what would grow; exits with 2, since nothing was done
  millrace topics resize orders --partitions 16 --yes`

export function addTopics(program: Command): void {
  const topics = program
    .command('topics')
    .description('list topics; create, show, resize and drop them')
    .addHelpText('after', EXAMPLES)
  withReason(withBroker(topics.command('list', { isDefault: true })))
    .description('all topics')
    .option('--internal', 'those that belong to applications as well')
    .addOption(
      new Option('--orphaned', 'only those of applications that nothing uses any more').conflicts(
        'watch',
      ),
    )
    .option('--yes', 'with --orphaned: drop them')
    .addOption(watchOption())
    .allowExcessArguments(true)
    .addHelpText('after', EXAMPLES)
    .action(list)
  withBroker(topics.command('show'))
    .argument('<topic>')
    .description('one topic, partition by partition')
    .addHelpText('after', EXAMPLES)
    .action(showTopic)
  withBroker(topics.command('create'))
    .argument('<topic>')
    .description('make a topic')
    .option('-p, --partitions <count>', 'partitions, 1 to 1024', '4')
    .option(
      '--cleanup <policy>',
      'delete (by time and bytes) or compact (newest per key)',
      'delete',
    )
    .option('--retention-ms <ms>', 'keep at least this long')
    .option('--retention-bytes <bytes>', 'keep at least this much per partition')
    .addHelpText('after', EXAMPLES)
    .action(create)
  withReason(withConsent(withBroker(topics.command('resize'))))
    .argument('<topic>')
    .description('give a topic more partitions')
    .requiredOption('-p, --partitions <count>', 'how many it is to have, at most 1024')
    .addHelpText('after', RESIZE)
    .action(resize)
  withReason(withConsent(withBroker(topics.command('drop'))))
    .argument('<topic>')
    .description('drop a topic with everything in it')
    .addHelpText('after', EXAMPLES)
    .action(drop)
}

async function list(options: ListOptions, command: Command): Promise<void> {
  refuseWords(command)
  if (options.orphaned) return orphaned(options)
  if (options.yes) throw optionInvalid('--yes goes with --orphaned')
  await show(options, () => lookAtTopics(options))
}

async function lookAtTopics(options: ListOptions): Promise<Shown> {
  const all = await withOpenBroker(options, (broker) => broker.topics.list())
  const topics = all.filter(({ owner }) => options.internal || owner !== 'internal')
  const head = ['TOPIC', 'PARTITIONS', 'RECORDS', 'BYTES', 'CLEANUP', 'OWNER']
  return { document: { topics }, lines: await tableLines(head, topics.map(summary)), notes: [] }
}

async function orphaned(options: ListOptions): Promise<void> {
  const { orphansIn } = await import('../process/orphans.ts')
  await withOpenBroker(options, async (broker) => {
    const topics = await orphansIn(broker)
    if (options.yes) {
      const silent = topics.find(({ isAttended }) => !isAttended)
      if (silent !== undefined) throw unattended(silent)
      for (const { name, application } of topics) {
        await broker.topics.drop(name)
        await record(broker, application, dropped(name), options)
      }
    }
    if (options.json) return printJson({ topics, isDone: options.yes === true })
    if (topics.length === 0) return printLine('no internal topic is without use')
    await printTable(
      ['TOPIC', 'APPLICATION', 'WHAT', 'RECORDS', 'BYTES'],
      topics.map(({ name, application, isCommitLog, records, bytes: size }) => [
        ...[name, application, isCommitLog ? 'commit log' : 'internal'],
        ...[short(records), bytes(size)],
      ]),
    )
    printLine(options.yes ? `dropped ${topics.length}` : 'say --yes to drop them')
  })
}

const dropped = (topic: string): Deed => {
  return { code: 'TOPIC_DROPPED', message: `topic ${topic} is dropped`, facts: { topic } }
}

const unattended = ({ application, name }: Orphan): MillraceError =>
  new MillraceError({
    code: 'HOST_AWAY',
    what: `no host of '${application}' runs, so it is not known whether ${name} will be used`,
    hint: 'Start its hosts, with all they run, and look again; or begin all of it anew with: millrace reset',
  })

/** Offsets are dense but for compaction, so their span is about the number of records. */
const summary = ({ name, partitions, bounds, cleanup, owner }: TopicDescription): unknown[] => [
  name,
  partitions,
  short(recordsIn(bounds)),
  bytes(bounds.reduce((sum, { bytes: size }) => sum + size, 0)),
  cleanup ?? 'delete',
  owner ?? 'user',
]

async function showTopic(name: string, options: TargetOptions): Promise<void> {
  await withOpenBroker(options, async (broker) => {
    const topic = await topicOf(broker, name)
    if (options.json) return printJson(topic)
    const rows = topic.bounds.map(({ partition, first, next, bytes: size }) => [
      partition,
      first,
      next,
      bytes(size),
    ])
    await printTable(['PARTITION', 'FIRST', 'NEXT', 'BYTES'], rows)
  })
}

async function create(name: string, options: CreateOptions): Promise<void> {
  const { json, partitions, cleanup, retentionMs, retentionBytes } = options
  const spec = {
    name,
    partitions: whole('--partitions', partitions),
    cleanup: oneOf('--cleanup', cleanup, ['delete', 'compact']),
    retentionMs: maybeWhole('--retention-ms', retentionMs),
    retentionBytes: maybeWhole('--retention-bytes', retentionBytes),
  }
  const outcome = await withOpenBroker(options, (broker) => broker.topics.ensure(spec))
  if (json) printJson({ topic: name, outcome })
  else printLine(outcome === 'created' ? `created ${name}` : `${name} is there already`)
}

async function resize(
  name: string,
  options: DeedOptions & ConsentOptions & { readonly partitions: string },
): Promise<void> {
  const { planGrowth, grow } = await import('../process/resize.ts')
  const partitions = whole('--partitions', options.partitions)
  await withOpenBroker(options, async (broker) => {
    await topicOf(broker, name)
    const growth = await planGrowth(broker, name, partitions)
    const lines = (has: string): string[] =>
      [name, ...growth.commitLogs].map((it) => `${it} ${has} ${plural(partitions, 'partition')}`)
    const cost = `most keys of ${name} would go to another partition than before`
    const isAgreed = await agreed([...lines('would have'), cost], options)
    if (isAgreed) {
      await grow(broker, growth)
      const message = `topic ${name} has ${partitions} partitions`
      const deed = { code: 'TOPIC_RESIZED', message, facts: { topic: name, partitions } }
      await recordForAll(broker, deed, options)
    }
    if (options.json) printJson({ ...growth, isDone: isAgreed })
    else if (isAgreed) for (const line of lines('has')) printLine(line)
    if (!isAgreed) throw notDone()
  })
}

async function drop(name: string, options: DeedOptions & ConsentOptions): Promise<void> {
  await withOpenBroker(options, async (broker) => {
    const topic = await topicOf(broker, name)
    const records = plural(recordsIn(topic.bounds), 'record')
    const isAgreed = await agreed([`would drop ${name} with about ${records}`], options)
    if (isAgreed) {
      await broker.topics.drop(name)
      await recordForAll(broker, dropped(name), options)
    }
    if (options.json) printJson({ topic: name, outcome: isAgreed ? 'dropped' : 'kept' })
    else if (isAgreed) printLine(`dropped ${name}`)
    if (!isAgreed) throw notDone()
  })
}

const recordsIn = (bounds: readonly PartitionBounds[]): number =>
  bounds.reduce((sum, { first, next, records }) => sum + (records ?? next - first), 0)
