// millrace task pause, resume, restart, skip, quarantine, reset: what an operator can tell tasks, one or
// many. It is told to the host that runs the task, by whichever host is asked, which records it as an event.

import process from 'node:process'
import type { Command } from 'commander'
import type { TaskOrder } from '#actors/host/messages'
import type { Poison } from '#actors/task/work-port'
import { byName } from '#protocols/core/by-name'
import { factsOf } from '#protocols/core/error-facts'
import { isMillraceError, MillraceError } from '#protocols/core/errors'
import { plural } from '#protocols/core/plural'
import { askAdmin, type Door } from '../admin/admin-client.ts'
import type { OrdersDocument, StoresDocument, TaskRow, TasksDocument } from '../admin/documents.ts'
import { agreed, type ConsentOptions, notDone, withConsent } from './consent.ts'
import { type DeedOptions, signature, withReason } from './deed.ts'
import { optionInvalid } from './options.ts'
import { printJson, printLine, printNote } from './print.ts'
import { selected } from './selection.ts'
import { findHost, withHost } from './target.ts'

type OrderOptions = DeedOptions &
  ConsentOptions & { readonly topology?: string; readonly offset?: string }

interface Verb {
  readonly order: TaskOrder
  /** The word it had before. */
  readonly alias?: string
  readonly description: string
  /** What comes of it, said of a task. */
  readonly effect: string
}

const VERBS: readonly Verb[] = [
  {
    ...{ order: 'pause', alias: 'suspend', description: 'commit, then take in nothing' },
    effect: 'commits, then takes in nothing until it is resumed',
  },
  {
    ...{ order: 'resume', description: 'go on after a pause' },
    effect: 'goes on after its newest commit',
  },
  {
    ...{ order: 'restart', alias: 'retry' },
    description: 'close cleanly and open again in place; ends a quarantine, or a wait',
    effect: 'commits, closes and opens again',
  },
  {
    ...{ order: 'skip', description: 'pass over the record it failed at, and go on' },
    effect: 'passes over',
  },
  {
    ...{ order: 'quarantine', description: 'commit and close, and wait for an operator' },
    effect: 'commits, closes and waits for a restart',
  },
  {
    ...{ order: 'reset', description: 'throw away its local stores and rebuild them from the log' },
    effect: 'commits, closes, throws its stores on this host away and rebuilds them from the log',
  },
]

const EXAMPLES = `
A pattern has * for anything and ? for one character; quote it. What is meant is said first, and done with
--yes, or after a y where there is a terminal. A pause and a quarantine hold while the task stays where it
is: a task that moves to another host, or whose host starts again, runs. A skip is
forgotten in the same way where the record had not come. A reset loses nothing: positions
are in the log, and so is every change of a store that is logged.

Examples:
  millrace task pause wordcount/counts/2 --yes
  millrace task restart 'wordcount/counts/*'               what would happen
  millrace task restart --topology wordcount --yes --reason 'new lookup table'
  millrace task skip wordcount/counts/2 --yes              the record it failed at
  millrace task skip wordcount/lines/0 --offset lines/0/41 --yes    one that is known to be bad, before it comes
  millrace task quarantine wordcount/counts/2 --yes        until: millrace task restart
  millrace task reset wordcount/counts/2 --yes             its stores, from the log`

export function addOrders(tasks: Command): void {
  for (const verb of VERBS) {
    const command = withReason(withConsent(withHost(tasks.command(verb.order))))
    if (verb.order === 'skip') {
      command.option(
        '--offset <record>',
        'pass over this one when it comes: topic/partition/offset',
      )
    }
    command
      .argument('[tasks...]', 'ids, topology/sub-topology/partition, or patterns')
      .option('-t, --topology <name>', 'all tasks of a topology')
      .description(verb.description)
      .addHelpText('after', EXAMPLES)
      .action((words: string[], options: OrderOptions) => give(verb, words, options))
    if (verb.alias !== undefined) command.alias(verb.alias)
  }
}

