// millrace hosts: who takes part and how, and what operators wish of a host: that it drains, that it is
// fenced. All of it through the broker, so it works while no host runs, or the one in question hangs.

import type { Command } from 'commander'
import { plural } from '#protocols/core/plural'
import type { Member } from '#protocols/messages/membership'
import type { GroupLook } from '../process/group-look.ts'
import { drainDeed, HOST_DEEDS } from '../process/wish-deeds.ts'
import { hostUnknown, knownHosts } from '../process/wishes.ts'
import { closest, refuseWords } from './closest.ts'
import { agreed, type ConsentOptions, notDone, withConsent } from './consent.ts'
import { type DeedOptions, wish, withReason } from './deed.ts'
import { addHostShow, stateOf } from './host-show.ts'
import { timeMs } from './options.ts'
import { age, printJson, printLine, printNote, tableLines } from './print.ts'
import { type TargetOptions, withApplication, withGroup } from './target.ts'
import { type Shown, show, type WatchOptions, watchOption } from './watch.ts'

type WishOptions = DeedOptions & ConsentOptions

interface DrainOptions extends WishOptions {
  readonly deadline?: string
  readonly wait?: boolean
}

const EXAMPLES = `
A host that drains gets no tasks and no standbys any more, and gives away what it has, each task when
another host has copied it; nothing stands still longer than for any move. With --deadline what is left by
then goes without a copy: its new host reads it from the log, and it stands still meanwhile. It stays a
member until it is stopped, and drains still when it starts again, until it is undrained.

A fenced host is as good as gone: its tasks go to others at once, whatever it does, and what it had not
committed is done there once more. It may hang, be cut off, or do harm; a healthy one is drained. While
it is fenced it runs nothing.

Examples:
  millrace hosts
  millrace hosts --watch                         every two seconds
  millrace host show two                         everything known of one
  millrace hosts drain two                       what would happen; exits with 2, since nothing was done
  millrace hosts drain two --yes --wait && kill PID    empty it, then stop it
  millrace hosts drain two --yes --deadline 10m  wait for copies no longer than that
  millrace hosts drain two --yes --reason 'new disk'   for the record: millrace events
  millrace hosts undrain two --yes
  millrace hosts fence two --yes
  millrace hosts unfence two --yes`

export function addHosts(program: Command): void {
  const hosts = program
    .command('hosts')
    .description('list hosts; show, drain or fence one')
    .addHelpText('after', EXAMPLES)
  withApplication(hosts.command('list', { isDefault: true }))
    .description('hosts of an application, and what is wished of them')
    .addOption(watchOption())
    .allowExcessArguments(true)
    .addHelpText('after', EXAMPLES)
    .action(list)
  addHostVerbs(hosts)
}

/** What is asked of a host, or done to one: below `hosts`, and below `host`. */
export function addHostVerbs(hosts: Command): void {
  const command = (name: string, description: string): Command =>
    withReason(withConsent(withApplication(hosts.command(name))))
      .argument('<host>', 'its id')
      .description(description)
      .addHelpText('after', EXAMPLES)
  addHostShow(hosts)
  command('drain', 'give away what it has, one copy at a time, and get nothing new')
    .option('--wait', 'until it holds nothing')
    .option('--deadline <duration>', 'how long its tasks wait for copies, e.g. 10m')
    .action(drain)
  command('undrain', 'take part again').action((host: string, options: WishOptions) =>
    lift('draining', host, options),
  )
  command('fence', 'treat it as gone, whatever it does').action(fence)
  command('unfence', 'take part again').action((host: string, options: WishOptions) =>
    lift('fenced', host, options),
  )
}

async function list(options: WatchOptions, command: Command): Promise<void> {
  refuseWords(command)
  await show(options, () => lookAtHosts(options))
}

async function lookAtHosts(options: TargetOptions): Promise<Shown> {
  const { hostsDocument } = await import('../admin/host-report.ts')
  const document = await withGroup(options, hostsDocument)
  const now = Date.now()
  const lines = await tableLines(
    ['HOST', 'STATE', 'ZONE', 'CAPACITY', 'WORKERS', 'TASKS', 'STANDBYS', 'PID', 'VERSION', 'UP'],
    document.hosts.map(({ zone, capacity, workers, tasks, standbys, pid, version, ...row }) => [
      ...[row.id, stateOf(row, now), zone ?? '-', capacity, workers, tasks, standbys],
      ...[pid || '-', version ?? '-', pid === 0 ? '-' : age(now - row.startedAt)],
    ]),
  )
  return { document, lines, notes: [] }
}

