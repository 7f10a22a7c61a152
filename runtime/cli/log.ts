// millrace log: verifies and repairs the directory of the embedded broker. Both work in a child
// process: a page that the disk cannot give ends the process that reads it, and is then one more thing
// to report.

import { join } from 'node:path'
import process from 'node:process'
import type { Command } from 'commander'
import { isMillraceError, MillraceError } from '#protocols/core/errors'
import type { LogReport } from '#stores/log/check-log'
import type { LogRepair } from '#stores/log/repair-log'
import { isNats } from '../process/broker-location.ts'
import { fileUsers } from '../process/file-users.ts'
import { agreed, type ConsentOptions, notDone, withConsent } from './consent.ts'
import { type DeedOptions, recordForAll, withReason } from './deed.ts'
import { inChild } from './in-child.ts'
import { bytes, printJson, printLine, printNote } from './print.ts'
import { Progress } from './progress.ts'
import { type TargetOptions, targetOf, withBroker, withOpenBroker } from './target.ts'

type RepairOptions = DeedOptions & ConsentOptions

const CHECK = `
Reads every page, batch, index entry and snapshot; writes nothing. Hosts may go on meanwhile. On a terminal it shows
how far it is.
Exit code 0 when the log is sound, 1 when something is wrong with it.

Examples:
  millrace log check ./data
  millrace log check ./data --json | jq .problems`

const REPAIR = `
Removes what cannot be trusted and makes the index true to the rest; offsets of what was lost become
gaps. A damaged file is kept beside the new one. Stop every host first.

Examples:
  millrace log repair ./data            what is wrong, and what would be done
  millrace log repair ./data --yes      do it`

export function addLog(program: Command): void {
  const log = program
    .command('log')
    .description('verify and repair the directory of a broker')
    .addHelpText('after', '\nExamples:\n  millrace log check ./data\n  millrace log repair ./data')
  withBroker(log.command('check'))
    .argument('[directory]', 'default: the broker that is named, or that of the manifest')
    .description('look for damage')
    .addHelpText('after', CHECK)
    .action(check)
  withReason(withConsent(withBroker(log.command('repair'))))
    .argument('[directory]', 'default: the broker that is named, or that of the manifest')
    .description('make a damaged log readable again')
    .addHelpText('after', REPAIR)
    .action(repair)
}

async function check(named: string | undefined, options: TargetOptions): Promise<void> {
  const report = await reportOn(await directoryOf(named, options))
  if (options.json) printJson(report)
  else show(report)
  if (!report.isSound) process.exitCode = 1
}

async function repair(named: string | undefined, options: RepairOptions): Promise<void> {
  const directory = await directoryOf(named, options)
  const users = fileUsers(join(directory, 'data.mdb'))
  if (users.length > 0) throw inUse(directory, users)
  const report = await reportOn(directory)
  if (report.isSound) {
    if (options.json)
      printJson({ directory, problems: [], lost: [], setAside: null, isSound: true })
    else show(report)
    return
  }
  const plan = planFor(report)
  if (!options.json && !options.yes) show(report)
  if (!(await agreed(['It would:', ...plan.map((it) => `  ${it}`)], options))) {
    if (options.json) printJson({ ...report, plan })
    throw notDone()
  }
  const done = await watched<LogRepair>('repairing', ['repair', directory])
  if (done.isSound) await recordRepair(done, options)
  if (options.json) printJson({ ...done, plan })
  else showRepair(done)
  if (!done.isSound) process.exitCode = 1
}

/** In the log itself, now that it can be written. */
async function recordRepair({ directory, lost }: LogRepair, options: DeedOptions): Promise<void> {
  const message = `the log was repaired: ${lost.length} stretches of it are lost`
  const deed = { code: 'LOG_REPAIRED', message, facts: { lost: lost.length } }
  const there = { ...options, broker: `file:${directory}` }
  await withOpenBroker(there, (broker) => recordForAll(broker, deed, there))
}

