// millrace tasks move, unpin: a task is run by the host that an operator names.

import type { Command } from 'commander'
import { MillraceError } from '#protocols/core/errors'
import type { GroupLook } from '../process/group-look.ts'
import { pinning } from '../process/wishes.ts'
import { closest } from './closest.ts'
import { type DeedOptions, record, withReason } from './deed.ts'
import { checkHost } from './hosts.ts'
import { printJson, printLine, printNote } from './print.ts'
import { lookAtGroup, withApplication, withOpenBroker } from './target.ts'

interface MoveOptions extends DeedOptions {
  readonly to: string
}

const EXAMPLES = `
A task that is moved by hand is pinned: it is run by that host for as long as the host is there, neither
drains nor is fenced, and can run it; the others are evened out around it. It moves as every task does,
when the host has copied it. Unpinned, it stays where it is until the balance wants otherwise.

Examples:
  millrace tasks move wordcount/counts/2 --to two
  millrace rebalance                                 what it waits for
  millrace tasks unpin wordcount/counts/2`

export function addMove(tasks: Command): void {
  withReason(withApplication(tasks.command('move')))
    .argument('<task>', 'topology/sub-topology/partition')
    .requiredOption('--to <host>', 'who is to run it')
    .description('pin it to a host')
    .addHelpText('after', EXAMPLES)
    .action(move)
  withReason(withApplication(tasks.command('unpin')))
    .argument('<task>', 'topology/sub-topology/partition')
    .description('let it be placed as others are')
    .addHelpText('after', EXAMPLES)
    .action(unpin)
}

async function move(task: string, options: MoveOptions): Promise<void> {
  const { to } = options
  const { changeWishes } = await import('../process/group-look.ts')
  await withOpenBroker(options, async (broker) => {
    const group = await lookAtGroup(broker, options)
    checkTask(task, group)
    checkHost(to, group)
    const member = group.members.find(({ id }) => id === to)
    const [topology = ''] = task.split('/')
    if (member !== undefined && !Object.hasOwn(member.topologies, topology)) {
      throw hostUnable(to, topology)
    }
    await changeWishes(broker.keys, group.application, pinning(task, to))
    const from = group.placement.target[task]
    const message = `${task} is pinned to ${to}`
    const facts = { task, from, to }
    await record(broker, group.application, { code: 'MOVE', message, facts }, options)
    if (options.json) return printJson({ task, host: to })
    const way = from === to ? `stays at ${to}` : `goes from ${from ?? 'nowhere'} to ${to}`
    printLine(`${task} ${way}, and is pinned there`)
    const { isFrozen, draining, fenced } = group.wishes
    if (isFrozen) printNote('the placement is frozen: nothing moves before it is unfrozen')
    if (member === undefined) printNote(`${to} is not running: it gets it when it starts`)
    if (draining.includes(to)) printNote(`${to} drains: it gets it when it is undrained`)
    if (fenced.includes(to)) printNote(`${to} is fenced: it gets it when it is unfenced`)
  })
}

async function unpin(task: string, options: DeedOptions): Promise<void> {
  const { changeWishes } = await import('../process/group-look.ts')
  await withOpenBroker(options, async (broker) => {
    const group = await lookAtGroup(broker, options)
    checkTask(task, group)
    const before = group.wishes.pins[task]
    await changeWishes(broker.keys, group.application, pinning(task, null))
    if (before !== undefined) {
      const message = `${task} is not pinned to ${before} any more`
      const facts = { task, host: before }
      await record(broker, group.application, { code: 'UNPIN', message, facts }, options)
    }
    if (options.json) return printJson({ task, host: null })
    printLine(
      before === undefined
        ? `${task} is not pinned`
        : `${task} is not pinned to ${before} any more`,
    )
  })
}

/** @throws MillraceError TASK_UNKNOWN */
function checkTask(task: string, { placement, wishes }: GroupLook): void {
  const known = [...new Set([...Object.keys(placement.target), ...Object.keys(wishes.pins)])]
  if (known.includes(task)) return
  const meant = closest(task, known)
  throw new MillraceError({
    code: 'TASK_UNKNOWN',
    what: `there is no task ${task}`,
    hint:
      meant !== undefined
        ? `Did you mean ${meant}?`
        : `Tasks: ${known.sort().slice(0, 8).join(', ') || 'none was placed yet'}`,
  })
}

const hostUnable = (host: string, topology: string): MillraceError =>
  new MillraceError({
    code: 'HOST_UNABLE',
    what: `host '${host}' does not run topology '${topology}'`,
    hint: 'Name a host whose manifest has it',
  })
