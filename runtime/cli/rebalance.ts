// millrace rebalance: where every task is and should be, what moves and what it waits for; what happened to
// the placement, and what would if hosts were gone or added; and a freeze, for as long as nothing should move
// that could stay.

import type { Command } from 'commander'
import type { TaskPlace } from '#actors/coordinator/explain'
import { plural } from '#protocols/core/plural'
import type { PastEvent } from '../events/read-events.ts'
import type { GroupLook } from '../process/group-look.ts'
import { freezeDeed } from '../process/wish-deeds.ts'
import { refuseWords } from './closest.ts'
import { agreed, type ConsentOptions, notDone, withConsent } from './consent.ts'
import { type DeedOptions, wish, withReason } from './deed.ts'
import type { SimulationDocument } from './documents.ts'
import { checkHost } from './hosts.ts'
import { optionInvalid, whole } from './options.ts'
import { printJson, printLine, printNote, printTable, tableLines } from './print.ts'
import { selected } from './selection.ts'
import { type TargetOptions, withApplication, withGroup } from './target.ts'
import { type Shown, show, type WatchOptions, watchOption } from './watch.ts'

const EXAMPLES = `
While the placement is frozen, a task moves only when its host is gone, stopped or fenced. Drains and moves
by hand wait, moves that are not further than a copy end, and hosts that join get nothing.

Examples:
  millrace rebalance                     every task: where it is, where it should be, what it waits for
  millrace rebalance --watch             every two seconds
  millrace rebalance --json
  millrace rebalance explain 'wordcount/*'    the same of some, a sentence each
  millrace rebalance history --since 1d  placements, hosts that came and went, and what operators did
  millrace rebalance simulate --without two    what would move; nothing does
  millrace rebalance simulate --with 2
  millrace rebalance freeze              what a freeze would do; exits with 2, since nothing was done
  millrace rebalance freeze --yes        before work on the network, or while hosts are upgraded
  millrace rebalance unfreeze --yes`

interface HistoryOptions extends TargetOptions {
  readonly since?: string
  readonly limit: string
}

interface SimulateOptions extends TargetOptions {
  readonly without: readonly string[]
  readonly with: string
}

/** More are no question anybody has. */
const JOINING_MAX = 1000

export function addRebalance(program: Command): void {
  const rebalance = program
    .command('rebalance')
    .description('where tasks are and should be, and why; history, simulate, freeze')
    .addHelpText('after', EXAMPLES)
  const command = (name: string, description: string): Command =>
    withApplication(rebalance.command(name)).description(description).addHelpText('after', EXAMPLES)
  withApplication(rebalance.command('show', { isDefault: true }))
    .description('the placement of every task')
    .addOption(watchOption())
    .allowExcessArguments(true)
    .addHelpText('after', EXAMPLES)
    .action(placement)
  command('explain', 'why tasks are where they are')
    .argument('[tasks...]', 'ids, or patterns; default: all')
    .action(explain)
  command('history', 'what happened to the placement')
    .option('--since <duration>', 'not older than, e.g. 30m, 1h, 2d')
    .option('--limit <count>', 'the newest of those', '50')
    .action(history)
  command('simulate', 'what would move if hosts were gone or added')
    .option('--without <host>', 'it is gone; say it again for another', collected, [])
    .option('--with <count>', 'so many hosts more, like the first that takes part', '0')
    .action(simulate)
  for (const isFrozen of [true, false]) {
    const name = isFrozen ? 'freeze' : 'unfreeze'
    const what = isFrozen ? 'move nothing that could stay' : 'move what should be elsewhere'
    withReason(withConsent(command(name, what))).action((options: DeedOptions & ConsentOptions) =>
      freeze(isFrozen, options),
    )
  }
}

const collected = (value: string, before: readonly string[]): readonly string[] => [
  ...before,
  value,
]

async function placement(options: WatchOptions, command: Command): Promise<void> {
  refuseWords(command)
  await show(options, () => lookAtPlacement(options))
}

async function lookAtPlacement(options: TargetOptions): Promise<Shown> {
  const { rebalanceDocument } = await import('../admin/group-report.ts')
  const document = await withGroup(options, rebalanceDocument)
  const { application, coordinator, tasks, isFrozen, draining, fenced } = document
  const moving = tasks.filter(({ step }) => step !== 'settled').length
  const frozen = isFrozen ? ', frozen' : ''
  const lines = [
    `${application}: ${plural(tasks.length, 'task')}, ${moving} on their way${frozen}`,
    `coordinator ${coordinator ?? 'none'}, placement ${document.placement}`,
    ...(draining.length > 0 ? [`draining: ${draining.join(', ')}`] : []),
    ...(fenced.length > 0 ? [`fenced: ${fenced.join(', ')}`] : []),
    ...['', ...(await tableLines(['TASK', 'ON', 'TARGET', 'STANDBYS', ''], tasks.map(rowOf)))],
  ]
  return { document, lines, notes: [] }
}

const rowOf = ({ id, holders, target, standbys, pin, why }: TaskPlace): string[] => [
  id,
  holders.join(' ') || '-',
  target,
  standbys.join(' ') || '-',
  why ?? (pin === null ? '' : 'pinned'),
]

