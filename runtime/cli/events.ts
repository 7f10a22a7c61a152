// millrace events: what happened in an application, hosts' lives and what operators did, as the broker
// keeps it: also what hosts said that are gone by now.

import process from 'node:process'
import type { Command } from 'commander'
import type { Broker } from '#protocols/broker/broker'
import { Bell } from '#protocols/core/bell'
import { eventsSpec } from '#protocols/messages/event'
import { EVENTS } from '../events/catalogue.ts'
import type { EventFilter, PastEvent } from '../events/read-events.ts'
import { closest } from './closest.ts'
import { optionInvalid, timeMs, whole } from './options.ts'
import { printJson, printLine, printTable } from './print.ts'
import { type TargetOptions, withApplication, withGroup } from './target.ts'

interface EventsOptions extends TargetOptions {
  readonly follow?: boolean
  readonly since?: string
  readonly kind?: string
  readonly limit: string
}

const EXAMPLES = `
Kept for two weeks, or 16 MiB, by the broker: it answers whether hosts run or not. Times are UTC. What
operators did has who it was, as their machine says, and the --reason they gave.

Kinds:
${Object.entries(EVENTS)
  .map(([code, what]) => `  ${code.padEnd(20)} ${what}`)
  .join('\n')}

Examples:
  millrace events                       the newest 50
  millrace events --since 1h
  millrace events --kind TASK_FAILED --limit 5
  millrace events --follow              and what comes, until interrupted
  millrace events --since 1d --json`

export function addEvents(program: Command): void {
  withApplication(program.command('events'))
    .description('what happened: hosts, tasks, the coordinator, and what operators did')
    .option('--since <duration>', 'not older than, e.g. 30m, 1h, 2d')
    .option('--kind <code>', 'of this kind alone')
    .option('--limit <count>', 'the newest of those', '50')
    .option('-f, --follow', 'go on with what comes; with --json a line each')
    .addHelpText('after', EXAMPLES)
    .action(events)
}

async function events(options: EventsOptions): Promise<void> {
  const limit = whole('--limit', options.limit)
  const filter = filterOf(options, Date.now())
  await withGroup(options, async ({ application }, broker) => {
    if (options.follow) return follow(broker, application, filter, limit, options.json === true)
    const { readEvents } = await import('../events/read-events.ts')
    const found = newest(await readEvents(broker, application, filter), limit)
    if (options.json) return printJson({ application, events: found })
    await printTable(['TIME', 'KIND', 'WHO', ''], found.map(columns))
  })
}

async function follow(
  broker: Broker,
  application: string,
  filter: EventFilter,
  limit: number,
  isJson: boolean,
): Promise<void> {
  const { followEvents } = await import('../events/read-events.ts')
  const bell = new Bell()
  const stop = (): void => bell.stop()
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  const print = (found: readonly PastEvent[]): void => {
    for (const event of found) {
      if (isJson) printJson(event)
      else printLine(columns(event).join('  '))
    }
  }
  // Nothing may have happened yet, and what comes is waited for.
  await broker.topics.ensure(eventsSpec(application))
  const follower = await followEvents(broker, application, filter, () => bell.ring())
  if (follower === null) return
  const before: PastEvent[] = []
  await follower.upTo(follower.end, (found) => before.push(...found))
  print(newest(before, limit))
  while (!bell.isStopped) {
    const found = follower.take()
    print(found)
    if (found.length === 0) await bell.wait()
  }
  follower.close()
}

/** @throws MillraceError OPTION_INVALID, DURATION_INVALID */
export function filterOf(
  { since, kind }: Pick<EventsOptions, 'since' | 'kind'>,
  now: number,
): EventFilter {
  const code = kind?.toUpperCase().replaceAll('-', '_')
  if (code !== undefined && !Object.hasOwn(EVENTS, code)) throw kindUnknown(kind ?? '', code)
  return {
    kind: code,
    // What it says is checked there.
    sinceMs: since === undefined ? undefined : now - timeMs('--since', since),
  }
}

export const newest = (all: readonly PastEvent[], limit: number): readonly PastEvent[] =>
  limit === 0 ? [] : all.slice(-limit)

/** `2026-01-02 03:04:05`, the code, who said or wanted it, what it was. */
export function columns({ atMs, code, host, by, message, reason }: PastEvent): readonly string[] {
  const time = new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')
  const [line = ''] = message.split('\n')
  return [time, code, by ?? host ?? '-', reason === null ? line : `${line} (${reason})`]
}

function kindUnknown(kind: string, code: string): Error {
  const meant = closest(code, Object.keys(EVENTS))
  const did = meant === undefined ? 'millrace events --help lists them' : `did you mean ${meant}?`
  return optionInvalid(`there is no kind of event '${kind}'; ${did}`)
}
