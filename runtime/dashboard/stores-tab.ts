// Stores: what every task, every copy and every worker keeps, where, and how much of it there is.

import type { GlobalRow, StoreRow } from '../admin/documents.ts'
import { bytes, short } from '../cli/print.ts'
import { newestOf, type Seen } from './looks.ts'
import { cell, type Row, type RowCell, type Tab } from './tab.ts'

export const storesTab: Tab = {
  name: 'Stores',
  needs: ['stores'],
  columns: [
    { title: 'STORE' },
    { title: 'TASK' },
    { title: 'ROLE' },
    { title: 'HOST' },
    { title: 'ROWS', align: 'right' },
    { title: 'SIZE', align: 'right' },
    { title: 'PENDING', align: 'right', isExtra: true },
    { title: 'KIND', isExtra: true },
  ],
  rows,
  empty: 'No task keeps anything.',
}

function rows({ looks }: Seen): readonly Row[] {
  const { stores = [], globals = [] } = newestOf(looks, 'stores') ?? {}
  return [...stores.map(ofTask), ...globals.map(ofWorker)]
}

function ofWorker(global: GlobalRow): Row {
  const { topology, store, host, worker, usage, medium, error } = global
  return {
    id: `${topology} ${store} ${host} ${worker}`,
    cells: [
      ...[store, `${topology}, worker ${worker}`, 'global', host].map(cell),
      figure(usage, usage.rows, short),
      figure(usage, usage.bytes, bytes),
      figure(usage, usage.pending, short),
      cell(`global table, ${medium}`),
    ],
    tone: error === null ? 'plain' : 'bad',
    details: global,
  }
}

function ofTask(store: StoreRow): Row {
  const { usage, task, role, host, kind, medium, isLogged } = store
  return {
    id: `${store.store} ${task} ${host} ${role}`,
    cells: [
      ...[store.store, task, role, host].map(cell),
      figure(usage, usage?.rows, short),
      figure(usage, usage?.bytes, bytes),
      figure(usage, usage?.pending, short),
      cell(`${kind}, ${medium}${isLogged ? '' : ', not logged'}`),
    ],
    // Whoever keeps it is on its way, and says nothing of it yet.
    tone: usage === null ? 'warn' : 'plain',
    details: store,
  }
}

const figure = (
  usage: StoreRow['usage'],
  value: number | undefined,
  said: (value: number) => string,
): RowCell =>
  usage === null || value === undefined ? { text: '?', by: -1 } : { text: said(value), by: value }
