// millrace rebalance: where every task is and should be, what moves and what it waits for; and a freeze,
// for as long as nothing should move that could stay.

import type { Command } from 'commander'
import type { TaskPlace } from '#actors/coordinator/explain'
import { freezing } from '../process/wishes.ts'
import { refuseWords } from './closest.ts'
import { type DeedOptions, record, withReason } from './deed.ts'
import { printJson, printLine, printTable } from './print.ts'
import { type TargetOptions, withApplication, withGroup } from './target.ts'

const EXAMPLES = `
While the placement is frozen, a task moves only when its host is gone, stopped or fenced. Drains and moves
by hand wait, moves that are not further than a copy end, and hosts that join get nothing.

Examples:
  millrace rebalance                 every task: where it is, where it should be, what it waits for
  millrace rebalance --json
  millrace rebalance freeze          before work on the network, or while hosts are upgraded
  millrace rebalance unfreeze`

export function addRebalance(program: Command): void {
  const rebalance = program
    .command('rebalance')
    .description('where tasks are and should be, and why they wait; freeze that')
    .addHelpText('after', EXAMPLES)
  withApplication(rebalance.command('show', { isDefault: true }))
    .description('the placement of every task')
    .allowExcessArguments(true)
    .addHelpText('after', EXAMPLES)
    .action(show)
  for (const isFrozen of [true, false]) {
    withReason(withApplication(rebalance.command(isFrozen ? 'freeze' : 'unfreeze')))
      .description(isFrozen ? 'move nothing that could stay' : 'move what should be elsewhere')
      .addHelpText('after', EXAMPLES)
      .action((options: DeedOptions) => freeze(isFrozen, options))
  }
}

async function show(options: TargetOptions, command: Command): Promise<void> {
  refuseWords(command)
  const { rebalanceDocument } = await import('../admin/group-report.ts')
  const document = await withGroup(options, rebalanceDocument)
  if (options.json) return printJson(document)
  const { application, coordinator, placement, tasks, isFrozen, draining, fenced } = document
  const moving = tasks.filter(({ step }) => step !== 'settled').length
  const frozen = isFrozen ? ', frozen' : ''
  printLine(`${application}: ${tasks.length} tasks, ${moving} on their way${frozen}`)
  printLine(`coordinator ${coordinator ?? 'none'}, placement ${placement}`)
  if (draining.length > 0) printLine(`draining: ${draining.join(', ')}`)
  if (fenced.length > 0) printLine(`fenced: ${fenced.join(', ')}`)
  printLine('')
  await printTable(['TASK', 'ON', 'TARGET', 'STANDBYS', ''], tasks.map(rowOf))
}

const rowOf = ({ id, holders, target, standbys, pin, why }: TaskPlace): string[] => [
  id,
  holders.join(' ') || '-',
  target,
  standbys.join(' ') || '-',
  why ?? (pin === null ? '' : 'pinned'),
]

async function freeze(isFrozen: boolean, options: DeedOptions): Promise<void> {
  const { changeWishes } = await import('../process/group-look.ts')
  await withGroup(options, async (group, broker) => {
    await changeWishes(broker.keys, group.application, freezing(isFrozen))
    const code = isFrozen ? 'FREEZE' : 'UNFREEZE'
    const message = `the placement is ${isFrozen ? '' : 'not '}frozen`
    await record(broker, group.application, { code, message }, options)
    if (options.json) return printJson({ isFrozen })
    const again = group.wishes.isFrozen === isFrozen ? ' already' : ''
    printLine(
      isFrozen
        ? `${group.application} is frozen${again}: only tasks whose host is gone move`
        : `${group.application} is not frozen${again}: tasks move to where they should be`,
    )
  })
}
