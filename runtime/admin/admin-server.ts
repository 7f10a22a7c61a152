// Serves the admin API on a unix socket that only its owner may use. The path is short (a socket's may
// have about a hundred characters) and new for each process: whoever listens there is that process.

import { chmodSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asError, MillraceError } from '#protocols/core/errors'
import type { Answering } from './late-app.ts'
import { lateServer, listen } from './late-server.ts'
import { clearSocketDirectories, makeSocketDirectory, SOCKET } from './socket-directory.ts'

export interface AdminServer {
  readonly socket: string
  /** Whatever is asked before is answered with 503. */
  serve(app: Answering): void
  close(): Promise<void>
}

/** @throws MillraceError SOCKET_UNUSABLE */
export async function adminServer(): Promise<AdminServer> {
  const { server, serve, close } = lateServer()
  let directory: string | null = null
  try {
    await clearSocketDirectories(Date.now())
    directory = makeSocketDirectory()
    const socket = join(directory, SOCKET)
    await listen(server, { path: socket })
    chmodSync(socket, 0o600)
    const made = directory
    return {
      socket,
      serve,
      async close() {
        await close()
        rmSync(made, { recursive: true, force: true })
      },
    }
  } catch (thrown) {
    if (directory !== null) rmSync(directory, { recursive: true, force: true })
    throw new MillraceError({
      code: 'SOCKET_UNUSABLE',
      what: `the admin socket cannot be opened: ${asError(thrown).message}`,
      where: tmpdir(),
      hint: 'Set TMPDIR to a directory that is short and writable',
    })
  }
}
