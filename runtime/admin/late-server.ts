// An HTTP server that listens before there is anything to serve: a place that is taken early is known
// to be free, and whoever asks too early is told so.

import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import type { Hono } from 'hono'

export interface LateServer {
  readonly server: Server
  /** Whatever is asked before is answered by `early`. */
  serve(app: Hono): void
  /** Ends at once what is still being asked. */
  close(): Promise<void>
}

export function lateServer(early: (request: Request) => Response = starting): LateServer {
  let app: Hono | null = null
  const fetch = (request: Request) => app?.fetch(request) ?? early(request)
  // Without options of another protocol it is a server of HTTP.
  const server = createAdaptorServer({ fetch }) as Server
  return {
    server,
    serve(served) {
      app = served
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** @param where a port and an address, or a path */
export function listen(
  server: Server,
  where: { readonly port: number; readonly host: string } | { readonly path: string },
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(where, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

export function starting(): Response {
  return new Response('{"error":{"code":"STARTING","what":"the host is starting"}}', {
    status: 503,
    headers: { 'content-type': 'application/json' },
  })
}