async function drain(host: string, options: DrainOptions): Promise<void> {
  const { deadline } = options
  const byMs = deadline === undefined ? null : Date.now() + timeMs('--deadline', deadline)
  await withGroup(options, async (group, broker) => {
    checkHost(host, group)
    const by = byMs === null ? '' : ` by ${new Date(byMs).toISOString()}`
    const isAgreed = await agreed([`would drain ${host}${by}`, drainage(host, group)], options)
    if (!isAgreed) {
      if (options.json)
        printJson({ host, wish: null, drainBy: null, isEmpty: false, isDone: false })
      throw notDone()
    }
    const wishes = await wish(broker, group.application, drainDeed(host, byMs), options)
    if (!options.json) printLine(drainage(host, group))
    if (wishes.isFrozen) printNote('the placement is frozen: nothing moves before it is unfrozen')
    if (options.wait) {
      const { untilEmpty } = await import('./until-empty.ts')
      await untilEmpty(broker, group.application, host, printNote)
    }
    if (options.json) {
      const isEmpty = options.wait === true
      printJson({ host, wish: 'draining', drainBy: byMs, isEmpty, isDone: true })
    }
  })
}

/** What will come of it. */
function drainage(host: string, { members, wishes }: GroupLook): string {
  const member = members.find(({ id }) => id === host)
  if (member === undefined) return `${host} is not running; it gets no tasks when it starts`
  const has = things(member)
  if (has === null) return `${host} drains; it holds nothing`
  const others = members.filter(
    ({ id, state }) =>
      id !== host && state === 'active' && ![...wishes.draining, ...wishes.fenced].includes(id),
  )
  const isStuck = member.held.some((task) => {
    const [topology = ''] = task.split('/')
    return others.every(({ topologies }) => !Object.hasOwn(topologies, topology))
  })
  const rest = isStuck ? '; what no other host can run stays' : ''
  return `${host} drains: others get ${has}, as they copy them${rest}`
}

function things({ held, copies = {} }: Member): string | null {
  const counts = [
    [held.length, 'task'],
    [Object.keys(copies).length, 'standby'],
  ] as const
  const said = counts.flatMap(([count, what]) => (count === 0 ? [] : [plural(count, what)]))
  return said.length === 0 ? null : said.join(' and ')
}

async function fence(host: string, options: WishOptions): Promise<void> {
  await withGroup(options, async (group, broker) => {
    checkHost(host, group)
    const member = group.members.find(({ id }) => id === host)
    const has = (member === undefined ? null : things(member)) ?? 'what it holds'
    const what = `others get ${has} at once, and do again what it had not committed`
    const isAgreed = await agreed([`would fence ${host}: ${what}`], options)
    if (isAgreed) await wish(broker, group.application, HOST_DEEDS.fence(host), options)
    if (options.json) printJson({ host, wish: isAgreed ? 'fenced' : null, isDone: isAgreed })
    else if (isAgreed) printLine(`${host} is fenced: ${what}`)
    if (!isAgreed) throw notDone()
  })
}

async function lift(
  mark: 'draining' | 'fenced',
  host: string,
  options: WishOptions,
): Promise<void> {
  await withGroup(options, async (group, broker) => {
    checkHost(host, group)
    const wasMarked = group.wishes[mark].includes(host)
    const plan = `would end the ${mark === 'fenced' ? 'fence' : 'drain'} of ${host}: it takes part again`
    const isAgreed = !wasMarked || (await agreed([plan], options))
    const not = mark === 'fenced' ? 'is not fenced' : 'does not drain'
    if (isAgreed && wasMarked) {
      const verb = mark === 'fenced' ? 'unfence' : 'undrain'
      await wish(broker, group.application, HOST_DEEDS[verb](host), options)
    }
    const now = wasMarked ? ' any more, and takes part again' : ''
    if (options.json) printJson({ host, wish: isAgreed ? null : mark, isDone: isAgreed })
    else if (isAgreed) printLine(`${host} ${not}${now}`)
    if (!isAgreed) throw notDone()
  })
}

/** @throws MillraceError HOST_UNKNOWN */
export function checkHost(host: string, group: GroupLook): void {
  const known = knownHosts(group)
  if (known.includes(host)) return
  throw hostUnknown(host, group.application, known, closest(host, known))
}
