// millrace trace: what some actors do, step by step, while they do it. Hosts look only while somebody
// asks, over the API that every other command uses.

import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Command } from 'commander'
import { meansActor } from '#actors/kernel/meant'
import type { ActorSnapshot } from '#actors/kernel/tree'
import { MillraceError } from '#protocols/core/errors'
import { plural } from '#protocols/core/plural'
import { askAdmin } from '../admin/admin-client.ts'
import type { TraceDocument, TraceRow, TreeDocument } from '../admin/documents.ts'
import { maybeWhole, optionInvalid } from './options.ts'
import { printJson, printLine, printNote } from './print.ts'
import { findHost, type TargetOptions, withHost } from './target.ts'
import { notesOn } from './watch.ts'

interface TraceOptions extends TargetOptions {
  readonly sample?: string
  readonly limit?: string
}

/** Between an answer and the next question. */
const EVERY_MS = 250

const HELP = `
An actor is named by its path or a part of it, as millrace tree shows them, or by the id of a task; * stands for
anything and ? for one character. Those below it are followed too. A line is a step: a message that was taken, with
the state before and after, how long it took and how many waited behind it; a commit, with what it held; or
a life that the kernel moved on. Nothing is looked at before the command begins or ten seconds after it ended,
and what does not fit (1000 steps of a thread between two questions) is counted and left out.

Examples:
  millrace trace wordcount/counts/2
  millrace trace 'wordcount/counts/*' --sample 100       one of a hundred messages that change no state
  millrace trace one/coordinator --limit 20 --json
  millrace trace wordcount/counts/2 --json | jq 'select(.kind == "commit")'`

export function addTrace(program: Command): void {
  withHost(program.command('trace'))
    .argument('<actor>', 'path or part of it, id of a task, or a pattern')
    .description('follow actors live: messages, states, commits')
    .option('--sample <n>', 'of messages that change no state, show one in so many')
    .option('--limit <count>', 'end after so many steps')
    .addHelpText('after', HELP)
    .action(trace)
}

async function trace(of: string, options: TraceOptions): Promise<void> {
  const limit = maybeWhole('--limit', options.limit) ?? Number.POSITIVE_INFINITY
  const sample = maybeWhole('--sample', options.sample) ?? 1
  if (sample < 1) throw optionInvalid('--sample takes 1 or more')
  const { door } = await findHost(options)
  const tree = await askAdmin<TreeDocument>(door, '/v1/tree')
  const count = pathsOf(tree).filter(meansActor(of)).length
  if (count === 0) throw actorUnknown(of)
  if (!options.json) printNote(`following ${plural(count, 'actor')}`)
  const question = { follower: randomUUID(), of, sample }
  const said = new Set<string>()
  for (let left = limit; left > 0; ) {
    const document = await askAdmin<TraceDocument>(door, '/v1/trace', question)
    for (const step of document.steps.slice(0, left)) {
      if (options.json) printJson(step)
      else printLine(traceLine(step))
    }
    left -= document.steps.length
    if (document.lost > 0) printNote(`${document.lost} steps were left out: try --sample`)
    for (const note of notesOn(document)) if (!said.has(note)) printNote(note)
    for (const note of notesOn(document)) said.add(note)
    if (left > 0) await wait(EVERY_MS)
  }
}

const pathsOf = ({ hosts }: TreeDocument): readonly string[] =>
  hosts.flatMap(({ trees }) => trees.flatMap(pathsIn))

const pathsIn = ({ path, children }: ActorSnapshot): readonly string[] => [
  path,
  ...children.flatMap(pathsIn),
]

/** Time, who, what, where it was and came to, how long, what waited, and what it held. */
export function traceLine({
  atMs,
  actor,
  kind,
  type,
  from,
  to,
  ms,
  waiting,
  facts,
}: TraceRow): string {
  const state = from === to ? (to ?? '') : `${from ?? '-'} → ${to ?? '-'}`
  return [
    ...[new Date(atMs).toISOString().slice(11, 23), actor, type ?? kind, state],
    ...(ms === null ? [] : [`${ms.toFixed(2)} ms`]),
    ...(waiting === 0 ? [] : [`${waiting} waiting`]),
    ...Object.entries(facts).map(([name, value]) => `${name}=${JSON.stringify(value)}`),
  ]
    .filter((part) => part !== '')
    .join('  ')
}

const actorUnknown = (word: string): MillraceError =>
  new MillraceError({
    code: 'ACTOR_UNKNOWN',
    what: `no actor that lives now is meant by '${word}'`,
    hint: 'millrace tree and millrace actors name them; a task is meant by its id',
  })