async function explain(words: readonly string[], options: TargetOptions): Promise<void> {
  const { rebalanceDocument } = await import('../admin/group-report.ts')
  const document = await withGroup(options, rebalanceDocument)
  const known = document.tasks.map(({ id }) => id)
  const meant = words.length === 0 ? known : selected({ words }, known)
  const tasks = document.tasks.filter(({ id }) => meant.includes(id))
  if (options.json) return printJson({ ...document, tasks })
  for (const task of tasks) printLine(sentence(task))
}

function sentence({ id, holders, target, pin, why }: TaskPlace): string {
  const where = holders.length === 0 ? 'runs nowhere' : `is on ${holders.join(', ')}`
  const pinned = pin === null ? '' : ', and is pinned there'
  return `${id} ${where}: ${why ?? `${target} is where it should be${pinned}`}`
}

async function history(options: HistoryOptions): Promise<void> {
  const limit = whole('--limit', options.limit)
  const { filterOf, newest } = await import('./events.ts')
  const filter = filterOf(options, Date.now())
  await withGroup(options, async ({ application }, broker) => {
    const [{ readEvents }, { isPlacing }] = await Promise.all([
      import('../events/read-events.ts'),
      import('../events/catalogue.ts'),
    ])
    const all = await readEvents(broker, application, filter)
    const events = newest(
      all.filter(({ code }) => isPlacing(code)),
      limit,
    )
    if (options.json) return printJson({ application, events })
    const { columns } = await import('./events.ts')
    await printTable(
      ['TIME', 'KIND', 'WHO', ''],
      events.map((event) => columns({ ...event, message: told(event) })),
    )
  })
}

/** A placement says how much of it has to move. */
function told({ code, message, facts }: PastEvent): string {
  const { tasks, moving } = facts
  return code === 'TASKS_PLACED' ? `${message}: ${tasks} tasks, ${moving} move` : message
}

async function simulate(options: SimulateOptions): Promise<void> {
  const { without } = options
  const count = whole('--with', options.with)
  if (without.length + count === 0) {
    throw optionInvalid('say what would be otherwise: --without HOST, or --with COUNT hosts more')
  }
  if (count > JOINING_MAX) throw optionInvalid(`--with takes ${JOINING_MAX} at most, not ${count}`)
  const document = await withGroup(options, async (group): Promise<SimulationDocument> => {
    for (const host of without) checkHost(host, group)
    const [coordinator, { activePlanOf }] = await Promise.all([
      import('#actors/coordinator/simulate'),
      import('#actors/coordinator/plans'),
    ])
    const joining = newcomers(group, count)
    const plans = [...group.plans].map(([name, { shape }]) => [name, activePlanOf(shape)] as const)
    const change = { without, joining }
    return {
      application: group.application,
      isFrozen: group.wishes.isFrozen,
      ...{ without, with: joining.map(({ id }) => id) },
      ...coordinator.simulate(group, Object.fromEntries(plans), change),
    }
  })
  if (options.json) return printJson(document)
  await showSimulation(document)
}

/** Hosts that hold nothing yet, else like one that takes part. */
function newcomers({ members, wishes }: GroupLook, count: number): GroupLook['members'] {
  const like = members.find(
    ({ id, state }) => state === 'active' && ![...wishes.draining, ...wishes.fenced].includes(id),
  )
  if (count > 0 && like === undefined) {
    throw optionInvalid('no host takes part that one more could be like')
  }
  const { zone: _zone, ...rest } = like ?? {}
  return Array.from({ length: count }, (_, n) => {
    const id = `new-${n + 1}`
    // There is one to be like as soon as one is made.
    return { ...(rest as GroupLook['members'][number]), id, held: [], copies: {} }
  })
}

async function showSimulation(document: SimulationDocument): Promise<void> {
  const { moves, hosts, isFrozen } = document
  await printTable(
    ['HOST', 'TASKS NOW', 'AFTER'],
    hosts.map(({ host, now, after }) => [host, now, document.without.includes(host) ? '-' : after]),
  )
  printLine('')
  if (moves.length === 0) printLine('nothing would move')
  else {
    const rows = moves.map(({ task, from, to }) => [task, from ?? 'nobody', to ?? 'nobody'])
    await printTable(['TASK', 'FROM', 'TO'], rows)
  }
  if (isFrozen) printNote('the placement is frozen: only tasks whose host is gone move')
}

async function freeze(isFrozen: boolean, options: DeedOptions & ConsentOptions): Promise<void> {
  await withGroup(options, async (group, broker) => {
    const { application } = group
    const isSo = group.wishes.isFrozen === isFrozen
    const effect = isFrozen
      ? 'only tasks whose host is gone move'
      : 'tasks move to where they should be'
    const plan = [`would ${isFrozen ? 'freeze' : 'unfreeze'} ${application}: ${effect}`]
    const isAgreed = isSo || (await agreed(plan, options))
    if (isAgreed && !isSo) await wish(broker, application, freezeDeed(isFrozen), options)
    if (options.json) printJson({ isFrozen: isAgreed === isFrozen, isDone: isAgreed })
    else if (isAgreed) {
      const is = `is ${isFrozen ? '' : 'not '}frozen${isSo ? ' already' : ''}`
      printLine(`${application} ${is}: ${effect}`)
    }
    if (!isAgreed) throw notDone()
  })
}
