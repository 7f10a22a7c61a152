// Serves the admin API over HTTP, for what cannot use a unix socket: Prometheus, load balancers, people
// on other machines. It listens to this machine alone unless it is told otherwise, and whoever has no
// token sees facts and changes nothing (http-gate.ts).

import type { AddressInfo } from 'node:net'
import { asError, MillraceError } from '#protocols/core/errors'
import { gated } from './http-gate.ts'
import type { Answering } from './late-app.ts'
import { lateServer, listen, starting } from './late-server.ts'

export interface HttpOptions {
  /** 0: any that is free. */
  readonly port: number
  /** Default 127.0.0.1: only this machine. */
  readonly address?: string | undefined
  /** What to show for more than facts; default: nobody may see or do more. At least 16 characters. */
  readonly token?: string | undefined
}

export interface HttpServer {
  /** `http://127.0.0.1:9470` */
  readonly url: string
  serve(app: Answering): void
  close(): Promise<void>
}

/** @throws MillraceError PORT_TAKEN, PORT_UNUSABLE */
export async function httpServer(options: HttpOptions): Promise<HttpServer> {
  const { port, address = '127.0.0.1', token } = options
  const { server, serve, close } = lateServer(early)
  try {
    await listen(server, { port, host: address })
  } catch (thrown) {
    throw refused(asError(thrown), address, port)
  }
  // It listens on a port, not on a path.
  const bound = server.address() as AddressInfo
  const name = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address
  return {
    url: `http://${name}:${bound.port}`,
    serve: (app) => serve(gated(app, token)),
    close,
  }
}

/** A process that is still starting is alive: whoever restarts the dead ones should wait. */
const early = ({ url }: Request): Response =>
  new URL(url).pathname === '/alive' ? Response.json({ alive: true }) : starting()

function refused(error: NodeJS.ErrnoException, address: string, port: number): MillraceError {
  if (error.code === 'EADDRINUSE') {
    return new MillraceError({
      code: 'PORT_TAKEN',
      what: `port ${port} of ${address} is taken by another process`,
      hint: 'Each host of a machine takes a port of its own: --http PORT, or --http 0 for any',
    })
  }
  return new MillraceError({
    code: 'PORT_UNUSABLE',
    what: `port ${port} of ${address} cannot be listened on: ${error.message}`,
    hint: 'Ports from 1024 on, and addresses of this machine, can be used by everybody',
  })
}
