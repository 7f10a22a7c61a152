// The admin API of a host, as an HTTP application: what the CLI and the console ask. Every
// answer is one of the documents; every error says what, where and how to mend it.

import { Hono } from 'hono'
import type { TaskOrder } from '#actors/host/messages'
import { type Poison, recordName } from '#actors/task/work-port'
import { factsOf } from '#protocols/core/error-facts'
import { isMillraceError, MillraceError } from '#protocols/core/errors'
import { addConsole } from '../console/console-routes.ts'
import type { ActorPost } from '../process/actor-post.ts'
import type { Group } from '../process/group.ts'
import { type PeekQuestion, peek, serdesOf } from '../process/peek.ts'
import type { Readiness } from '../process/readiness.ts'
import type { RunningHost } from '../process/running-host.ts'
import type { StoreQuery } from '../process/store-query.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { addActorRoutes } from './actor-routes.ts'
import type { ErrorDocument } from './documents.ts'
import { addGroupRoutes } from './group-routes.ts'
import { deadLettersDocument, hostDocument } from './host-report.ts'
import { addLogLevel } from './log-level-route.ts'
import { peekDocument } from './peek-report.ts'
import { storeDocument } from './store-document.ts'
import { taskDocument } from './task-report.ts'
import { addTrace } from './trace-route.ts'
import { serdeNamed, whole } from './values.ts'
import { VIEWS, viewPath, viewsOf } from './views.ts'
import { Watch } from './watch.ts'

export interface AdminParts {
  readonly host: RunningHost
  readonly group: Group
  readonly post: ActorPost
  readonly telemetry: Telemetry
  query(store: string): StoreQuery<unknown, unknown>
}

interface Told {
  readonly task: string
  readonly order: TaskOrder
  /** Of `skip`: the record, where it is not the one the task failed at. */
  readonly at?: Poison
  /** Who says so, and why: nobody checks it, it is for the record. */
  readonly by?: string
  readonly reason?: string
}

const ORDERS: readonly TaskOrder[] = [
  ...(['pause', 'resume', 'restart', 'skip', 'quarantine', 'reset'] as const),
]

export function adminApp(parts: AdminParts): Hono {
  const { host, group, post, telemetry, query: queryOf } = parts
  const app = new Hono()
  addConsole(app)
  addLogLevel(app, host, group)
  addTrace(app, group)
  addActorRoutes(app, { host, post, query: queryOf })
  addGroupRoutes(app, host)
  app.get('/alive', (c) => c.json({ alive: true }))
  app.get('/ready', (c) => {
    const document: Readiness = group.readiness()
    return c.json(document, document.ready ? 200 : 503)
  })
  app.get('/metrics', async (c) => {
    const { contentType, text } = await telemetry.metrics(c.req.header('accept'))
    return c.body(text, 200, { 'content-type': contentType })
  })
  const views = viewsOf(host, group)
  for (const name of VIEWS) app.get(viewPath(name), async (c) => c.json(await views[name]()))
  app.get('/v1/task', async (c) => c.json(await taskDocument(host, group, c.req.query('id') ?? '')))
  app.get('/v1/host', async (c) =>
    c.json(await hostDocument(host, group, c.req.query('id') ?? host.parts.id)),
  )
  app.get('/v1/deadletters', async (c) => c.json(await deadLettersDocument(group)))
  app.get('/v1/peek', async (c) => {
    const { topic = '', from = 'last', count, partition } = c.req.query()
    const question: PeekQuestion = {
      topic,
      from: from === 'first' || from === 'last' ? from : whole('from', from),
      count: whole('count', count ?? '10'),
      partition: partition === undefined ? undefined : whole('partition', partition),
    }
    const plans = Array.from(host.topologies.values(), ({ plan }) => plan)
    const text = { key: serdeNamed('string'), value: serdeNamed('string') }
    const records = await peek(host.parts.broker, question)
    return c.json(peekDocument(question, records, serdesOf(plans, topic) ?? text))
  })
  const watch = new Watch(views, host.parts.clock)
  app.get('/v1/watch', (c) => {
    const named = (c.req.query('views') ?? '').split(',').filter((name) => name !== '')
    const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }
    return c.body(watch.stream(named), 200, headers)
  })

  app.get('/v1/stores/:store', async (c) =>
    c.json(await storeDocument(c.req.param('store'), queryOf, c.req.query(), c.req.queries())),
  )

  app.post('/v1/orders', async (c) => {
    const { task, order, at, by, reason } = await c.req.json<Told>()
    if (!ORDERS.includes(order)) throw orderUnknown(order)
    await group.order({ id: task, order, at })
    const facts = { task, order, by, reason, ...(at === undefined ? {} : { at: recordName(at) }) }
    host.parts.log.log('info', 'TASK_ORDERED', `${task} was told to ${order}`, facts)
    return c.json({ task, order })
  })

  app.notFound((c) => c.json(errorDocument(notFound(c.req.path)), 404))
  app.onError((error, c) => c.json(errorDocument(error), isMillraceError(error) ? 400 : 500))
  return app
}

const errorDocument = (thrown: unknown): ErrorDocument => ({ error: factsOf(thrown) })

const notFound = (path: string): MillraceError =>
  new MillraceError({ code: 'NOT_FOUND', what: `the admin API has no ${path}` })

const orderUnknown = (order: string): MillraceError =>
  new MillraceError({
    code: 'ORDER_UNKNOWN',
    what: `a task does not know the order '${order}'`,
    hint: `Orders: ${ORDERS.join(', ')}`,
  })
