// millrace reset: an application, or one topology of it, begins anew. Without --yes it only says what
// would be removed.

import { existsSync, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import process from 'node:process'
import type { Command } from 'commander'
import type { TaskBeginning } from '../process/beginnings.ts'
import { directoryUsers } from '../process/file-users.ts'
import type { DoomedTopic, ResetPlan } from '../process/reset-plan.ts'
import { agreed, type ConsentOptions, notDone, withConsent } from './consent.ts'
import { type DeedOptions, record, withReason } from './deed.ts'
import { optionInvalid } from './options.ts'
import { bytes, printJson, printLine, short, tableLines } from './print.ts'
import { Progress } from './progress.ts'
import { targetOf, withBroker, withBrokerOf } from './target.ts'

interface ResetOptions extends DeedOptions, ConsentOptions {
  readonly topology?: string
  readonly state?: string
  readonly from?: string
  readonly dryRun?: boolean
}

const EXAMPLES = `
It removes the commit logs of its tasks (positions and state), its internal topics (repartition topics, and
the mail of its actors, with what was told from outside; what millrace events shows), its kept plans and
placement, and its state on this machine. Topics that are read and written stay: sources are read again from their beginning,
and what is written comes once more after what is there. Every host of it must be stopped. With
--topology, the mail of actors stays, and is read again.

--from begins elsewhere: at 'latest' (what comes from now on), a time (2026-11-30T08:00:00Z, or 2h for two hours
ago), or an offset of every partition. Topics that are compacted are tables, and internal ones are new: those are
always read from their beginning.

Examples:
  millrace reset words                       what would be removed; exits with 2, since nothing was done
  millrace reset words --dry-run             the same, and exits with 0
  millrace reset words --yes                 remove it; repeat it when it was cut off
  millrace reset words --topology counts     only one topology of it
  millrace reset words --from latest --yes   begin anew with what comes from now on
  millrace reset words --from 2h             what would be removed, and where it would begin
  millrace reset words --state /var/state    where the manifest, or its lack, does not say`

export function addReset(program: Command): void {
  withReason(withConsent(withBroker(program.command('reset'))))
    .argument('<app>', 'the application')
    .description('begin an application anew: remove its positions, state and internal topics')
    .option('--topology <name>', 'only this topology of it')
    .option('--state <directory>', "state of tasks (default: the manifest's, or the broker's)")
    .option('--from <where>', 'where to begin: earliest, latest, a time, how long ago, an offset')
    .option('--dry-run', 'say what would be removed')
    .addHelpText('after', EXAMPLES)
    .action(run)
}

async function run(application: string, options: ResetOptions): Promise<void> {
  const { topology, dryRun = false, yes = false } = options
  if (dryRun && yes) throw optionInvalid('--dry-run and --yes contradict one another')
  const { beginningOf, beginningsOf } = await import('../process/beginnings.ts')
  const from = options.from === undefined ? undefined : beginningOf(options.from, Date.now())
  const scope = { application, topology }
  const { planReset } = await import('../process/reset-plan.ts')
  const { applicationRunning, refuseLiving, reset } = await import('../process/reset.ts')
  const { isGone } = await import('../process/neighbours.ts')
  const target = await targetOf(options)
  const root = options.state === undefined ? target.state : resolve(process.cwd(), options.state)
  await withBrokerOf(target, async (broker) => {
    const plan = await planReset(broker, scope)
    const directories = stateDirectories(root, plan)
    if (!dryRun) await refuseLiving({ broker, isGone }, application)
    const users = directories.flatMap(directoryUsers)
    if (users.length > 0 && !dryRun) {
      const what = `process ${[...new Set(users)].join(', ')} uses the state of application '${application}'`
      throw applicationRunning(what, 'Stop every host of it first, also one that is only halted')
    }
    const isEmpty = plan.topics.length + plan.keys.length + directories.length === 0
    const where = from ?? plan.unfinished?.from ?? 'earliest'
    const begins = await beginningsOf(broker, where, plan.readings)
    const isNothing = isEmpty && plan.unfinished === null
    const what = topology === undefined ? application : `${application}/${topology}`
    const lines = isNothing ? [] : await linesOf({ ...plan, directories, begins })
    const would = [...lines, `would reset ${what}`]
    const isAgreed = !isNothing && !dryRun && (await agreed(would, options))
    if (isAgreed) {
      const removeState = async (): Promise<void> => {
        for (const directory of directories) await rm(directory, { recursive: true, force: true })
      }
      // Each topic and key is a step, and so are the mark, the state and the end of the mark.
      const steps = plan.topics.length + plan.keys.length + 3
      const progress = new Progress('resetting', (perSecond) => `${perSecond.toFixed(1)} steps/s`)
      let step = 0
      const onStep = (): void => progress.show(step++, steps)
      try {
        await reset({ broker, isGone, removeState, onStep }, { ...scope, from })
      } finally {
        progress.end()
      }
      // Of the whole application nothing is left, what happened in it neither.
      if (topology !== undefined) {
        const message = `topology ${topology} begins anew`
        await record(broker, application, { code: 'RESET', message, facts: { topology } }, options)
      }
    }
    if (options.json) {
      const isDone = isAgreed || (isNothing && yes)
      printJson({ ...plan, directories, from: where, begins, isDone })
    } else if (isNothing) printLine(`nothing is kept of ${what}`)
    else if (dryRun) for (const line of would) printLine(line)
    else if (isAgreed) {
      for (const line of lines) printLine(line)
      printLine(`${what} begins anew when a host of it starts`)
    }
    if (!isAgreed && !dryRun && !isNothing) throw notDone()
  })
}

interface Doomed extends ResetPlan {
  readonly directories: readonly string[]
  readonly begins: readonly TaskBeginning[]
}

/** What goes, and where it begins then. */
async function linesOf({ directories, begins, ...plan }: Doomed): Promise<readonly string[]> {
  const rows = begins.flatMap(({ topology, positions }) =>
    positions.map(({ at, next }) => [topology, at.topic, at.partition, next]),
  )
  const head = ['TOPIC', 'WHAT', 'RECORDS', 'BYTES']
  return [
    ...(plan.unfinished === null ? [] : ['a reset of it was begun and not finished']),
    ...(plan.topics.length > 0 ? await tableLines(head, plan.topics.map(rowOf)) : []),
    ...plan.keys.map((key) => `key ${key}`),
    ...directories.map((directory) => `state ${directory}`),
    ...(rows.length > 0 ? await tableLines(['BEGINS', 'TOPIC', 'PARTITION', 'AT'], rows) : []),
  ]
}

const rowOf = ({ name, isCommitLog, records, bytes: size }: DoomedTopic): unknown[] => [
  name,
  isCommitLog ? 'commit log' : 'internal',
  short(records),
  bytes(size),
]

/** What is there of it: of each host of this machine. */
function stateDirectories(root: string, { application, topology }: ResetPlan): readonly string[] {
  const own = join(root, application)
  if (!existsSync(own)) return []
  if (topology === undefined) return [own]
  return readdirSync(own)
    .map((host) => join(own, host, topology))
    .filter((directory) => existsSync(directory))
}
