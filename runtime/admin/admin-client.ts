// Asks a host's admin API over its unix socket.

import { request } from 'node:http'
import { asError, MillraceError } from '#protocols/core/errors'
import type { ErrorDocument } from './documents.ts'

/**
 * @param path with its query, e.g. `/v1/stores/counts?key=whale`
 * @param signal gives the question up
 * @throws MillraceError HOST_AWAY; what the host refused, as it said it
 */
export async function askAdmin<T>(
  socket: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const { status, text } = await exchange(socket, path, body, signal)
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

const hostAway = (cause: unknown): MillraceError =>
  new MillraceError({
    code: 'HOST_AWAY',
    what: `the host does not answer: ${asError(cause).message}`,
    hint: 'Start one with: millrace host millrace.yaml',
    cause,
  })
