// The level of the logs of a running group, or of some of its actors: read, and set on every host or on one.
// Who set it is an event, whatever the level is.

import type { Hono } from 'hono'
import { MillraceError } from '#protocols/core/errors'
import { LOG_LEVELS, type LogLevel } from '#protocols/core/log'
import type { FromHost, Group, LogLevelFacts } from '../process/group.ts'
import type { RunningHost } from '../process/running-host.ts'
import type { LogLevelDocument } from './documents.ts'

interface Change {
  /** Null, of actors: theirs is their host's again. */
  readonly level: LogLevel | null
  /** Those that are meant; default: all. */
  readonly actor?: string
  /** Default: every host. */
  readonly host?: string
  readonly by?: string
  readonly reason?: string
}

const OLD = 'it runs a version that cannot change it'

export function addLogLevel(app: Hono, host: RunningHost, group: Group): void {
  app.get('/v1/log-level', async (c) =>
    c.json(documentOf(await group.logLevels(c.req.query('host')))),
  )
  app.post('/v1/log-level', async (c) => {
    const { level, actor, host: only, by, reason } = await c.req.json<Change>()
    const isLevel = level === null ? actor !== undefined : LOG_LEVELS.includes(level)
    if (!isLevel) throw levelUnknown(String(level))
    const answers =
      actor === undefined
        ? await group.logLevels(only, level)
        : await group.actorLevels(only, actor, level)
    const document = documentOf(answers)
    const hosts = document.hosts.map((it) => it.host)
    const where = only === undefined ? 'every host' : `host ${only}`
    const whose = actor === undefined ? where : `${actor} on ${where}`
    const what = `the log of ${whose} is at ${level ?? "its host's level"}`
    const facts = { level, hosts, by, reason, ...(actor === undefined ? {} : { actor }) }
    host.parts.log.log('info', 'LOG_LEVEL_SET', what, facts)
    return c.json(document)
  })
}

function documentOf(answers: readonly FromHost<LogLevelFacts | undefined>[]): LogLevelDocument {
  const hosts: LogLevelDocument['hosts'][number][] = []
  const unanswered: LogLevelDocument['unanswered'][number][] = []
  for (const from of answers) {
    const { host } = from
    if ('error' in from) unanswered.push({ host, error: from.error })
    else if (from.value === undefined) unanswered.push({ host, error: OLD })
    else hosts.push({ host, ...from.value })
  }
  return { hosts, unanswered }
}

const levelUnknown = (level: string): MillraceError =>
  new MillraceError({
    code: 'LOG_LEVEL_UNKNOWN',
    what: `there is no log level '${level}'`,
    hint: `Levels: ${LOG_LEVELS.join(', ')}`,
  })
