// The level of the logs of a running group: read, and set on every host or on one. Who set it is an event,
// whatever the level is.

import type { Hono } from 'hono'
import { MillraceError } from '#protocols/core/errors'
import { LOG_LEVELS, type LogLevel } from '#protocols/core/log'
import type { FromHost, Group, LogLevelFacts } from '../process/group.ts'
import type { RunningHost } from '../process/running-host.ts'
import type { LogLevelDocument } from './documents.ts'

interface Change {
  readonly level: LogLevel
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
    const { level, host: only, by, reason } = await c.req.json<Change>()
    if (!LOG_LEVELS.includes(level)) throw levelUnknown(level)
    const document = documentOf(await group.logLevels(only, level))
    const hosts = document.hosts.map((it) => it.host)
    const where = only === undefined ? 'every host' : `host ${only}`
    const facts = { level, hosts, by, reason }
    host.parts.log.log('info', 'LOG_LEVEL_SET', `the log of ${where} is at ${level}`, facts)
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
