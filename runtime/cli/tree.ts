// millrace tree: the supervision tree of every host, actor by actor.

import type { Command } from 'commander'
import type { ActorSnapshot } from '#actors/kernel/tree'
import { plural } from '#protocols/core/plural'
import { askAdmin } from '../admin/admin-client.ts'
import type { PlacedHost, TreeDocument } from '../admin/documents.ts'
import { MAP_NOTE, orFromMap } from './from-map.ts'
import { findHost, type TargetOptions } from './target.ts'
import { notesOn, type Shown, show, type WatchOptions, withWatch } from './watch.ts'

const EXAMPLES = `
Examples:
  millrace tree
  millrace tree --watch                       again every two seconds
  millrace tree --json`

export function addTree(program: Command): void {
  withWatch(program.command('tree'))
    .description('the supervision tree: every actor, its state, restarts and mailbox')
    .addHelpText('after', EXAMPLES)
    .action(async (options: WatchOptions) => {
      await show(options, () => lookAtTree(options))
    })
}

async function lookAtTree(options: TargetOptions): Promise<Shown> {
  const ask = async (): Promise<TreeDocument> => {
    const { door } = await findHost(options)
    return askAdmin<TreeDocument>(door, '/v1/tree')
  }
  const document = await orFromMap(options, ask, (map, look) => map.treeOfMap(look))
  const { hosts, placed } = document
  if (placed !== undefined)
    return { document, lines: placed.flatMap(placedLines), notes: [MAP_NOTE] }
  return {
    document,
    lines: hosts.flatMap(({ trees }) => treeLines(trees)),
    notes: notesOn(document),
  }
}

function placedLines({ host, tasks, standbys }: PlacedHost): string[] {
  const below = [...tasks, ...standbys.map((id) => `${id}  standby`)]
  return [host, ...below.map((line, n) => `${n === below.length - 1 ? '└─' : '├─'} ${line}`)]
}

/** A host's trees as one: the worker threads' hang below the main thread's. */
export function treeLines([main, ...threads]: readonly ActorSnapshot[]): string[] {
  if (main === undefined) return []
  return [
    main.path,
    ...branches(main.children),
    ...threads.flatMap((it) => [it.path, ...branches(it.children)]),
  ]
}

function branches(children: readonly ActorSnapshot[], indent = ''): string[] {
  return children.flatMap((child, index) => {
    const isLast = index === children.length - 1
    const line = `${indent}${isLast ? '└─' : '├─'} ${described(child)}`
    return [line, ...branches(child.children, `${indent}${isLast ? '   ' : '│  '}`)]
  })
}

function described({
  path,
  kind,
  state,
  status,
  note,
  restarts,
  control,
  data,
  lastError,
}: ActorSnapshot): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const parts = [
    name === kind ? name : `${name} (${kind})`,
    state === 'running' ? (status ?? state) : state,
  ]
  if (note !== null) parts.push(note)
  if (restarts > 0) parts.push(plural(restarts, 'restart'))
  if (control + data > 0) parts.push(`mailbox ${control}/${data}`)
  if (lastError !== null) parts.push(lastError.message)
  return parts.join('  ')
}