/** Whatever the child dies of is told as damage. */
async function reportOn(directory: string): Promise<LogReport> {
  try {
    return await watched<LogReport>('checking', ['check', directory])
  } catch (error) {
    if (!isMillraceError(error, 'CHILD_CRASHED')) throw error
    const what = `the file cannot be read to its end: ${error.what}`
    const problem = { code: 'FILE_DAMAGED', what, where: join(directory, 'data.mdb') } as const
    const { NOTHING } = await import('#stores/log/check-log')
    return { directory, isSound: false, isBusy: false, ...NOTHING, problems: [problem] }
  }
}

/** Runs it in the child, with how far it is for who looks on. */
async function watched<T>(what: string, args: readonly string[]): Promise<T> {
  const progress = new Progress(what, (perSecond) => `${bytes(Math.round(perSecond))}/s`)
  try {
    return await inChild<T>(child(), args, (done, whole) => progress.show(done, whole))
  } finally {
    progress.end()
  }
}

const child = (): URL =>
  new URL(import.meta.url.endsWith('.ts') ? './log-child.ts' : './log-child.js', import.meta.url)

async function directoryOf(named: string | undefined, options: TargetOptions): Promise<string> {
  const broker = named === undefined || named.startsWith('file:') ? named : `file:${named}`
  const place = broker === undefined ? options : { ...options, broker }
  const { location } = await targetOf(place)
  if (!isNats(location)) return location.directory
  throw new MillraceError({
    code: 'BROKER_NOT_EMBEDDED',
    what: 'only the embedded broker keeps its log in a directory',
    hint: 'NATS checks its own streams: nats stream info, nats server check',
  })
}

/** What a repair does about each kind of problem, once each. */
function planFor({ problems }: LogReport): readonly string[] {
  const steps = problems.map(({ code, where }) => {
    switch (code) {
      case 'FILE_DAMAGED':
        return 'copy what can be read into a new file and set the damaged one aside'
      case 'BATCH_CORRUPT':
      case 'BATCHES_OVERLAP':
      case 'HEADER_MISSING':
        return `remove the batch ${where}: its records are lost`
      case 'BATCH_MISSING':
        return `forget the batch ${where}: its records are lost already`
      case 'TOPIC_UNREADABLE':
        return `forget the topic ${where}`
      case 'SNAPSHOT_DAMAGED':
        return `remove the ${where}: another one is taken, and the log has the state`
      default:
        return `write index and head of ${where.split(' at ')[0]} anew`
    }
  })
  return [...new Set(steps)]
}

function show({ directory, isSound, isBusy, problems, ...totals }: LogReport): void {
  for (const { code, what, where } of problems) printLine(`${where}: ${what} [${code}]`)
  const { topics, batches, records, snapshots, snapshotBytes } = totals
  const files = snapshots === 0 ? '' : `, ${snapshots} snapshots of ${bytes(snapshotBytes)}`
  const seen = `${topics} topics, ${batches} batches, ${records} records, ${bytes(totals.bytes)}${files}`
  if (isSound) printLine(`${directory} is sound: ${seen}`)
  else printLine(`${directory} is damaged: ${problems.length} problems; ${seen}`)
  if (isBusy) printNote('others were writing: the pages of the file could not be judged')
  if (!isSound) printNote(`To mend it, stop every host: millrace log repair ${directory}`)
}

function showRepair({ directory, lost, setAside, isSound }: LogRepair): void {
  for (const { topic, partition, from, to, isState } of lost) {
    printLine(
      `${topic}/${partition}: offsets ${from} to ${to - 1} are lost${isState ? ', with state' : ''}`,
    )
  }
  if (setAside !== null) printLine(`the damaged file is kept: ${setAside}`)
  printLine(isSound ? `${directory} is sound again` : `${directory} is still damaged`)
}

const inUse = (directory: string, users: readonly number[]): MillraceError =>
  new MillraceError({
    code: 'DIRECTORY_IN_USE',
    what: `process ${users.join(', ')} uses the directory`,
    where: directory,
    hint: 'Stop every host and command that uses it, then repair',
  })
