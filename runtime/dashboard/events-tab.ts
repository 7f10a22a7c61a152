// Events: what happened lately, the newest first, as `millrace events` tells it.

import type { PastEvent } from '../events/read-events.ts'
import { newestOf, type Seen } from './looks.ts'
import { cell, type Row, type Tab } from './tab.ts'
import type { Tone } from './text.ts'

export const eventsTab: Tab = {
  name: 'Events',
  needs: ['events'],
  columns: [{ title: 'TIME (UTC)' }, { title: 'KIND' }, { title: 'WHO' }, { title: 'WHAT' }],
  rows,
  empty: 'Nothing has happened that is still kept.',
}

function rows({ looks }: Seen): readonly Row[] {
  const events = newestOf(looks, 'events')?.events ?? []
  // The like at one time are told apart by how many of them came before: what is newer changes no id.
  const same = new Map<string, number>()
  const all = events.map((event): Row => {
    const name = `${event.atMs} ${event.code} ${event.host}`
    const before = same.get(name) ?? 0
    same.set(name, before + 1)
    return rowOf(event, `${name} ${before}`)
  })
  return all.reverse()
}

function rowOf(event: PastEvent, id: string): Row {
  const { atMs, code, level, host, by, message, reason } = event
  const [line = ''] = message.split('\n')
  const time = new Date(atMs).toISOString()
  return {
    id,
    cells: [
      { text: time.slice(5, 19).replace('T', ' '), by: atMs },
      cell(code),
      cell(by ?? host ?? '-'),
      cell(reason === null ? line : `${line} (${reason})`),
    ],
    tone: TONES[level] ?? 'plain',
    details: { ...event, atMs: time },
  }
}

const TONES: Readonly<Record<string, Tone>> = { error: 'bad', warn: 'warn' }
