// millrace task pause, resume, restart, skip, quarantine, reset: what an operator can tell tasks, one or
// many. It is told to the host that runs the task, by whichever host is asked, which records it as an event.

import process from 'node:process'
import type { Command } from 'commander'
import type { TaskOrder } from '#actors/host/messages'
import { isMillraceError, MillraceError } from '#protocols/core/errors'
import { askAdmin, type Door } from '../admin/admin-client.ts'
import type { OrdersDocument, StoresDocument, TaskRow, TasksDocument } from '../admin/documents.ts'
import { factsOf } from '../process/wire.ts'
import { agreed, type ConsentOptions, notDone, withConsent } from './consent.ts'
import { type DeedOptions, signature, withReason } from './deed.ts'
import { printJson, printLine, printNote } from './print.ts'
import { selected } from './selection.ts'
import { findHost, withHost } from './target.ts'

type OrderOptions = DeedOptions & ConsentOptions & { readonly topology?: string }

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
is: a task that moves to another host, or whose host starts again, runs. A reset loses nothing: positions
are in the log, and so is every change of a store that is logged.

Examples:
  millrace task pause wordcount/counts/2 --yes
  millrace task restart 'wordcount/counts/*'               what would happen
  millrace task restart --topology wordcount --yes --reason 'new lookup table'
  millrace task skip wordcount/counts/2 --yes              the record it failed at
  millrace task quarantine wordcount/counts/2 --yes        until: millrace task restart
  millrace task reset wordcount/counts/2 --yes             its stores, from the log`

export function addOrders(tasks: Command): void {
  for (const verb of VERBS) {
    const command = withReason(withConsent(withHost(tasks.command(verb.order))))
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
  if (order === 'skip') for (const id of ids) checkFailed(id, facts.get(id))
  const notes = order === 'reset' ? await forgotten(door, ids) : []
  const plan = [
    `would ${order} ${ids.length} task${ids.length === 1 ? '' : 's'}:`,
    ...ids.map((id) => `  ${planned(verb, id, facts.get(id))}`),
    ...notes,
  ]
  const isAgreed = await agreed(plan, options)
  const tasks: OrdersDocument['tasks'][number][] = []
  for (const id of isAgreed ? ids : []) {
    const error = await tell(door, id, order, options)
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
  if (tasks.some(({ error }) => error !== null)) process.exitCode = 1
}

async function tell(
  door: Door,
  task: string,
  order: TaskOrder,
  options: OrderOptions,
): Promise<OrdersDocument['tasks'][number]['error']> {
  try {
    await askAdmin(door, '/v1/orders', { task, order, ...signature(options) })
    return null
  } catch (thrown) {
    if (!isMillraceError(thrown)) throw thrown
    return factsOf(thrown)
  }
}

/** Tasks that run, and those that are on their way to somewhere. */
function placedIn({ tasks, moves }: TasksDocument): readonly string[] {
  const ids = new Set([...tasks.map(({ id }) => id), ...moves.map(({ task }) => task)])
  return [...ids].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
}

export function planned({ effect }: Verb, id: string, task: TaskRow | undefined): string {
  if (task === undefined) return `${id}, which runs nowhere now`
  const { host, state, failedAt } = task
  const isSkip = failedAt !== undefined && effect === 'passes over'
  const what = isSkip ? `${effect} ${placeOf(failedAt)}, for good` : effect
  return `${id} on ${host}, ${state}: ${what}`
}

export const placeOf = ({ topic, partition, offset }: NonNullable<TaskRow['failedAt']>): string =>
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

/** @throws MillraceError NOTHING_TO_SKIP */
function checkFailed(id: string, task: TaskRow | undefined): void {
  if (task?.failedAt !== undefined) return
  throw new MillraceError({
    code: 'NOTHING_TO_SKIP',
    what: `task ${id} does not fail at a record now`,
    hint: `millrace task show ${id} says how it does`,
  })
}
