// millrace actors: every actor of every host in one list, to be sorted and filtered; who is below whom is
// the tree's to say.

import { type Command, Option } from 'commander'
import type { ActorSnapshot } from '#actors/kernel/tree'
import { askAdmin } from '../admin/admin-client.ts'
import type { ActorRow, ActorsDocument, TreeDocument } from '../admin/documents.ts'
import { maybeWhole, optionInvalid } from './options.ts'
import { short, tableLines } from './print.ts'
import { findHost } from './target.ts'
import { notesOn, type Shown, show, type WatchOptions, withWatch } from './watch.ts'

type Order = 'path' | 'mailbox' | 'restarts' | 'busy' | 'taken'

export interface ActorFilter {
  readonly sort?: Order
  /** Parts of the state, the kind or the path. */
  readonly state?: string
  readonly kind?: string
  readonly path?: string
  /** At least so many messages wait; at least so many restarts. */
  readonly waiting?: string
  readonly restarts?: string
  readonly top?: string
}

type ActorsOptions = WatchOptions & ActorFilter

const EXAMPLES = `
STATE is what an actor says of itself, or what its supervisor knows. MAILBOX are messages that wait, TAKEN
those it took and BUSY the time it took for them, in all its lives; at rest it has none of the three grow.

Examples:
  millrace actors
  millrace actors --sort mailbox --top 10          who is behind
  millrace actors --state quarantined
  millrace actors --kind task --sort busy --watch
  millrace actors --restarts 1 --json`

export function addActors(program: Command): void {
  withWatch(program.command('actors'))
    .description('every actor of the group, flat: state, mailbox, restarts, work')
    .addOption(
      new Option('--sort <column>', 'most first').choices([
        'path',
        'mailbox',
        'restarts',
        'busy',
        'taken',
      ]),
    )
    .option('--state <text>', 'those whose state has it')
    .option('--kind <text>', 'those whose kind has it')
    .option('--path <text>', 'those whose path has it')
    .option('--waiting <count>', 'those with at least so many messages in their mailbox')
    .option('--restarts <count>', 'those restarted at least so often')
    .option('--top <count>', 'the first so many')
    .addHelpText('after', EXAMPLES)
    .action(async (options: ActorsOptions) => {
      await show(options, () => lookAtActors(options))
    })
}

async function lookAtActors(options: ActorsOptions): Promise<Shown> {
  const { door } = await findHost(options)
  const tree = await askAdmin<TreeDocument>(door, '/v1/tree')
  const document = actorsDocument(tree, options)
  return { document, lines: await actorsLines(document), notes: notesOn(document) }
}

/** @throws MillraceError OPTION_INVALID */
export function actorsDocument(
  { hosts, unanswered }: TreeDocument,
  filter: ActorFilter,
): ActorsDocument {
  const all = hosts.flatMap(({ host, trees }) => trees.flatMap((tree) => flat(host, tree)))
  const { sort = 'path', kind } = filter
  const kinds = [...new Set(all.map((actor) => actor.kind))].sort()
  // A host that did not answer may have what is meant.
  if (unanswered.length === 0 && kinds.every((it) => !has(it, kind))) {
    throw optionInvalid(`--kind takes ${kinds.join(', ')} or a part of one, not '${kind}'`)
  }
  const least = { waiting: maybeWhole('--waiting', filter.waiting) ?? 0 }
  const restarts = maybeWhole('--restarts', filter.restarts) ?? 0
  const top = maybeWhole('--top', filter.top) ?? Number.POSITIVE_INFINITY
  const actors = all.filter(
    (actor) =>
      has(stateOf(actor), filter.state) &&
      has(actor.kind, kind) &&
      has(actor.path, filter.path) &&
      waitingFor(actor) >= least.waiting &&
      actor.restarts >= restarts,
  )
  if (sort !== 'path') actors.sort((a, b) => MEASURES[sort](b) - MEASURES[sort](a))
  return { actors: actors.slice(0, top), unanswered }
}

const MEASURES: Readonly<Record<Exclude<Order, 'path'>, (actor: ActorRow) => number>> = {
  mailbox: waitingFor,
  restarts: ({ restarts }) => restarts,
  busy: ({ busyMs = 0 }) => busyMs,
  taken: ({ taken = 0 }) => taken,
}

function flat(host: string, { children, ...actor }: ActorSnapshot): ActorRow[] {
  return [{ ...actor, host }, ...children.flatMap((child) => flat(host, child))]
}

function waitingFor({ control, data }: Pick<ActorRow, 'control' | 'data'>): number {
  return control + data
}

const stateOf = ({ state, status }: ActorRow): string =>
  state === 'running' ? (status ?? state) : state

const has = (text: string, part: string | undefined): boolean =>
  part === undefined || text.includes(part)

export function actorsLines({ actors }: ActorsDocument): Promise<readonly string[]> {
  const head = ['ACTOR', 'KIND', 'STATE', 'MAILBOX', 'RESTARTS', 'TAKEN', 'BUSY']
  const rows = actors.map((actor) => [
    ...[actor.path, actor.kind, stateOf(actor), waitingFor(actor), actor.restarts],
    ...[actor.taken === undefined ? '-' : short(actor.taken)],
    ...[actor.busyMs === undefined ? '-' : `${(actor.busyMs / 1000).toFixed(1)} s`],
  ])
  return tableLines(head, rows)
}
