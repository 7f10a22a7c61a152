// millrace task move, unpin: tasks are run by the host that an operator names.

import type { Command } from 'commander'
import type { GroupLook } from '../process/group-look.ts'
import { moveDeed, unpinDeed } from '../process/wish-deeds.ts'
import { checkAble, knownTasks } from '../process/wishes.ts'
import { agreed, type ConsentOptions, notDone, withConsent } from './consent.ts'
import { type DeedOptions, wish, withReason } from './deed.ts'
import { checkHost } from './hosts.ts'
import { printJson, printLine, printNote } from './print.ts'
import { selected } from './selection.ts'
import { withApplication, withGroup } from './target.ts'

type UnpinOptions = DeedOptions & ConsentOptions & { readonly topology?: string }

type MoveOptions = UnpinOptions & { readonly to: string }

const EXAMPLES = `
A task that is moved by hand is pinned: it is run by that host for as long as the host is there, neither
drains nor is fenced, and can run it; the others are evened out around it. It moves as every task does,
when the host has copied it. Unpinned, it stays where it is until the balance wants otherwise.

Examples:
  millrace task move wordcount/counts/2 --to two          what would happen
  millrace task move wordcount/counts/2 --to two --yes
  millrace rebalance                                      what it waits for
  millrace task unpin 'wordcount/*' --yes`

export function addMove(tasks: Command): void {
  named(tasks.command('move'))
    .requiredOption('--to <host>', 'who is to run it')
    .description('pin it to a host')
    .action(move)
  named(tasks.command('unpin')).description('let it be placed as others are').action(unpin)
}

const named = (command: Command): Command =>
  withReason(withConsent(withApplication(command)))
    .argument('[tasks...]', 'ids, topology/sub-topology/partition, or patterns')
    .option('-t, --topology <name>', 'all tasks of a topology')
    .addHelpText('after', EXAMPLES)

async function move(words: readonly string[], options: MoveOptions): Promise<void> {
  const { to } = options
  await withGroup(options, async (group, broker) => {
    const tasks = selected({ words, topology: options.topology }, knownTasks(group))
    checkHost(to, group)
    for (const task of tasks) checkAble(task, to, group)
    const plan = tasks.map((task) => `would pin ${task}: it ${way(task, to, group)}`)
    const isAgreed = await agreed(plan, options)
    for (const task of isAgreed ? tasks : []) {
      await wish(broker, group.application, moveDeed(task, to, group), options)
      if (!options.json) printLine(`${task} ${way(task, to, group)}, and is pinned there`)
    }
    if (options.json) printJson({ tasks, host: to, isDone: isAgreed })
    else for (const note of waits(to, group)) printNote(note)
    if (!isAgreed) throw notDone()
  })
}

function way(task: string, to: string, { placement }: GroupLook): string {
  const from = placement.target[task]
  return from === to ? `stays at ${to}` : `goes from ${from ?? 'nowhere'} to ${to}`
}

/** What keeps tasks from getting there. */
function waits(to: string, { members, wishes }: GroupLook): readonly string[] {
  const { isFrozen, draining, fenced } = wishes
  const isThere = members.some(({ id }) => id === to)
  return [
    ...(isFrozen ? ['the placement is frozen: nothing moves before it is unfrozen'] : []),
    ...(isThere ? [] : [`${to} is not running: it gets it when it starts`]),
    ...(draining.includes(to) ? [`${to} drains: it gets it when it is undrained`] : []),
    ...(fenced.includes(to) ? [`${to} is fenced: it gets it when it is unfenced`] : []),
  ]
}

async function unpin(words: readonly string[], options: UnpinOptions): Promise<void> {
  await withGroup(options, async (group, broker) => {
    const { pins } = group.wishes
    const tasks = selected({ words, topology: options.topology }, knownTasks(group))
    const pinned = tasks.filter((task) => pins[task] !== undefined)
    const plan = pinned.map(
      (task) => `would unpin ${task}: it is not held at ${pins[task]} any more`,
    )
    const isAgreed = pinned.length === 0 || (await agreed(plan, options))
    for (const task of isAgreed ? pinned : []) {
      const deed = unpinDeed(task, group)
      await wish(broker, group.application, deed, options)
      if (!options.json) printLine(deed.message)
    }
    if (options.json) printJson({ tasks, host: null, isDone: isAgreed })
    else {
      const free = tasks.filter((task) => pins[task] === undefined)
      for (const task of free) printLine(`${task} is not pinned`)
    }
    if (!isAgreed) throw notDone()
  })
}
