// An HTTP server that listens before there is anything to serve: a place that is taken early is known
// to be free, and whoever asks too early is told so. What turns a request of Node into one of the web is
// loaded with the first of them.

import { createServer, type RequestListener, type Server } from 'node:http'
import type { Answering } from './late-app.ts'

export interface LateServer {
  readonly server: Server
  /** Whatever is asked before is answered by `early`. */
  serve(app: Answering): void
  /** Ends at once what is still being asked. */
  close(): Promise<void>
}

export function lateServer(early: (request: Request) => Response = starting): LateServer {
  let app: Answering | null = null
  let listener: RequestListener | null = null
  const fetch = (request: Request) => app?.fetch(request) ?? early(request)
  const server = createServer(async (incoming, outgoing) => {
    try {
      listener ??= (await loadListener()).getRequestListener(fetch)
      await listener(incoming, outgoing)
    } catch {
      outgoing.destroy()
    }
  })
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

export const loadListener = () => import('@hono/node-server')

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