async function give(verb: Verb, words: readonly string[], options: OrderOptions): Promise<void> {
  const { order } = verb
  const { door } = await findHost(options)
  const document = await askAdmin<TasksDocument>(door, '/v1/tasks')
  const ids = selected({ words, topology: options.topology }, placedIn(document))
  const facts = new Map(document.tasks.map((task) => [task.id, task]))
  const at = options.offset === undefined ? undefined : recordAt(options.offset, ids, facts)
  if (order === 'skip' && at === undefined) for (const id of ids) checkFailed(id, facts.get(id))
  const notes = order === 'reset' ? await forgotten(door, ids) : []
  const plan = [
    `would ${order} ${plural(ids.length, 'task')}:`,
    ...ids.map((id) => `  ${planned(verb, id, facts.get(id), at)}`),
    ...notes,
  ]
  const isAgreed = await agreed(plan, options)
  const tasks: OrdersDocument['tasks'][number][] = []
  for (const id of isAgreed ? ids : []) {
    const error = await tell(door, { task: id, order, at }, options)
    tasks.push({ task: id, error })
    if (!options.json) {
      if (error === null) printLine(`told ${id} to ${order}`)
      else printNote(`${id}: ${new MillraceError(error).message} [${error.code}]`)
    }
  }
  if (options.json) {
    const asked = ids.map((task) => ({ task, error: null }))
    const answer: OrdersDocument = { order, isDone: isAgreed, tasks: isAgreed ? tasks : asked }
    printJson(answer)
  }
  if (!isAgreed) throw notDone()
  const failed = tasks.filter(({ error }) => error !== null).length
  if (failed > 0) process.exitCode = failed < tasks.length ? 5 : 1
}

async function tell(
  door: Door,
  told: { readonly task: string; readonly order: TaskOrder; readonly at: Poison | undefined },
  options: OrderOptions,
): Promise<OrdersDocument['tasks'][number]['error']> {
  try {
    await askAdmin(door, '/v1/orders', { ...told, ...signature(options) })
    return null
  } catch (thrown) {
    if (!isMillraceError(thrown)) throw thrown
    return factsOf(thrown)
  }
}

/** Tasks that run, and those that are on their way to somewhere. */
function placedIn({ tasks, moves }: TasksDocument): readonly string[] {
  const ids = new Set([...tasks.map(({ id }) => id), ...moves.map(({ task }) => task)])
  return [...ids].sort(byName)
}

export function planned(
  { effect }: Verb,
  id: string,
  task: TaskRow | undefined,
  at: Poison | undefined = task?.failedAt,
): string {
  if (task === undefined) return `${id}, which runs nowhere now`
  const { host, state } = task
  const isSkip = at !== undefined && effect === 'passes over'
  const what = isSkip ? `${effect} ${placeOf(at)}, for good` : effect
  return `${id} on ${host}, ${state}: ${what}`
}

export const placeOf = ({ topic, partition, offset }: Poison): string =>
  `${topic}/${partition} offset ${offset}`

/** What no log has: it is lost with the stores, as in any move. */
async function forgotten(door: Door, ids: readonly string[]): Promise<readonly string[]> {
  const { stores } = await askAdmin<StoresDocument>(door, '/v1/stores')
  return stores
    .filter(({ task, role, isLogged }) => role === 'active' && !isLogged && ids.includes(task))
    .map(
      ({ task, store }) => `store ${store} of ${task} is not logged: it starts empty, as in a move`,
    )
}

/**
 * The record that one task is to pass over: one that it reads, and has not committed yet.
 * @throws MillraceError OPTION_INVALID, OFFSET_PASSED
 */
export function recordAt(
  text: string,
  ids: readonly string[],
  tasks: ReadonlyMap<string, TaskRow>,
): Poison {
  const [, topic = '', partition, offset] = /^(.+)\/(\d+)\/(\d+)$/.exec(text) ?? []
  const at = { topic, partition: Number(partition), offset: Number(offset) }
  if (topic === '') throw optionInvalid(`--offset takes topic/partition/offset, not '${text}'`)
  const [id = ''] = ids
  if (ids.length !== 1) throw optionInvalid('--offset is of one task: name it')
  const positions = tasks.get(id)?.positions ?? []
  const input = positions.find((it) => it.topic === topic && it.partition === at.partition)
  if (input === undefined) {
    const known = positions.map((it) => `${it.topic}/${it.partition}`).join(', ')
    throw optionInvalid(
      `task ${id} reads no ${topic}/${partition} now; it reads ${known || 'nothing'}`,
    )
  }
  if (at.offset < input.position) throw offsetPassed(at, id, input.position)
  return at
}

const offsetPassed = (at: Poison, id: string, next: number): MillraceError =>
  new MillraceError({
    code: 'OFFSET_PASSED',
    what: `task ${id} is past ${placeOf(at)} already: the next one is offset ${next}`,
    hint: 'What it did with the record is done; a skip is for one that is still to come',
  })

/** @throws MillraceError NOTHING_TO_SKIP */
function checkFailed(id: string, task: TaskRow | undefined): void {
  if (task?.failedAt !== undefined) return
  throw new MillraceError({
    code: 'NOTHING_TO_SKIP',
    what: `task ${id} does not fail at a record now`,
    hint: `millrace task show ${id} says how it does`,
  })
}
