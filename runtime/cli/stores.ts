// millrace stores: what every task and every copy keeps, and where.

import type { Command } from 'commander'
import { askAdmin } from '../admin/admin-client.ts'
import type { GlobalRow, StoreRow, StoresDocument } from '../admin/documents.ts'
import { MAP_NOTE, orFromMap } from './from-map.ts'
import { bytes, short, tableLines } from './print.ts'
import { findHost, type TargetOptions } from './target.ts'
import { notesOn, type Shown, show, type WatchOptions, withWatch } from './watch.ts'

const HELP = `
ROWS and SIZE are as of the newest seal: one entry may take several rows. PENDING are changes since
then, in memory. What does not answer for its stores now shows as '-'.

Global tables follow: every worker keeps a copy of its own. LAG is what it has not read yet; DROPPED
are records it passed over since it was opened, without a key or unreadable.

Examples:
  millrace stores
  millrace stores --watch         every two seconds
  millrace stores --json
  millrace query counts whale     what is in one`

export function addStores(program: Command): void {
  withWatch(program.command('stores'))
    .description('stores of all tasks and their copies, and global tables: kind, size, place')
    .addHelpText('after', HELP)
    .action(stores)
}

async function stores(options: WatchOptions): Promise<void> {
  await show(options, () => lookAtStores(options))
}

async function lookAtStores(options: TargetOptions): Promise<Shown> {
  const ask = async (): Promise<StoresDocument> => {
    const { door } = await findHost(options)
    return askAdmin<StoresDocument>(door, '/v1/stores')
  }
  const document = await orFromMap(options, ask, (map, look) => map.storesOfMap(look))
  const { placed, globals = [] } = document
  if (placed !== undefined) {
    const head = ['STORE', 'KIND', 'TASK', 'ROLE', 'SHOULD BE ON']
    const rows = placed.map((it) => [it.store, it.kind, it.task, it.role, it.host])
    return { document, lines: await tableLines(head, rows), notes: [MAP_NOTE] }
  }
  const head = ['STORE', 'KIND', 'ROWS', 'SIZE', 'PENDING', 'TASK', 'ROLE', 'HOST']
  const lines = [
    ...(await tableLines(head, document.stores.map(storeCells))),
    ...(globals.length > 0
      ? ['', ...(await tableLines(GLOBAL_HEAD, globals.map(globalCells)))]
      : []),
  ]
  const failed = globals.flatMap(({ host, worker, store, error }) =>
    error === null ? [] : [`global table ${store} of ${host}, worker ${worker}: ${error.what}`],
  )
  return { document, lines, notes: [...failed, ...notesOn(document)] }
}

const GLOBAL_HEAD = ['GLOBAL TABLE', 'TOPIC', 'ROWS', 'SIZE', 'LAG', 'DROPPED', 'WORKER', 'HOST']

export function storeCells({ store, kind, medium, usage, task, role, host }: StoreRow): string[] {
  const kept = medium === 'memory' ? `${kind}, memory` : kind
  const sizes =
    usage === null ? ['-', '-', '-'] : [short(usage.rows), bytes(usage.bytes), short(usage.pending)]
  return [store, kept, ...sizes, task, role, host]
}

export function globalCells({
  store,
  topic,
  usage,
  lag,
  dropped,
  worker,
  host,
}: GlobalRow): string[] {
  const passed = Object.values(dropped).reduce((sum, count) => sum + count, 0)
  const sizes = [short(usage.rows), bytes(usage.bytes), short(lag), short(passed)]
  return [store, topic, ...sizes, String(worker), host]
}
