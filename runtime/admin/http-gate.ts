// Who may ask what over HTTP. Facts about the host are for everybody who can reach it. What records and
// stores hold, and everything that changes something, is for those who show the token; without a token
// of the host, for nobody: they use the unix socket.
//
// What is free is listed, so that a route that comes later is not; whatever can be watched is free.

import { createHash, timingSafeEqual } from 'node:crypto'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { factsOf } from '#protocols/core/error-facts'
import { MillraceError } from '#protocols/core/errors'
import { CONSOLE_PATHS } from '../console/console-routes.ts'
import type { ErrorDocument } from './documents.ts'
import type { Answering } from './late-app.ts'
import { VIEWS, viewPath } from './views.ts'

export const FREE_PATHS: ReadonlySet<string> = new Set([
  ...['/metrics', '/alive', '/ready', '/v1/watch', '/v1/task', '/v1/host'],
  ...VIEWS.map(viewPath),
  ...CONSOLE_PATHS,
])
const BODY_BYTES_MAX = 1024 * 1024

/** The application behind its gate. */
export function gated(app: Answering, token: string | undefined): Hono {
  const gate = new Hono()
  gate.use(bodyLimit({ maxSize: BODY_BYTES_MAX }))
  gate.all('*', (c) => {
    const isFact = ['GET', 'HEAD'].includes(c.req.method) && FREE_PATHS.has(c.req.path)
    if (isFact) return app.fetch(c.req.raw)
    if (token === undefined) return c.json(refusal(readOnly()), 403)
    if (isShown(c.req.header('authorization'), token)) return app.fetch(c.req.raw)
    c.header('www-authenticate', 'Bearer')
    return c.json(refusal(tokenWrong()), 401)
  })
  return gate
}

/** Takes as long for a token that is nearly right as for any other. */
function isShown(header: string | undefined, token: string): boolean {
  const shown = /^Bearer +(.+)$/i.exec(header ?? '')?.[1] ?? ''
  return timingSafeEqual(digest(shown), digest(token))
}

/** Of one length, whatever was shown. */
const digest = (text: string): Uint8Array => createHash('sha256').update(text).digest()

const refusal = (error: MillraceError): ErrorDocument => ({ error: factsOf(error) })

const readOnly = (): MillraceError =>
  new MillraceError({
    code: 'READ_ONLY',
    what: 'this host shows facts over HTTP and nothing else',
    hint: "Use its unix socket, or give it a token: 'http' in the manifest, or MILLRACE_HTTP_TOKEN",
  })

const tokenWrong = (): MillraceError =>
  new MillraceError({
    code: 'TOKEN_WRONG',
    what: 'this takes the token of the host',
    hint: 'Send the header: Authorization: Bearer TOKEN',
  })
