// millrace deadletters: messages between actors that reached nobody, by host. Records that a topology could
// not read or process are another thing: millrace dlq.

import type { Command } from 'commander'
import type { Undelivered } from '#actors/kernel/dead-letters'
import { askAdmin } from '../admin/admin-client.ts'
import type { DeadLettersDocument } from '../admin/documents.ts'
import { age, section, short, tableLines } from './print.ts'
import { findHost, type TargetOptions } from './target.ts'
import { notesOn, type Shown, show, type WatchOptions, withWatch } from './watch.ts'

const MEANINGS: Readonly<Record<Undelivered, string>> = {
  dead: 'told to an actor that is dead: usual when a task closes',
  full: 'refused by a mailbox that is full; the sender knows',
  left: 'in the mailbox when its actor died',
  failed: 'the actor threw on it, and was restarted',
}

const EXAMPLES = `
Counted since a thread began; the newest 256 of each are kept by name, and like ones are one row here.
Nothing of a task is lost with a message: its records are in the log. Records that could not be read or
processed are elsewhere: millrace dlq.

Why:
${Object.entries(MEANINGS)
  .map(([why, meaning]) => `  ${why.padEnd(8)} ${meaning}`)
  .join('\n')}

Examples:
  millrace deadletters
  millrace deadletters --watch
  millrace deadletters --json | jq '.hosts[].threads[].counts'`

export function addDeadLetters(program: Command): void {
  withWatch(program.command('deadletters'))
    .description('messages that actors were told and never took, by host')
    .addHelpText('after', EXAMPLES)
    .action(async (options: WatchOptions) => {
      await show(options, () => lookAtLetters(options))
    })
}

async function lookAtLetters(options: TargetOptions): Promise<Shown> {
  const { door } = await findHost(options)
  const document = await askAdmin<DeadLettersDocument>(door, '/v1/deadletters')
  return { document, lines: await lettersLines(document, Date.now()), notes: notesOn(document) }
}

export async function lettersLines(
  { hosts }: DeadLettersDocument,
  nowMs: number,
): Promise<readonly string[]> {
  const threads = hosts.flatMap(({ host, threads: its }) =>
    its.map((thread) => ({
      host,
      name: thread.worker === null ? 'main' : `worker ${thread.worker}`,
      ...thread,
    })),
  )
  const kinds = Object.keys(MEANINGS) as Undelivered[] // its keys are those
  return [
    ...(await tableLines(
      ['HOST', 'THREAD', ...kinds.map((kind) => kind.toUpperCase())],
      threads.map(({ host, name, counts }) => [
        host,
        name,
        ...kinds.map((kind) => short(counts[kind])),
      ]),
    )),
    ...(await section(
      ['NEWEST', 'TO', 'TYPE', 'WHY', 'COUNT'],
      threads
        .flatMap(({ letters }) => alike(letters))
        .sort((a, b) => b.atMs - a.atMs)
        .map(({ atMs, to, type, why, count }) => [age(nowMs - atMs), to, type, why, count]),
    )),
  ]
}

type Letter = DeadLettersDocument['hosts'][number]['threads'][number]['letters'][number]

/** Those of one kind, to one actor, for one reason, and how many. */
function alike(letters: readonly Letter[]): readonly (Letter & { readonly count: number })[] {
  const found = new Map<string, Letter & { count: number }>()
  for (const letter of letters) {
    const kind = JSON.stringify([letter.to, letter.type, letter.why])
    const before = found.get(kind)
    // They come oldest first.
    found.set(kind, { ...letter, count: (before?.count ?? 0) + 1 })
  }
  return [...found.values()]
}
