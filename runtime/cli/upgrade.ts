// millrace upgrade: which host runs which version of a program, what of it is active, and what the rest waits
// for; and the operator's word that it need not wait. Through the broker, so it works while no host runs.

import type { Command } from 'commander'
import type { Broker } from '#protocols/broker/broker'
import { MillraceError } from '#protocols/core/errors'
import type { Member } from '#protocols/messages/membership'
import type { UpgradeDocument, VersionRow } from '../admin/documents.ts'
import type { GroupLook } from '../process/group-look.ts'
import { closest, refuseWords } from './closest.ts'
import { agreed, type ConsentOptions, notDone, withConsent } from './consent.ts'
import { type DeedOptions, record, withReason } from './deed.ts'
import { optionInvalid } from './options.ts'
import { printJson, printLine, tableLines } from './print.ts'
import { withApplication, withGroup } from './target.ts'
import { type Shown, show, type WatchOptions, watchOption } from './watch.ts'

interface PromoteOptions extends DeedOptions, ConsentOptions {
  readonly shape?: string
}

const EXAMPLES = `
Hosts are upgraded one by one: stop one, start it with the new program. While hosts of two versions are
there tasks move only from hosts that stop or drain, to hosts of the version that comes in. What changed in
shape (stores, sub-topologies, topics between them) begins when every host runs the new program; until then
going back is starting the old one. Promoted by hand it begins at once, and hosts of the old program are
given nothing of the topology any more.

Examples:
  millrace upgrade                               versions, who runs them, what they wait for
  millrace upgrade --watch                       while hosts are replaced
  millrace upgrade promote wordcount             what would happen; exits with 2, since nothing was done
  millrace upgrade promote wordcount --yes --reason 'one is gone for good'`

export function addUpgrade(program: Command): void {
  const upgrade = program
    .command('upgrade')
    .description('versions of a program that hosts run; promote one')
    .addHelpText('after', EXAMPLES)
  withApplication(upgrade.command('show', { isDefault: true }))
    .description('versions, who runs them, what they wait for')
    .addOption(watchOption())
    .allowExcessArguments(true)
    .addHelpText('after', EXAMPLES)
    .action(showVersions)
  withReason(withConsent(withApplication(upgrade.command('promote'))))
    .argument('<topology>', 'its name')
    .description('make the shape that waits the active one')
    .option('--shape <mark>', 'which, when several wait: the SHAPE that upgrade shows')
    .addHelpText('after', EXAMPLES)
    .action(promote)
}

async function showVersions(options: WatchOptions, command: Command): Promise<void> {
  refuseWords(command)
  await show(options, () => lookAtVersions(options))
}

async function lookAtVersions(
  options: WatchOptions,
): Promise<Shown & { readonly document: UpgradeDocument }> {
  const document = await withGroup(options, upgradeDocument)
  return { document, lines: await upgradeLines(document), notes: [] }
}

async function upgradeDocument(group: GroupLook): Promise<UpgradeDocument> {
  const { versionsOf } = await import('../process/versions.ts')
  return { application: group.application, versions: versionsOf(group) }
}

const upgradeLines = ({ versions }: UpgradeDocument): Promise<readonly string[]> =>
  tableLines(
    ['TOPOLOGY', 'VERSION', 'SHAPE', 'HOSTS', 'SUPPORTS', 'ACTIVE', 'PENDING', 'BLOCKERS'],
    versions.map((row) => [
      ...[row.topology, row.version ?? '-', row.shape?.slice(0, SHOWN) ?? '-'],
      ...[row.hosts.join(', ') || '-', `${row.supports} of ${row.tasks} tasks`],
      ...[row.state === 'active' ? 'yes' : '-', row.state === 'pending' ? 'yes' : '-'],
      blockersOf(row),
    ]),
  )

/** Characters of a mark that tell shapes apart. */
const SHOWN = 6

function blockersOf({ state, hosts, blockers }: VersionRow): string {
  if (state === 'overtaken') return `${hosts.join(', ')}: start with the active program`
  if (state === 'active') return '-'
  if (blockers.length === 0) return 'none: it becomes active'
  return `${blockers.join(', ')}: ${blockers.length === 1 ? 'runs' : 'run'} another`
}

