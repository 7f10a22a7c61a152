// What the admin API says and does about keyed actors: mail to one, and the keys that wait in quarantine
// because their behavior threw.

import type { Hono } from 'hono'
import { MillraceError } from '#protocols/core/errors'
import type { KeptMail } from '#protocols/messages/actor-mail'
import { encoded } from '#protocols/serdes/whole'
import type { ActorDefinition } from '../dsl/actor.ts'
import type { ActorPost } from '../process/actor-post.ts'
import type { RunningHost } from '../process/running-host.ts'
import type { StoreQuery } from '../process/store-query.ts'
import type { QuarantineDocument, QuarantineRow, ReplyDocument } from './documents.ts'
import { parsed, plain } from './values.ts'

export interface ActorRouteParts {
  readonly host: RunningHost
  readonly post: ActorPost
  query(store: string): StoreQuery<unknown, unknown>
}

interface Mail {
  readonly actor: string
  readonly key: string
  readonly message: string
  /** Absent: it is only told. */
  readonly timeoutMs?: number
}

interface KeyOrder {
  readonly actor: string
  readonly key: string
  readonly order: string
  /** Who says so, and why: for the record. */
  readonly by?: string
  readonly reason?: string
}

type AnyActor = ActorDefinition<unknown, unknown>

export function addActorRoutes(app: Hono, { host, post, query }: ActorRouteParts): void {
  app.post('/v1/mail', async (c) => {
    const mail = await c.req.json<Mail>()
    const actor = actorNamed(host, mail.actor)
    const key = parsed(actor.keySerde.name, mail.key)
    const message = parsed(actor.messageSerde.name, mail.message)
    const handle = post.handle(actor, key)
    const { timeoutMs } = mail
    const reply = timeoutMs === undefined ? null : await handle.ask(message, { timeoutMs })
    if (timeoutMs === undefined) await handle.tell(message)
    const document: ReplyDocument = { actor: mail.actor, key: mail.key, reply: plain(reply) }
    return c.json(document)
  })

  app.get('/v1/quarantine', async (c) => {
    const each = actorsOf(host).map((actor) =>
      quarantined(actor, query(`${actor.name}.quarantine`)),
    )
    const document: QuarantineDocument = { keys: (await Promise.all(each)).flat() }
    return c.json(document)
  })

  app.post('/v1/quarantine', async (c) => {
    const { actor: name, key, order, by, reason } = await c.req.json<KeyOrder>()
    if (order !== 'retry' && order !== 'skip') throw orderUnknown(order)
    const actor = actorNamed(host, name)
    const wanted = parsed(actor.keySerde.name, key)
    if ((await query(`${name}.quarantine`).get(wanted)) === undefined) throw notHeld(name, key)
    await post.order(name, encoded(actor.keySerde, wanted), order)
    const facts = { actor: name, key, order, by, reason }
    host.parts.log.log('info', 'KEY_ORDERED', `${name} ${key} was told to ${order}`, facts)
    return c.json({ actor: name, key, order })
  })
}

async function quarantined(
  actor: AnyActor,
  store: StoreQuery<unknown, unknown>,
): Promise<readonly QuarantineRow[]> {
  const rows = await store.range({ limit: 10_000 })
  return rows.map(([key, value]) => {
    const { error, atMs, waiting, message } = value as KeptMail<unknown> // what the store keeps
    return { actor: actor.name, key: plain(key), error, atMs, waiting, message: plain(message) }
  })
}

const actorsOf = (host: RunningHost): readonly AnyActor[] =>
  [...host.topologies.values()].flatMap(({ definition }) =>
    // The kind says what it is.
    definition.kind === 'actor' ? [definition as AnyActor] : [],
  )

function actorNamed(host: RunningHost, name: string): AnyActor {
  const found = actorsOf(host).find((actor) => actor.name === name)
  if (found !== undefined) return found
  const known = actorsOf(host).map((actor) => actor.name)
  throw new MillraceError({
    code: 'ACTOR_UNKNOWN',
    what: `no actor named '${name}' is registered`,
    hint: known.length > 0 ? `Registered: ${known.join(', ')}` : 'No actor is registered here',
  })
}

const orderUnknown = (order: string): MillraceError =>
  new MillraceError({
    code: 'ORDER_UNKNOWN',
    what: `a key in quarantine does not know the order '${order}'`,
    hint: 'Orders: retry, skip',
  })

const notHeld = (actor: string, key: string): MillraceError =>
  new MillraceError({
    code: 'KEY_NOT_QUARANTINED',
    what: `key '${key}' of actor '${actor}' is not in quarantine`,
    hint: 'Look who is with: millrace quarantine ls',
  })
