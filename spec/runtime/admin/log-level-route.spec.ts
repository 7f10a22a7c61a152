// What the admin API says of log levels: which hosts did it, and which could not.

import { Hono } from 'hono'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { LogFacts } from '#protocols/core/log'
import type { LogLevelDocument } from '#runtime/admin/documents'
import { addLogLevel } from '#runtime/admin/log-level-route'
import type { FromHost, Group, LogLevelFacts } from '#runtime/process/group'
import type { RunningHost } from '#runtime/process/running-host'

function api(answers: readonly FromHost<LogLevelFacts | undefined>[]) {
  const asked: unknown[] = []
  const logged: [string, LogFacts][] = []
  const app = new Hono()
  app.onError((error, c) => c.json({ error: String(error) }, 400))
  const log = {
    log: (_level: string, code: string, _message: string, facts: LogFacts = {}) =>
      void logged.push([code, facts]),
  }
  const logLevels = async (...parts: unknown[]) => {
    asked.push(parts)
    return answers
  }
  // Only what the route uses.
  const host = { parts: { log } } as unknown as RunningHost
  addLogLevel(app, host, { logLevels, actorLevels: logLevels } as unknown as Group)
  const post = (body: unknown) =>
    app.request('/v1/log-level', { method: 'POST', body: JSON.stringify(body) })
  return { app, asked, logged, post }
}

test('hosts that did it are told from those that are silent, or too old to', async () => {
  const { post, asked, logged } = api([
    { host: 'one', value: { level: 'debug', initial: 'warn', actors: [] } },
    { host: 'two', error: 'it does not answer' },
    { host: 'old', value: undefined },
  ])
  const answer = await post({ level: 'debug', by: 'ann@here', reason: 'why' })
  const document = (await answer.json()) as LogLevelDocument
  assert.equal(document.hosts, [{ host: 'one', level: 'debug', initial: 'warn', actors: [] }])
  assert.equal(
    document.unanswered.map(({ host }) => host),
    ['two', 'old'],
  )
  assert.equal(asked, [[undefined, 'debug']])
  const facts = { level: 'debug', hosts: ['one'], by: 'ann@here', reason: 'why' }
  assert.equal(logged, [['LOG_LEVEL_SET', facts]])
})

test('actors get a level of their own, and lose it: both are events', async () => {
  const { post, asked, logged } = api([])
  await post({ level: 'debug', actor: 't/a', host: 'one' })
  await post({ level: null, actor: 't/a' })
  assert.equal(asked, [
    ['one', 't/a', 'debug'],
    [undefined, 't/a', null],
  ])
  assert.equal(
    logged.map(([code, { actor, level }]) => [code, actor, level]),
    [
      ['LOG_LEVEL_SET', 't/a', 'debug'],
      ['LOG_LEVEL_SET', 't/a', null],
    ],
  )
})

test('a look changes nothing and is no event; a level that is none is refused before anybody is asked', async () => {
  const { app, post, asked, logged } = api([])
  await app.request('/v1/log-level?host=one')
  assert.equal(asked, [['one']])
  for (const level of ['loud', null]) assert.is((await post({ level })).status, 400)
  assert.equal([asked.length, logged], [1, []])
})

test.run()
