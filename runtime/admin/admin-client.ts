// Asks a host's admin API: over its unix socket, or over the broker where there is none at hand.

import { request } from 'node:http'
import { asError, MillraceError } from '#protocols/core/errors'
import type { BrokerLocation } from '../process/broker-location.ts'
import type { ErrorDocument } from './documents.ts'

/** Where hosts are asked: the path of a socket, or a broker that they share. */
export type Door = string | BusDoor

export interface BusDoor {
  readonly location: BrokerLocation
  readonly application: string
  /** Asked in this order, until one answers. */
  readonly hosts: readonly string[]
}

/**
 * @param path with its query, e.g. `/v1/stores/counts?key=whale`
 * @param signal gives the question up
 * @throws MillraceError HOST_AWAY, REQUEST_TIMEOUT; what the host refused, as it said it
 */
export async function askAdmin<T>(
  door: Door,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const { status, text } =
    typeof door === 'string'
      ? await exchange(door, path, body, signal)
      : await overBus(door, path, body)
  // The host speaks JSON, and the caller knows which document is at the path.
  const document = JSON.parse(text) as T | ErrorDocument
  if (status < 400) return document as T
  throw new MillraceError((document as ErrorDocument).error)
}

function exchange(
  socket: string,
  path: string,
  body: unknown,
  signal: AbortSignal | undefined,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST'
    const headers = { 'content-type': 'application/json' }
    const options = { socketPath: socket, path, method, headers, ...(signal ? { signal } : {}) }
    const asked = request(options, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 500, text }))
      response.on('error', (error) => reject(hostAway(error)))
    })
    asked.on('error', (error) => reject(hostAway(error)))
    asked.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

/** A signal is not heard: the bus has its own patience. */
async function overBus(
  { location, ...asked }: BusDoor,
  path: string,
  body: unknown,
): Promise<{ status: number; text: string }> {
  const [{ connectBroker }, { askOverBus }] = await Promise.all([
    import('../process/open-broker.ts'),
    import('./over-bus.ts'),
  ])
  const broker = await connectBroker(location, { waitMs: WAIT_MS })
  try {
    return await askOverBus(broker.bus, asked, body === undefined ? { path } : { path, body })
  } finally {
    await broker.close()
  }
}

const WAIT_MS = 5_000

const hostAway = (cause: unknown): MillraceError =>
  new MillraceError({
    code: 'HOST_AWAY',
    what: `the host does not answer: ${asError(cause).message}`,
    hint: 'Start one with: millrace host millrace.yaml',
    cause,
  })
