// The supervision tree of every host, actor by actor.

import type { ActorSnapshot } from '#actors/kernel/tree'
import { newestOf } from './looks.ts'
import { cell, type Row, type Tab } from './tab.ts'
import type { Tone } from './text.ts'

export const treeTab: Tab = {
  name: 'Tree',
  needs: ['tree'],
  columns: [
    { title: 'ACTOR' },
    { title: 'STATE' },
    { title: 'RESTARTS', align: 'right', isExtra: true },
    { title: 'MAILBOX', align: 'right' },
    { title: 'NOTE' },
  ],
  rows: ({ looks }) =>
    (newestOf(looks, 'tree')?.hosts ?? []).flatMap(({ host, trees }) =>
      trees.flatMap((tree) => branch(tree, host, '', '')),
    ),
  empty: 'No host has said what runs on it yet.',
}

function branch(actor: ActorSnapshot, host: string, indent: string, below: string): Row[] {
  const { children, ...own } = actor
  const last = children.length - 1
  const under = children.flatMap((child, index) =>
    index === last
      ? branch(child, host, `${below}└─ `, `${below}   `)
      : branch(child, host, `${below}├─ `, `${below}│  `),
  )
  return [rowOf(own, host, indent), ...under]
}

function rowOf(actor: Omit<ActorSnapshot, 'children'>, host: string, indent: string): Row {
  const { path, kind, state, status, note, restarts, control, data, lastError } = actor
  const name = indent === '' ? path : path.slice(path.lastIndexOf('/') + 1)
  return {
    id: `${host} ${path}`,
    cells: [
      cell(`${indent}${name === kind || indent === '' ? name : `${name} (${kind})`}`),
      cell(state === 'running' ? (status ?? state) : state),
      cell(restarts),
      { text: `${control}/${data}`, by: control + data },
      cell(lastError === null ? (note ?? '') : lastError.message),
    ],
    tone: toneOf(actor),
    details: { host, ...actor },
  }
}

function toneOf({ state, lastError }: Pick<ActorSnapshot, 'state' | 'lastError'>): Tone {
  if (state === 'quarantined') return 'bad'
  return state === 'running' && lastError === null ? 'plain' : 'warn'
}