async function promote(topology: string, options: PromoteOptions): Promise<void> {
  await withGroup(options, async (group, broker) => {
    const { versions } = await upgradeDocument(group)
    const row = waiting(topology, versions, options.shape)
    refuseSilent(topology, versions)
    const others = othersThan(row, versions)
    const plan = [sentence(row, others, false), 'the way back would need its own upgrade']
    const isAgreed = await agreed(plan, options)
    if (isAgreed) {
      await makeActive(broker, group, row)
      const message = `another shape of topology ${topology} is active`
      const facts = { topology, shape: row.shape, version: row.version, hosts: row.hosts }
      await record(broker, group.application, { code: 'PROMOTE', message, facts }, options)
    }
    if (options.json) printJson({ topology, shape: row.shape, isDone: isAgreed })
    else if (isAgreed) printLine(sentence(row, others, true))
    if (!isAgreed) throw notDone()
  })
}

function sentence(row: VersionRow, others: readonly string[], isDone: boolean): string {
  const { topology, version, hosts } = row
  const named = version === null ? '' : `version ${version}, `
  const what = `${named}as ${hosts.join(', ')} ${hosts.length === 1 ? 'runs' : 'run'} it`
  const rest =
    others.length === 0
      ? ''
      : `; ${others.join(', ')} get${others.length === 1 ? 's' : ''} none of its tasks before that runs there too`
  return `${topology} ${isDone ? 'is' : 'would be'} ${what}, from now on${rest}`
}

const othersThan = (row: VersionRow, rows: readonly VersionRow[]): readonly string[] =>
  rows
    .filter(({ topology, shape }) => topology === row.topology && shape !== row.shape)
    .flatMap(({ hosts }) => hosts)

/** @throws MillraceError TOPOLOGY_UNKNOWN, NOTHING_PENDING, OPTION_INVALID */
function waiting(
  topology: string,
  rows: readonly VersionRow[],
  shape: string | undefined,
): VersionRow {
  const known = [...new Set(rows.map((row) => row.topology))]
  if (!known.includes(topology)) throw topologyUnknown(topology, known)
  const pending = rows.filter((row) => row.topology === topology && row.state === 'pending')
  const meant = pending.filter((row) => shape === undefined || row.shape?.startsWith(shape))
  const [first] = meant
  if (first === undefined) throw nothingPending(topology, shape)
  if (meant.every((row) => row.shape === first.shape)) return first
  throw optionInvalid(
    `several shapes of ${topology} wait: say --shape ${meant.map((row) => row.shape?.slice(0, SHOWN)).join(' or ')}`,
  )
}

/**
 * A host that says no shape is given tasks of whatever is active, so that must stay what it has.
 * @throws MillraceError HOST_SILENT
 */
function refuseSilent(topology: string, rows: readonly VersionRow[]): void {
  const silent = rows.filter((row) => row.topology === topology && row.shape === null)
  const hosts = silent.flatMap((row) => row.hosts)
  if (hosts.length === 0) return
  throw new MillraceError({
    code: 'HOST_SILENT',
    what: `${hosts.join(', ')} cannot say which shape of '${topology}' it runs: its Millrace is too old`,
    hint: 'Stop it, or start it with this version of Millrace, and promote then',
  })
}

/** @throws MillraceError PROMOTION_LATE */
async function makeActive(
  broker: Broker,
  { application, plans, members }: GroupLook,
  { topology, shape }: VersionRow,
): Promise<void> {
  const [coordinator, { wholeMark }] = await Promise.all([
    import('#actors/coordinator/plans'),
    import('#protocols/messages/plan-shape'),
  ])
  const marksOf = ({ plans }: Member) => plans?.[topology]?.is
  const marks = members.map(marksOf).find((its) => its !== undefined && wholeMark(its) === shape)
  const expect = plans.get(topology)?.revision
  const isDone =
    marks !== undefined &&
    expect !== undefined &&
    (await coordinator.promote(broker.keys, application, { topology, marks, expect }))
  if (!isDone) throw promotionLate(topology)
}

const topologyUnknown = (topology: string, known: readonly string[]): MillraceError => {
  const meant = closest(topology, known)
  return new MillraceError({
    code: 'TOPOLOGY_UNKNOWN',
    what: `nothing is kept of a topology named '${topology}'`,
    hint:
      meant === undefined ? `Topologies: ${known.join(', ') || 'none'}` : `Did you mean ${meant}?`,
  })
}

const nothingPending = (topology: string, shape: string | undefined): MillraceError =>
  new MillraceError({
    code: 'NOTHING_PENDING',
    what: `no ${shape === undefined ? 'shape' : `shape ${shape}`} of topology '${topology}' waits to become active`,
    hint: 'Start a host with the new program first; millrace upgrade shows what each runs',
  })

const promotionLate = (topology: string): MillraceError =>
  new MillraceError({
    code: 'PROMOTION_LATE',
    what: `what is active of topology '${topology}' became another meanwhile`,
    hint: 'See what it is now: millrace upgrade',
    retry: 'soon',
  })
